import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from generators.draft import Audio, Code, Content, Image, Text
from moderation.checks.image import MAX_BYTES, Pictures
from moderation.policy import Direction
from moderation.provenance.png import SIGNATURE, chunks, with_texts

CHECK = Pictures()
UNCLASSIFIED, LARGE, BROKEN, MORE = (
    "image.unclassified",
    "gate.size",
    "image.unreadable",
    "image.metadata",
)


def png(width: int = 8, height: int = 8, mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Pillow.new(mode, (width, height)).save(out, "PNG", **options)
    return out.getvalue()


def framed(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rebuilt(parts: list[tuple[bytes, bytes]]) -> bytes:
    return SIGNATURE + b"".join(framed(kind, data) for kind, data in parts)


def sized(width: int, height: int) -> bytes:
    """Return a small PNG that says that it is larger."""
    (_, head), *rest = chunks(png())
    return rebuilt([(b"IHDR", struct.pack(">II", width, height) + head[8:]), *rest])


def unpacking_to(size: int) -> bytes:
    """Return a PNG of 8 by 8 pixels whose data unpack to so many bytes."""
    parts = [part for part in chunks(png()) if part[0] != b"IDAT"]
    return rebuilt([*parts[:-1], (b"IDAT", zlib.compress(bytes(size), 9)), parts[-1]])


def with_chunk(kind: bytes, data: bytes) -> bytes:
    *parts, end = chunks(png())
    return rebuilt([*parts, (kind, data), end])


def noted() -> bytes:
    info = PngInfo()
    info.add_text("Comment", "made by ana@firm.example")
    return png(pnginfo=info)


def categories(content: Content) -> list[str]:
    return [finding.category for finding in CHECK.inspect(content, Direction.OUTPUT)]


@pytest.mark.parametrize("content", [Text("a picture"), Code("x", "python"), Text("")])
def test_words_are_none_of_its_business(content: Content) -> None:
    assert categories(content) == []


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (sized(5000, 5001), [LARGE]),
        (sized(2**31, 2**31), [LARGE]),
        (png() + bytes(MAX_BYTES), [LARGE]),
        (b"", [BROKEN]),
        (SIGNATURE, [BROKEN]),
        (b"GIF89a" + bytes(40), [BROKEN]),
        (png()[:18], [BROKEN]),
        (png()[:-12], [BROKEN]),
        (sized(0, 8), [BROKEN]),
        (sized(512, 512), [BROKEN]),
        (unpacking_to(8 * 25 - 1), [BROKEN]),
        (unpacking_to(8 * 25), []),
        (unpacking_to(8 * 25 + 1), [LARGE]),
        (unpacking_to(50_000_000), [LARGE]),
        (with_chunk(b"tEXt", b"Comment\0hello"), [MORE]),
        (with_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"hello")), [MORE]),
        (with_chunk(b"iTXt", b"Comment\0\0\0\0\0hello"), [MORE]),
        (with_chunk(b"eXIf", b"MM\0*"), [MORE]),
        (with_chunk(b"iCCP", b"profile\0\0"), [MORE]),
        (with_chunk(b"tIME", bytes(7)), [MORE]),
        (with_chunk(b"acTL", bytes(8)), [MORE]),
        (noted(), [MORE]),
        (png() + b"and a zip file", [MORE]),
        (with_texts(png(), {"AIGC": "{}", "XML:com.adobe.xmp": "<x/>"}), []),
    ],
)
def test_what_is_wrong_with_a_picture(file: bytes, expected: list[str]) -> None:
    assert categories(Image(file, "a cat")) == [UNCLASSIFIED, *expected]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 3), (64, 33), (301, 2)])
def test_ordinary_pictures_are_only_unclassified(mode: str, width: int, height: int) -> None:
    assert categories(Image(png(width, height, mode), "")) == [UNCLASSIFIED]


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([0, 2, 6]))
def test_interlaced_pictures_are_measured_by_their_passes(
    width: int, height: int, colour: int
) -> None:
    channels = {0: 1, 2: 3, 6: 4}[colour]
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
    passes += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    lines = [
        bytes(1 + channels * len(range(left, width, across)))
        for left, top, across, down in passes
        for _ in range(top, height, down)
        if left < width
    ]
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 1)
    data = zlib.compress(b"".join(lines))
    file = rebuilt([(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")])
    with Pillow.open(BytesIO(file)) as opened:
        opened.load()  # it is what the format says
    assert categories(Image(file, "")) == [UNCLASSIFIED]


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    for file in (data, SIGNATURE + data, png()[:40] + data):
        assert categories(Image(file, ""))[0] == UNCLASSIFIED


def test_recordings_are_unclassified() -> None:
    assert categories(Audio(b"RIFF", "hello")) == [UNCLASSIFIED]
    assert categories(Audio(bytes(MAX_BYTES + 1), "")) == [UNCLASSIFIED, LARGE]


def test_its_findings_have_no_span_so_that_nothing_can_be_redacted() -> None:
    for finding in CHECK.inspect(Image(png(), "a cat"), Direction.OUTPUT):
        assert (finding.score, finding.start, finding.end) == (1.0, 0, 0)
