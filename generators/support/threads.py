"""Conversations as articles: threads of a Slack export, and tickets with their messages.

Only what a person answered is taken, so that a bot never learns from bots.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from generators.support.article import Article
from generators.support.fields import Skipped, UnreadableError, article, name_of

REPLIES_MAX: Final = 200

_MARKED: Final = re.compile(r"<(?P<link>[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>")
_CUSTOMERS: Final = frozenset({"customer", "user", "requester", "end-user", "client"})
_SPACES: Final = re.compile(r" {2,}")
_TITLE_MAX: Final = 2_000

Message = Mapping[str, Any]


def threads(value: object, *, stem: str) -> Iterator[Article | Skipped]:
    """Yield the threads of a list of Slack's messages, or of an object that holds `messages`.

    `stem` names the channel where the export does not. Raises `UnreadableError` for another form.
    """
    channel, messages = _export(value)
    roots: dict[str, list[Message]] = {}
    for number, one in enumerate(messages):
        roots.setdefault(str(one.get("thread_ts") or one.get("ts") or f"#{number}"), []).append(one)
    for ts, said in roots.items():
        yield _thread(f"{name_of(channel or stem)}:{name_of(ts)}", said, channel)


def _export(value: object) -> tuple[str, list[Message]]:
    found = value.get("messages") if isinstance(value, dict) else value
    channel = value.get("channel") if isinstance(value, dict) else ""
    if isinstance(channel, dict):
        channel = channel.get("id")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UnreadableError("not a Slack export: a list of messages, or {messages: [...]}")
    if found and not any("ts" in one for one in found):
        raise UnreadableError("not a Slack export: its messages have no ts")
    return channel if isinstance(channel, str) else "", found


def _thread(name: str, said: Sequence[Message], channel: str) -> Article | Skipped:
    people = [one for one in said if _by_a_person(one) and plain(one["text"])]
    first = people[0] if people and people[0] is said[0] else None
    answers = [one for one in people if first and one.get("user") != first.get("user")]
    if first is None or not answers:
        return Skipped(name, "no person answered in this thread")
    fields = {
        "id": name,
        "question": plain(first["text"])[:_TITLE_MAX],
        "answer": "\n\n".join(plain(one["text"]) for one in people[1 : REPLIES_MAX + 1]),
        "public": "false",
        "channels": channel,
    }
    return taken(name, fields)


def _by_a_person(one: Message) -> bool:
    plainly = one.get("subtype") in (None, "thread_broadcast", "file_share")
    return plainly and not one.get("bot_id") and isinstance(one.get("text"), str)


def plain(text: str) -> str:
    """Return a message without Slack's marks: no mention rings, a link is its address.

    >>> plain("<@U012> see <https://x.example/a|our page> &amp; <#C1|help> <!channel>")
    'see our page (https://x.example/a) & #help'
    """
    return _SPACES.sub(" ", html.unescape(_MARKED.sub(_unmarked, text))).strip()


def _unmarked(match: re.Match[str]) -> str:
    link, label = match["link"], match["label"] or ""
    if link.startswith(("@", "!")):
        return ""
    if link.startswith("#"):
        return f"#{label or link[1:]}"
    bare = link.removeprefix("mailto:").removeprefix("tel:")
    return f"{label} ({bare})" if label and label != bare else bare


def ticket(fields: Mapping[str, object]) -> dict[str, str]:
    """Return question and answer of a ticket that holds `messages` of {role, text}.

    Raises `UnreadableError` where nobody but the customer wrote.
    """
    messages = fields.get("messages")
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise UnreadableError("messages must be a list of objects with role and text")
    said = [(_role(one), str(one.get("text") or one.get("content") or "")) for one in messages]
    asked = [text for role, text in said if role in _CUSTOMERS and text.strip()]
    answered = [text for role, text in said if role == "agent" and text.strip()]
    if not asked or not answered:
        raise UnreadableError("a ticket needs a message of the customer and one of an agent")
    return {"question": asked[0][:_TITLE_MAX], "answer": "\n\n".join(answered)}


def _role(message: Message) -> str:
    told = message.get("role") or message.get("from") or message.get("author") or ""
    return "agent" if (name := str(told).lower()) in ("agent", "human", "support") else name


def taken(where: str, fields: Mapping[str, str]) -> Article | Skipped:
    """Return an article, or why there is none."""
    try:
        return article(fields)
    except UnreadableError as error:
        return Skipped(where, str(error))
