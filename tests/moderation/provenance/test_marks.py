import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from moderation.provenance.marks import Origin, UnreadablePictureError, mark, read
from tests.moderation.provenance.pictures import file, opened, picture

ORIGIN = Origin(producer="一家公司 & Söhne <GmbH>", model="org/painter-1", number=0x00C0FFEE)


def test_a_marked_picture_says_who_made_it_in_three_ways() -> None:
    made = mark(file(picture("clouds", 96)), ORIGIN)
    found = read(made.png)
    assert made.watermarked
    assert found.watermark == "req_00c0ffee"
    assert found.aigc is not None
    assert found.aigc["Label"] == "1"
    assert found.aigc["ContentProducer"] == ORIGIN.producer
    assert found.aigc["ProduceID"] == "req_00c0ffee"
    assert found.source_type is not None
    assert found.source_type.endswith("trainedAlgorithmicMedia")


def test_other_programs_read_the_words() -> None:
    made = mark(file(picture("drawing", 64)), ORIGIN)
    with Image.open(BytesIO(made.png)) as image:
        said = dict(image.info)
    assert json.loads(said["AIGC"])["ContentProducer"] == ORIGIN.producer
    assert "http://www.tc260.org.cn/ns/AIGC/1.0/" in said["XML:com.adobe.xmp"]
    assert "org/painter-1" in said["XML:com.adobe.xmp"]


def test_what_the_file_said_before_is_gone() -> None:
    info = PngInfo()
    info.add_text("Comment", "C:/Users/ana/secret")
    info.add_itxt("AIGC", '{"Label": "0"}')
    given = file(picture("clouds", 64), pnginfo=info, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    made = mark(given, ORIGIN).png
    assert b"secret" not in made
    assert b"eXIf" not in made
    assert made.count(b'"Label"') == 2  # in the field and in XMP


def test_a_jpeg_of_it_keeps_the_mark_and_says_no_words() -> None:
    made = mark(file(picture("clouds", 128)), ORIGIN)
    found = read(file(opened(made.png), "JPEG", quality=75))
    assert (found.kind, found.watermark, found.aigc) == ("image/jpeg", "req_00c0ffee", None)


def test_transparency_stays() -> None:
    alpha = np.arange(64, dtype=np.uint8) * np.ones((64, 1), np.uint8)
    given = np.dstack([picture("clouds", 64), alpha])
    with Image.open(BytesIO(mark(file(given), ORIGIN).png)) as image:
        assert (np.asarray(image)[..., 3] == alpha).all()


def test_a_plain_picture_says_nothing() -> None:
    found = read(file(picture("clouds", 64)))
    assert (found.aigc, found.source_type, found.watermark) == (None, None, None)


def test_a_forged_field_that_is_no_object_is_no_field() -> None:
    info = PngInfo()
    info.add_itxt("AIGC", '["Label"]')
    assert read(file(picture("clouds", 64), pnginfo=info)).aigc is None


@pytest.mark.parametrize(
    "data", [b"", b"text", file(picture("flat", 8))[:40], b"GIF89a" + b"\0" * 99]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePictureError):
        mark(data, ORIGIN)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = file(np.zeros((5200, 5200), np.uint8))
    assert len(bomb) < 100_000
    with pytest.raises(UnreadablePictureError, match="pixels"):
        mark(bomb, ORIGIN)
