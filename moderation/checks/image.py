"""Pictures and recordings, which no classifier here can judge: it says so, and the policy decides.

Reads how a PNG is built and how much its data unpack to, without keeping what they unpack to. What
a picture shows, it does not know.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from generators.draft import Audio, Code, Content, Grid, Illustrated, Image, Text, payload
from moderation.finding import Finding
from moderation.policy import UNCLASSIFIED, UNREADABLE
from moderation.provenance.png import OWN, SIGNATURE, NotPngError, chunks, texts
from moderation.tables import Direction

MAX_PIXELS: Final = 25_000_000
MAX_BYTES: Final = 20_000_000
_PLAIN: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB", b"gAMA", b"cHRM"})
"""What draws the picture; other chunks are EXIF, profiles, comments, dates, further frames."""
_OURS: Final = (b"AIGC\0", b"XML:com.adobe.xmp\0", b"Atelier\0")
"""Keywords of the words that say that a model made it (`moderation.provenance`)."""
_SIGNED: Final = b"caBX"
"""Content Credentials (C2PA)."""
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Values a pixel by colour type (W3C PNG, 11.2.1)."""
_PASSES: Final = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""Where each pass of Adam7 begins, across and down, and its steps (W3C PNG, 8.2)."""
_WHOLE: Final = ((0, 0, 1, 1),)
_PIECE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Pictures:
    """Finds `image.unclassified` in what is not text, and what is wrong with how a PNG is built.

    `gate.size`: too large, or a bomb. `image.unreadable`: broken. `image.metadata`: it carries more
    than the picture and our own words of where it came from, or a prompt that is not its
    description, which alone was judged.
    """

    name: str = "image"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return that nobody looked at the picture or recording; nothing for words."""
        match content:
            case Illustrated(picture=picture):
                return self.inspect(picture, direction) if picture else ()
            case Text() | Code():
                return ()
            case Image() | Grid() | Audio():
                return tuple(
                    Finding(category=category, detector=self.name)
                    for category in (UNCLASSIFIED, *_trouble(content))
                )


def _trouble(content: Image | Grid | Audio) -> Iterator[str]:
    if len(payload(content)) > MAX_BYTES:
        yield "gate.size"
    elif not isinstance(content, Audio):
        try:
            yield from _built(content.png)
            yield from _said(content)
        except (NotPngError, zlib.error, LookupError, ValueError, AttributeError):
            yield UNREADABLE


def _built(png: bytes) -> Iterator[str]:
    """Yield what is wrong. Raises NotPngError, zlib.error, LookupError where it is no PNG."""
    parts = list(chunks(png))
    kind, head = parts[0]
    width, height = int.from_bytes(head[0:4]), int.from_bytes(head[4:8])
    if kind != b"IHDR" or not width * height:
        raise NotPngError("It has no size.")
    if width * height > MAX_PIXELS:
        yield "gate.size"
        return
    expected = _raw_bytes(width, height, head)
    if _unpacked([data for kind, data in parts if kind == b"IDAT"], expected) > expected:
        yield "gate.size"
    framed = len(SIGNATURE) + sum(12 + len(data) for _, data in parts)
    if framed != len(png) or not all(_ours(kind, data) for kind, data in parts):
        yield "image.metadata"


def _said(content: Image | Grid) -> Iterator[str]:
    """Yield that a file has a prompt in it that is not the beginning of its description.

    So it is where the description was redacted after it was written into the file.
    """
    own = texts(content.png).get(OWN)
    prompt = json.loads(own).get("prompt", "") if own else ""
    if not isinstance(prompt, str) or not content.alt.startswith(prompt):
        yield "image.metadata"


def _ours(kind: bytes, data: bytes) -> bool:
    return kind in _PLAIN or kind == _SIGNED or (kind == b"iTXt" and data.startswith(_OURS))


def _raw_bytes(width: int, height: int, head: bytes) -> int:
    """Return how many bytes the picture has when unpacked: each line begins with its filter."""
    bits = head[8] * _CHANNELS[head[9]]
    total = 0
    for left, top, across, down in _PASSES if head[12] else _WHOLE:
        columns, lines = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and lines > 0:
            total += lines * (1 + -(-columns * bits // 8))
    return total


def _unpacked(parts: Sequence[bytes], expected: int) -> int:
    """Return how many bytes it unpacks to, or more than expected as soon as that is certain."""
    stream, total = zlib.decompressobj(), 0
    for part in parts:
        left = part
        while left and total <= expected:
            total += len(stream.decompress(left, _PIECE_BYTES))
            left = stream.unconsumed_tail
    if total < expected or (not stream.eof and total == expected):
        raise NotPngError("Its data break off.")
    return total
