"""`atelier recap`: Slack messages as JSON Lines -> one JSON object with what they come to."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from bot.intake.escaped import plain
from bot.settings import SettingsError
from generators.digest import LENGTHS, sourced
from generators.draft import Line
from generators.recap import Recap, recap

HUMAN: Final = (None, "", "thread_broadcast", "file_share", "me_message")
"""Subtypes of what people write (docs.slack.dev/reference/events/message)."""
_FORM: Final = '{"ts", "user", "text"}, with "thread_ts", "permalink" and "reactions" as in Slack'


def register(atelier: typer.Typer) -> None:
    """Add this command to the command line."""
    atelier.command("recap")(recapped)


def recapped(
    length: Annotated[str, typer.Option(help="short, normal or long: 3, 6 or 12.")] = "normal",
    team_url: Annotated[str, typer.Option(help="https://NAME.slack.com/, for links.")] = "",
    channel: Annotated[str, typer.Option(help="Its id, for links.")] = "",
) -> None:
    """Sum up Slack messages, one JSON object a line, in one JSON object; no model is used."""
    if length not in LENGTHS:
        raise SettingsError(f"--length is one of {', '.join(LENGTHS)}, and not {length!r}.")
    base = f"{team_url.rstrip('/')}/archives/{channel}" if team_url and channel else ""
    said = sorted(_lines(sys.stdin, base), key=_place)
    found = recap(said, most=LENGTHS[length])
    sys.stdout.write(json.dumps(_told(found, said), ensure_ascii=False) + "\n")


def _told(found: Recap, said: Sequence[Line]) -> dict[str, Any]:
    listed = [
        {name: getattr(one, name) for name in ("topic", "text", "author", "ts", "link")}
        for one in sourced(found.bullets, said)
    ]
    return {"language": found.language, "quiet": not listed, "bullets": listed}


def _place(line: Line) -> tuple[float, float]:
    """Return what orders messages so that replies follow the message that they reply to."""
    return float(line.thread or line.ts), float(line.ts)


def _lines(stdin: Iterable[str], base: str) -> Iterator[Line]:
    """Yield what people said; joins and what bots post are left out. Raises SettingsError."""
    for number, row in enumerate(stdin, 1):
        if not row.strip():
            continue
        try:
            message = json.loads(row)
            if message.get("subtype") in HUMAN and not message.get("bot_id"):
                yield _line(message, base)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SettingsError(f"Line {number} of stdin is not {_FORM}.") from error


def _line(message: Mapping[str, Any], base: str) -> Line:
    ts, thread = str(message["ts"]), str(message.get("thread_ts") or "")
    float(ts), float(thread or ts)
    reply = f"?thread_ts={thread}" if thread and thread != ts else ""
    made = f"{base}/p{ts.replace('.', '')}{reply}" if base else ""
    profile = message.get("user_profile") or {}
    author = profile.get("display_name") or message.get("username") or message.get("user")
    return Line(
        author=str(author or "somebody"),
        text=plain(str(message["text"])),
        ts=ts,
        link=str(message.get("permalink") or made),
        thread=thread,
        reactions=sum(int(one["count"]) for one in message.get("reactions") or ()),
    )
