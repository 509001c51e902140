"""Pictures and recordings, which no classifier here can judge: it says so, and the policy decides.

Reads the size in a PNG's header and nothing else; no picture is decoded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from generators.draft import Audio, Code, Content, Image, Text, payload
from moderation.gate import Finding
from moderation.policy import Direction

MAX_PIXELS: Final = 25_000_000
MAX_BYTES: Final = 20_000_000
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
"""How every PNG begins (W3C PNG, 5.2 and 11.2.1); width and height follow as 32-bit integers."""


@dataclass(frozen=True, slots=True)
class Unclassified:
    """Finds `image.unclassified` in whatever is not text, and `gate.size` where it is too large."""

    name: str = "image"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return that nobody looked at the picture or recording; nothing for words."""
        del direction  # nobody has looked at it, whoever made it
        match content:
            case Text() | Code():
                return ()
            case Image() | Audio():
                return tuple(
                    Finding(category=category, detector=self.name)
                    for category in ("image.unclassified", *_trouble(content))
                )


def _trouble(content: Image | Audio) -> Iterator[str]:
    if len(payload(content)) > MAX_BYTES:
        yield "gate.size"
    if isinstance(content, Image):
        pixels = _pixels(content.png)
        if pixels == 0:
            yield "image.unreadable"
        if pixels > MAX_PIXELS:
            yield "gate.size"


def _pixels(png: bytes) -> int:
    """Return width times height from the header; 0 if it is no PNG."""
    if not png.startswith(_SIGNATURE):
        return 0
    at = len(_SIGNATURE)
    return int.from_bytes(png[at : at + 4]) * int.from_bytes(png[at + 4 : at + 8])
