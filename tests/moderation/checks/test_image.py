from io import BytesIO

import pytest
from PIL import Image as Pillow

from generators.draft import Audio, Code, Content, Image, Text
from moderation.checks.image import MAX_BYTES, Unclassified
from moderation.policy import Direction

CHECK = Unclassified()


def png(width: int, height: int) -> bytes:
    """Return a real PNG's first bytes with another size in its header."""
    out = BytesIO()
    Pillow.new("RGB", (2, 2)).save(out, "PNG")
    head = out.getvalue()
    return head[:16] + width.to_bytes(4) + height.to_bytes(4) + head[24:]


def categories(content: Content) -> list[str]:
    return [finding.category for finding in CHECK.inspect(content, Direction.OUTPUT)]


@pytest.mark.parametrize("content", [Text("a picture"), Code("x", "python"), Text("")])
def test_words_are_none_of_its_business(content: Content) -> None:
    assert categories(content) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (Image(png(512, 512), "a cat"), ["image.unclassified"]),
        (Image(png(5000, 5000), ""), ["image.unclassified"]),
        (Image(png(5000, 5001), ""), ["image.unclassified", "gate.size"]),
        (Image(png(2**31, 2**31), ""), ["image.unclassified", "gate.size"]),
        (Image(png(8, 8) + bytes(MAX_BYTES), ""), ["image.unclassified", "gate.size"]),
        (Image(b"", "nothing"), ["image.unclassified", "image.unreadable"]),
        (Image(b"GIF89a" + bytes(40), ""), ["image.unclassified", "image.unreadable"]),
        (Image(png(8, 8)[:18], ""), ["image.unclassified", "image.unreadable"]),
        (Image(png(0, 8), ""), ["image.unclassified", "image.unreadable"]),
        (Audio(b"RIFF", "hello"), ["image.unclassified"]),
        (Audio(bytes(MAX_BYTES + 1), ""), ["image.unclassified", "gate.size"]),
    ],
)
def test_what_nobody_can_judge_says_so(content: Content, expected: list[str]) -> None:
    assert categories(content) == expected


def test_its_findings_have_no_span_so_that_nothing_can_be_redacted() -> None:
    for finding in CHECK.inspect(Image(png(8, 8), "a cat"), Direction.OUTPUT):
        assert (finding.score, finding.start, finding.end) == (1.0, 0, 0)
