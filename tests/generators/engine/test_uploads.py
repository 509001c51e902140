import contextlib
import io
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.requests import Request

from generators.engine import uploads
from generators.engine.errors import BadRequest, BodyTooLarge
from generators.engine.uploads import Canvas, canvas, picture
from generators.engine.wire import EditAsk

RED = (200, 10, 10)


def file_of(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format=kind, **options)
    return file.getvalue()


def red(width: int = 32, height: int = 24, mode: str = "RGB") -> Image.Image:
    return Image.new("RGB", (width, height), RED).convert(mode)


def holed(width: int = 32, height: int = 24) -> Image.Image:
    """A mask whose left half is transparent."""
    mask = Image.new("RGBA", (width, height), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, width // 2, height))
    return mask


def ask_of(**fields: Any) -> EditAsk:
    return EditAsk.model_validate({"model": "m", "prompt": "一只狐狸 🦊", **fields})


def form_of(parts: Mapping[str, bytes | str]) -> Request:
    """A request as the OpenAI client sends it."""
    boundary = uuid4().hex.encode()
    body = b""
    for name, value in parts.items():
        file = b'; filename="p.png"' if isinstance(value, bytes) else b""
        data = value if isinstance(value, bytes) else value.encode()
        head = b'--%s\r\ncontent-disposition: form-data; name="%s"%s\r\n\r\n'
        body += head % (boundary, name.encode(), file) + data + b"\r\n"
    body += b"--%s--\r\n" % boundary
    return request_of(body, b"multipart/form-data; boundary=" + boundary)


def request_of(body: bytes, kind: bytes) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}
    return Request(scope, receive)


async def refused(request: Request) -> BadRequest:
    with pytest.raises(BadRequest) as refusal:
        await uploads.read(request, EditAsk)
    return refusal.value


async def test_a_form_is_read_with_its_numbers_and_its_picture() -> None:
    fields = {"model": "m", "prompt": "红色 🦊", "n": "2", "seed": "7", "strength": "0.5"}
    more = {"stream": "true", "exact": "false", "image": file_of(red())}
    ask, made = await uploads.read(form_of({**fields, **more}), EditAsk)
    assert (ask.prompt, ask.n, ask.seed, ask.stream, ask.exact) == ("红色 🦊", 2, 7, True, False)
    assert (made.image.size, made.image.mode, made.strength, made.mask) == (
        (32, 24),
        "RGB",
        0.5,
        None,
    )


@pytest.mark.parametrize("name", ["image", "image[]"])
async def test_the_picture_may_be_the_only_one_of_a_list(name: str) -> None:
    _, made = await uploads.read(form_of({"model": "m", name: file_of(red())}), EditAsk)
    assert made.image.getpixel((0, 0)) == RED


@pytest.mark.parametrize(
    ("parts", "param"),
    [
        ({}, "model"),
        ({"model": "m"}, "image"),
        ({"model": "m", "image": "no file"}, "image"),
        ({"model": "m", "image": b"nothing"}, "image"),
        ({"model": "m", "image": b""}, "image"),
        ({"model": "m", "n": "two", "image": b""}, "n"),
        ({"model": "m", "strength": "0", "image": b""}, "strength"),
        ({"model": "m", "strength": "nan", "image": b""}, "strength"),
        ({"model": "m", "upscale": "9", "image": b""}, "upscale"),
        ({"model": "m", "image": b"", "image[]": b""}, "image"),
    ],
)
async def test_a_form_that_cannot_be_is_refused_by_the_field(
    parts: dict[str, bytes | str], param: str
) -> None:
    assert (await refused(form_of(parts))).param == param


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", b"application/json"),
        (b"", b""),
        (b"nothing", b"multipart/form-data"),
        (b"nothing", b"multipart/form-data; boundary=x"),
        (b"--x\r\nbad\r\n--x--", b"multipart/form-data; boundary=x"),
    ],
)
async def test_what_is_no_form_is_refused(body: bytes, kind: bytes) -> None:
    refusal = await refused(request_of(body, kind))
    assert "form" in refusal.message or refusal.param == "model"


async def test_three_files_are_one_too_many() -> None:
    parts = {"model": "m", "image": b"1", "mask": b"2", "other": b"3"}
    assert "more than one picture" in (await refused(form_of(parts))).message


async def test_a_body_over_the_limit_is_refused() -> None:
    large = request_of(b" " * (uploads.MAX_FORM_BYTES + 1), b"multipart/form-data; boundary=x")
    with pytest.raises(BodyTooLarge):
        await uploads.read(large, EditAsk)


async def test_a_file_over_the_limit_is_refused_with_the_limit() -> None:
    parts = {"model": "m", "image": b"\0" * (uploads.MAX_PICTURE_BYTES + 1)}
    refusal = await refused(form_of(parts))
    assert (refusal.param, "at most 10 MiB" in refusal.message) == ("image", True)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_three_formats_are_read_in_every_mode(kind: str, mode: str) -> None:
    image = red(mode="RGB" if kind == "JPEG" and mode == "P" else mode)
    found = picture(file_of(image, kind), "image")
    assert (found.size, found.mode) == ((32, 24), "RGBA")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM", "ICO", "PDF"])
def test_other_formats_are_refused(kind: str) -> None:
    with pytest.raises(BadRequest, match="no PNG, JPEG or WebP"):
        picture(file_of(red(), kind), "image")


@pytest.mark.parametrize("side", [4097, 5000, 12_000])
def test_too_many_pixels_are_refused_before_they_are_unpacked(side: int) -> None:
    bomb = Image.new("1", (side, 4096))
    with pytest.raises(BadRequest, match="at most 16 million pixels"):
        picture(file_of(bomb), "image")


def test_a_header_that_lies_about_millions_of_pixels_is_refused() -> None:
    file = bytearray(file_of(red()))
    file[16:24] = (40_000).to_bytes(4, "big") * 2
    with pytest.raises(BadRequest):
        picture(bytes(file), "image")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_that_breaks_off_is_refused(kind: str) -> None:
    noisy = Image.effect_noise((64, 64), 90).convert("RGB")
    file = file_of(noisy, kind)
    with pytest.raises(BadRequest, match="save it again"):
        picture(file[: len(file) // 2], "image")


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"])
)
def test_any_bytes_are_a_picture_or_a_refusal(noise: bytes, head: bytes) -> None:
    with pytest.raises(BadRequest):
        picture(head + noise, "image")


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_picture_is_a_picture_or_a_refusal(place: int, value: int) -> None:
    file = bytearray(file_of(Image.effect_noise((16, 16), 60)))
    file[place % len(file)] = value
    with contextlib.suppress(BadRequest):
        assert picture(bytes(file), "image").mode == "RGBA"


def test_a_photograph_is_turned_as_its_exif_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    assert picture(file_of(red(), "JPEG", exif=exif), "image").size == (24, 32)


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    assert made(ask_of(), clear).image.getpixel((3, 3)) == (255, 255, 255)


def made(ask: EditAsk, image: Image.Image, mask: Image.Image | None = None) -> Canvas:
    sent = {"image": file_of(image)} | ({"mask": file_of(mask)} if mask else {})
    return canvas(ask, sent)


@pytest.mark.parametrize(
    ("sent", "fields", "size"),
    [
        ((32, 24), {}, (32, 24)),
        ((33, 27), {}, (32, 24)),
        ((3, 3), {}, (8, 8)),
        ((32, 24), {"size": "64x64"}, (64, 64)),
        ((32, 24), {"upscale": 2.0}, (64, 48)),
        ((20, 20), {"upscale": 1.5}, (32, 32)),
    ],
)
def test_the_result_has_the_size_asked_for_or_that_of_the_picture(
    sent: tuple[int, int], fields: dict[str, Any], size: tuple[int, int]
) -> None:
    assert made(ask_of(**fields), red(*sent)).image.size == size


@pytest.mark.parametrize(("fields", "sent"), [({}, (3000, 8)), ({"upscale": 4.0}, (600, 600))])
def test_a_result_with_sides_too_long_is_refused(
    fields: dict[str, Any], sent: tuple[int, int]
) -> None:
    with pytest.raises(BadRequest, match="2048 a side is most"):
        made(ask_of(**fields), red(*sent))


def test_a_size_and_an_upscale_contradict_each_other() -> None:
    with pytest.raises(BadRequest, match="not both"):
        made(ask_of(size="64x64", upscale=2.0), red())


@pytest.mark.parametrize("fields", [{}, {"size": "64x48"}, {"upscale": 2.0}])
def test_what_is_erased_in_the_mask_is_white_and_the_rest_black(fields: dict[str, Any]) -> None:
    mask = made(ask_of(**fields), red(), holed()).mask
    assert mask is not None
    width, height = mask.size
    assert (mask.mode, set(mask.tobytes())) == ("L", {0, 255})
    assert (mask.getpixel((0, 0)), mask.getpixel((width - 1, height - 1))) == (255, 0)


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (red(), "fully transparent"),
        (Image.new("RGBA", (32, 24), (0, 0, 0, 90)), "fully transparent"),
        (holed(24, 32), "size of the picture"),
    ],
)
def test_a_mask_that_says_nothing_is_refused(mask: Image.Image, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason) as refusal:
        made(ask_of(), red(), mask)
    assert refusal.value.param == "mask"


@pytest.mark.parametrize(
    ("fields", "mask", "strength"),
    [
        ({"strength": 0.25}, None, 0.25),
        ({"prompt": ""}, None, uploads.VARIATION_STRENGTH),
        ({}, None, uploads.EDIT_STRENGTH),
        ({"upscale": 2.0}, None, uploads.UPSCALE_STRENGTH),
        ({}, holed(), 1.0),
        ({"strength": 0.5}, holed(), 0.5),
    ],
)
def test_strength_has_a_default_for_each_use(
    fields: dict[str, Any], mask: Image.Image | None, strength: float
) -> None:
    assert made(ask_of(**fields), red(), mask).strength == strength
