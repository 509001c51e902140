"""Files of strangers: a clean picture comes of them, or one sentence."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from generators.pictures import MAX_BYTES, PictureRefused, clean, unpacked

SIDE = 24


def scene(mode: str = "RGB", side: int = SIDE) -> Image.Image:
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    pixels = np.stack([x * 10 % 256, y * 10 % 256, (x + y) * 5 % 256], axis=2).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def saved(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def read(data: bytes) -> np.ndarray:
    return np.asarray(unpacked(clean(data).png), dtype=int)


def refused(data: bytes) -> PictureRefused:
    with pytest.raises(PictureRefused) as caught:
        clean(data)
    return caught.value


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claiming(width: int, height: int) -> bytes:
    """A PNG that says of itself how large it is, and unpacks to much of nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20))
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_picture_keeps_its_colours(kind: str) -> None:
    how = {"lossless": True} if kind == "WEBP" else {}
    before = scene().quantize(64).convert("RGB")
    assert np.array_equal(read(saved(before, kind, **how)), np.asarray(before, dtype=int))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    shown = np.asarray(scene(mode).convert("RGB"), dtype=int)
    assert np.array_equal(read(saved(scene(mode)))[..., :3], shown)


def test_nothing_but_the_colours_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home 家"
    file = saved(scene(), "JPEG", exif=exif, comment=b"secret", quality=95)
    png = clean(file).png
    assert b"eXIf" not in png
    assert b"tEXt" not in png
    assert b"secret" not in png
    assert unpacked(png).info == {}


def test_a_picture_is_turned_as_people_see_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    tall = Image.new("RGB", (16, 32), "white")
    tall.paste("black", (0, 0, 16, 16))
    made = clean(saved(tall, "JPEG", exif=exif))
    assert made.size_px == (32, 16)
    assert int(read(saved(tall, "JPEG", exif=exif))[8, 28].max()) < 9


def test_greys_of_sixteen_bits_become_eight_and_are_not_cut_off() -> None:
    deep = np.linspace(0, 65535, SIDE * SIDE).round().astype(np.uint16).reshape(SIDE, SIDE)
    assert np.abs(read(saved(Image.fromarray(deep)))[..., 0] - deep / 257).max() <= 0.5


def test_printers_inks_become_the_colours_that_they_mean() -> None:
    inks = Image.new("CMYK", (SIDE, SIDE), (0, 255, 255, 0))
    assert np.abs(read(saved(inks, "JPEG", quality=100))[5, 5] - (255, 0, 0)).max() < 6


def test_a_colour_profile_is_used_and_then_gone() -> None:
    common = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.abs(read(saved(scene(), icc_profile=common)) - np.asarray(scene(), int)).max() <= 1
    assert np.array_equal(read(saved(scene(), icc_profile=b"junk")), np.asarray(scene(), int))


def test_what_hides_nothing_is_not_transparent() -> None:
    assert not clean(saved(scene("RGBA"))).is_clear
    glass = scene("RGBA")
    glass.putalpha(99)
    assert clean(saved(glass)).is_clear
    few = scene().quantize(8)
    assert clean(saved(few, transparency=few.getpixel((0, 0)))).is_clear


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><title>Sign in</title>", "web page"),
        (b"<HTML><body>", "web page"),
        (b'<?xml version="1.0"?><svg xmlns="x"/>', "SVG"),
        (b"II*\0rest", "TIFF"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS", "Photoshop"),
        (b"", "empty"),
        (b"hello", "no PNG"),
        (b"BM" + bytes(60), "no PNG"),
        (saved(scene())[:-40], "breaks off"),
        (saved(scene(side=64), "JPEG")[:-200], "breaks off"),
        (saved(scene(), "WEBP")[:60], "breaks off"),
        (saved(scene(), "GIF")[:-300], "breaks off"),
        (b"\x89PNG\r\n\x1a\n", "breaks off"),
        (claiming(50_000, 50_000), "pixels"),
        (claiming(4097, 4096), "pixels"),
        (claiming(4000, 4000), "breaks off"),
        (saved(scene(side=8)), "fewer than 16 pixels"),
        (bytes(MAX_BYTES + 1), "10 MiB"),
    ],
)
def test_what_is_not_read_is_refused_in_a_sentence_that_says_what_to_do(
    data: bytes, says: str
) -> None:
    error = refused(data)
    assert says in str(error)
    assert any(word in str(error) for word in ("Send", "send", "Save"))
    assert error.said("zh").endswith("。")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_is_refused(kind: str) -> None:
    frames = [scene(), scene().rotate(90)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert "animated" in str(refused(data))


MAGIC = st.sampled_from(
    [
        *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\x20\0\0\0WEBPVP8 "),
        *(b"\xff\xd8\xff\xe1\0\x20Exif\0\0MM\0*", b"", b"<", b"\0\0\0\x18ftyp"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(MAGIC, st.binary(max_size=200))
def test_junk_is_refused_and_nothing_else_happens(magic: bytes, rest: bytes) -> None:
    refused(magic + rest)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([saved(scene(), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_file_is_a_picture_or_refused(data: bytes, damage: list[tuple[int, int]]) -> None:
    broken = bytearray(data)
    for at, value in damage:
        broken[at % len(broken)] = value
    try:
        made = clean(bytes(broken))
    except PictureRefused:
        return
    assert unpacked(made.png).size == made.size_px
