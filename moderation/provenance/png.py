"""The chunks of a PNG file (W3C PNG, third edition): reading and adding words beside the picture.

Decodes no picture, and inflates nothing: what is compressed here, nobody of ours wrote.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
OWN: Final = "Atelier"
"""The keyword of our own words: a JSON object of strings."""
_TEXT: Final = b"iTXt"
_END: Final = b"IEND"
_FRAME_BYTES: Final = 12
"""Length, type and CRC of a chunk."""
MAX_TEXT_BYTES: Final = 65_536
"""Longer words are not read."""


class NotPngError(Exception):
    """The bytes are no PNG file, or a broken one."""


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and data of each chunk. Raises NotPngError where the file breaks off."""
    if not png.startswith(SIGNATURE):
        raise NotPngError("It does not begin as a PNG does.")
    at = len(SIGNATURE)
    while at < len(png):
        if at + _FRAME_BYTES > len(png):
            raise NotPngError("It breaks off.")
        length = int.from_bytes(png[at : at + 4])
        end = at + _FRAME_BYTES + length
        if end > len(png):
            raise NotPngError("It breaks off.")
        kind = png[at + 4 : at + 8]
        yield kind, png[at + 8 : end - 4]
        if kind == _END:
            return
        at = end
    raise NotPngError("It has no end.")


def with_texts(png: bytes, texts: Mapping[str, str]) -> bytes:
    """Return the file with these words added before the picture, by keyword (iTXt, 11.3.3.4).

    A keyword has 1 to 79 Latin-1 characters. Raises NotPngError.
    """
    head, *rest = chunks(png)
    words = ((_TEXT, _packed(word, text)) for word, text in texts.items())
    return SIGNATURE + b"".join(_framed(kind, data) for kind, data in (head, *words, *rest))


def texts(png: bytes) -> dict[str, str]:
    """Return the uncompressed iTXt words of a file by keyword. Raises NotPngError."""
    found: dict[str, str] = {}
    for kind, data in chunks(png):
        if kind == _TEXT and len(data) <= MAX_TEXT_BYTES:
            word, _, rest = data.partition(b"\0")
            _language, _, rest = rest[2:].partition(b"\0")
            _translated, _, text = rest.partition(b"\0")
            if data[len(word) + 1 : len(word) + 2] == b"\0":
                found[word.decode("latin-1")] = text.decode("utf-8", "replace")
    return found


def _packed(word: str, text: str) -> bytes:
    return word.encode("latin-1") + b"\0\0\0\0\0" + text.encode()


def _framed(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
