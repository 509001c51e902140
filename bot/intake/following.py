"""What is asked with a button under a program, or with the shortcut of a message: requests, too.

Pure, like `bot.intake.events`. The id comes from the trigger, which Slack repeats when it tells of
one press again.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid5

from bot.intake.escaped import fit, plain
from bot.settings import Verb
from generators.code.blocks import LANGUAGES
from generators.draft import Destination, Request, UserId

PREFIX: Final = "code_"
"""How the buttons' ids begin; what follows is what to do (`generators.code.job:Act`)."""
REVIEW: Final = "review_code"
"""The shortcut of a message."""
CODE: Final = "code"
"""The verb of the shortcut."""
AT: Final = "at"
"""The flag that names the one message of a thread that is meant; people cannot type it."""
OF: Final = "of"
"""The flag that names the earlier request; neither can they type this."""
_IDS: Final = UUID("a0c1f1c2-5a0e-4f34-8f5d-0d2f6a6f5f55")
_PRIVATE: Final = frozenset({"show"})
"""What only the person who asks needs to see."""


def value_of(request: Request, language: str = "") -> str:
    """Return the value of a button under the answer to a request."""
    return f"{request.verb}/{language}/{request.id.hex}"


def read_value(value: str) -> tuple[str, str, str]:
    """Return verb, language and request id of a button's value. Raises ValueError.

    >>> read_value("code/go/00ff")
    ('code', 'go', '00ff')
    """
    verb, language, request_id = value.split("/")
    if language and language not in LANGUAGES:
        raise ValueError(language)
    return verb, language, request_id


def asked_next(body: Mapping[str, Any], verbs: Mapping[str, Verb]) -> Request | None:
    """Return what a press of a button under a program asks; None for any other press.

    Raises ValueError for a value that is none of ours.
    """
    action: Mapping[str, Any] = body["actions"][0] if body.get("actions") else {}
    pressed = str(action.get("action_id", ""))
    if not pressed.startswith(PREFIX):
        return None
    chosen = action.get("selected_option") or action
    verb, lang, earlier = read_value(str(chosen.get("value", "")))
    if verb not in verbs:
        return None
    act = pressed.removeprefix(PREFIX)
    flags = {"do": act, OF: earlier, **({"to": lang} if lang else {})}
    label = fit(str((chosen.get("text") or {}).get("text", "")))
    return request_of(body, (verb, label), flags, private=act in _PRIVATE)


def shown_code(body: Mapping[str, Any], verbs: Mapping[str, Verb]) -> Request | None:
    """Return what the shortcut that reviews a message asks; None for any other shortcut."""
    if body.get("callback_id") != REVIEW or CODE not in verbs:
        return None
    message: Mapping[str, Any] = body["message"]
    flags = {"do": "review", **({AT: str(message["ts"])} if message.get("files") else {})}
    return request_of(body, (CODE, _words(message)), flags)


def request_of(
    body: Mapping[str, Any],
    said: tuple[str, str],
    flags: Mapping[str, str],
    *,
    private: bool = False,
) -> Request:
    """Return the request of a press or shortcut: verb and prompt, to be answered in the thread."""
    message, who = body["message"], UserId(body["user"]["id"])
    team = str(body["user"].get("team_id") or (body.get("team") or {}).get("id") or "")
    begun = message.get("thread_ts")  # what one person sees begins no thread, and is lost there
    thread = str(begun or message["ts"]) if begun or not private else None
    to = str(body["channel"]["id"])
    here = Destination(channel=to, thread_ts=thread, only_for=who if private else None)
    key = uuid5(_IDS, f"{team}:{body['trigger_id']}")
    verb, prompt = said
    return Request(
        id=key, verb=verb, prompt=prompt, user=who, team=team, flags=flags, reply_to=here
    )


def _words(message: Mapping[str, Any]) -> str:
    """Return what a message says: of one of ours, what its blocks say."""
    blocks: list[Mapping[str, Any]] = message.get("blocks") or []
    shown = [
        str(block["text"]["text"]) for block in blocks if message.get("bot_id") and "text" in block
    ]
    return plain("\n".join(shown) or str(message.get("text", "")))
