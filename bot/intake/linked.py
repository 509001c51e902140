"""How people say in a few characters which picture they mean: a message's link, or a number. Pure.

docs.slack.dev/reference/methods/chat.getPermalink: the address of a message.
"""

import re
from dataclasses import dataclass
from typing import Final

from generators.draft import Destination

DIGITS: Final = "一二三四五六七八九"
NUMBER: Final = re.compile(
    r"#\s*([0-9]{1,2})(?![0-9])|(?<![a-z])(?:picture|image|number|no\.?)\s*([0-9]{1,2})(?![0-9])"
    rf"|第\s*([0-9]{{1,2}}|[{DIGITS}])\s*[张幅个]",
    re.IGNORECASE,
)
"""How people say which of several pictures they mean."""
_LINK: Final = re.compile(
    r"https?://[^\s/<>|]{1,255}/archives/([A-Z0-9]{1,32})/p([0-9]{10})([0-9]{6})(\?[^\s<>|]{0,255})?"
)
_THREAD: Final = re.compile(r"[?&]thread_ts=([0-9]{10}\.[0-9]{6})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Linked:
    """A message by its address: where it is, and its `ts`."""

    place: Destination
    ts: str


def linked(text: str) -> Linked | None:
    """Return the message that a text has a link to; None where it has none.

    >>> linked("信息 https://a.slack.com/archives/C01/p1764554400000100").ts
    '1764554400.000100'
    """
    found = _LINK.search(text)
    if found is None:
        return None
    ts = f"{found[2]}.{found[3]}"
    thread = _THREAD.search(found[4] or "")
    return Linked(Destination(channel=found[1], thread_ts=thread[1] if thread else ts), ts)


def is_pointing(text: str) -> bool:
    """Tell whether a text says nothing, or nothing but which picture is meant.

    >>> [is_pointing(said) for said in ("", " #2 ", "第2张", "desk with a person", "#2 in red")]
    [True, True, True, False, False]
    """
    said = text.strip()
    return not said or any(pattern.fullmatch(said) for pattern in (_LINK, NUMBER))
