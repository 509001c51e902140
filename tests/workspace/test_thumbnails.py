"""Pictures of every kind and every trouble: sizes, orientation, metadata, bombs."""

import base64
import io
import struct
import warnings
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workspace import thumbnails
from workspace.thumbnails import FITS, MOST_PIXELS, SQUARES, Thumb


def encoded(image: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **more)
    return stream.getvalue()


def opened(thumb: Thumb) -> Image.Image:
    return Image.open(io.BytesIO(thumb.content))


def pixel(image: Image.Image, spot: tuple[int, int]) -> tuple[int, ...]:
    found = image.getpixel(spot)
    assert isinstance(found, tuple)
    return found


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((555, 718), {360: (278, 360), 480: (371, 480)}),
        ((640, 360), {360: (360, 202), 480: (480, 270)}),
        (
            (1134, 362),
            {360: (360, 115), 480: (480, 153), 720: (720, 230), 960: (960, 306), 1024: (1024, 327)},
        ),
        ((176, 226), {360: (176, 226)}),
        ((3, 2), {360: (3, 2)}),
        ((5000, 1), {edge: (edge, 1) for edge in FITS}),
    ],
)
def test_sizes_are_those_of_slack(
    size: tuple[int, int], wanted: dict[int, tuple[int, int]]
) -> None:
    picture = thumbnails.look(encoded(Image.new("RGB", size, "red")))
    assert picture is not None
    assert (picture.kind, picture.width, picture.height, picture.suffix) == ("png", *size, "png")
    found = {edge: (each.width, each.height) for edge, each in picture.thumbs.items()}
    squares = {edge: (min(edge, *size),) * 2 for edge in SQUARES}
    assert found == squares | wanted
    assert all(opened(each).size == (each.width, each.height) for each in picture.thumbs.values())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied_and_nothing_else_is_kept(orientation: int) -> None:
    image = Image.new("RGB", (800, 400), "white")
    image.paste("red", (0, 0, 400, 400))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "where I live"
    picture = thumbnails.look(encoded(image, "JPEG", exif=exif, comment=b"where I live"))
    assert picture is not None
    sideways = orientation > 4
    assert (picture.width, picture.height) == ((400, 800) if sideways else (800, 400))
    thumb = opened(picture.thumbs[480])
    corners = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1)}
    across, down = corners.get(orientation, (0, 1))
    spot = (5 + across * (thumb.width - 10), 5 + down * (thumb.height - 10))
    assert pixel(thumb.convert("RGB"), spot)[1] < 60
    for each in picture.thumbs.values():
        assert b"where I live" not in each.content
        assert not opened(each).getexif()


def test_metadata_of_a_png_is_left_out() -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415  # only here

    note = PngInfo()
    note.add_text("prompt", "a secret prompt")
    picture = thumbnails.look(
        encoded(Image.new("RGB", (9, 9)), pnginfo=note, icc_profile=b"profile", dpi=(7, 7))
    )
    assert picture is not None
    for each in picture.thumbs.values():
        assert b"secret" not in each.content
        assert set(opened(each).info) == set()


def test_transparency_stays() -> None:
    image = Image.new("RGBA", (500, 500), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (100, 100, 400, 400))
    for content in (encoded(image), encoded(image.convert("P")), encoded(image, "WEBP")):
        picture = thumbnails.look(content)
        assert picture is not None
        thumb = opened(picture.thumbs[360]).convert("RGBA")
        assert (pixel(thumb, (2, 2))[3], pixel(thumb, (180, 180))[3]) == (0, 255)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    frames = [Image.new("RGB", (100, 50), color) for color in ("red", "green", "blue")]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0)
    picture = thumbnails.look(content)
    assert picture is not None
    assert (picture.kind, picture.width, picture.height) == ("gif", 100, 50)
    thumb = opened(picture.thumbs[360])
    assert (thumb.format, getattr(thumb, "n_frames", 1)) == ("PNG", 1)
    assert thumb.convert("RGB").getpixel((10, 10)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *(("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "GIF"), ("I;16", "PNG")),
        *(("CMYK", "JPEG"), ("L", "JPEG"), ("RGB", "BMP"), ("RGBA", "WEBP")),
    ],
)
def test_every_colour_mode_has_thumbnails(mode: str, kind: str) -> None:
    picture = thumbnails.look(encoded(Image.new(mode, (90, 70)), kind))
    assert picture is not None
    assert opened(picture.thumbs[64]).size == (64, 64)


def test_sixteen_bits_keep_their_brightness() -> None:
    picture = thumbnails.look(encoded(Image.new("I;16", (90, 70), 0x8000)))
    assert picture is not None
    assert opened(picture.thumbs[64]).convert("L").getpixel((5, 5)) == 128


@pytest.mark.parametrize("side", [5001, 8000, 9500, 20_000, 2**31 - 1])
def test_a_bomb_is_not_decoded(side: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        picture = thumbnails.look(bomb(side, side))
    assert picture is None or (picture.thumbs, picture.tiny) == ({}, "")
    if side * side < 80_000_000:
        assert picture is not None
        assert picture.width * picture.height > MOST_PIXELS


def test_a_large_photograph_is_reduced_while_it_is_read() -> None:
    picture = thumbnails.look(encoded(Image.new("L", (7000, 5000), 200), "JPEG"))
    assert picture is not None
    assert (picture.width, picture.height) == (7000, 5000)
    assert (picture.thumbs[1024].width, picture.thumbs[1024].height) == (1024, 731)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"text", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"),
        b"\x89PNG\r\n\x1a\n broken",
        b"\xff\xd8\xff\xe0 broken",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"BM" * 40,
    ],
)
def test_what_is_no_picture_is_none(content: bytes) -> None:
    assert thumbnails.look(content) is None


@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP"]), st.data())
def test_damage_never_raises(kind: str, data: st.DataObject) -> None:
    content = bytearray(encoded(Image.linear_gradient("L").resize((40, 30)).convert("RGB"), kind))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    cut = data.draw(st.integers(0, len(content)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thumbnails.look(bytes(content[:cut]))


def test_tiny_says_its_size_and_is_a_scan() -> None:
    picture = thumbnails.look(encoded(Image.new("RGB", (555, 718), "teal")))
    assert picture is not None
    data = base64.b64decode(picture.tiny)
    assert struct.unpack_from(">BHH", data) == (3, 48, 37)
    assert data.endswith(b"\xff\xd9")
    assert len(data) < 600
