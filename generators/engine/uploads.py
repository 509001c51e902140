"""Pictures that people send: a form in, a canvas for the model out. Knows no model and no torch.

Read in memory and never written to a disk. What is larger than the limits is refused before it is
unpacked; only three formats are read, and of an animation the first picture.
https://platform.openai.com/docs/api-reference/images/createEdit
"""

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from PIL import Image, ImageOps, UnidentifiedImageError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from generators.engine.errors import BadRequest
from generators.engine.wire import MAX_SIDE_PX, EditAsk, read_body, refusal

MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_FORM_BYTES = 2 * MAX_PICTURE_BYTES + 256 * 1024
MAX_PIXELS = 4096 * 4096
FORMATS = ("PNG", "JPEG", "WEBP")
BLOCK_PX = 8
UPSCALE_STRENGTH = 0.3
VARIATION_STRENGTH = 0.6
EDIT_STRENGTH = 0.8
_MAX_FIELDS = 40
_FIELD_BYTES = 64 * 1024
_CLEAR, _SHOWS = 0, 255
# What Pillow raises for a file that is not what it says it is.
_BROKEN = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    struct.error,
    zlib.error,
)
Edit = TypeVar("Edit", bound=EditAsk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A picture to begin from, in the size of the result; where `mask` is white, it is made anew.

    `strength` says how little of it is left, from 0 to 1.
    """

    image: Image.Image
    mask: Image.Image | None
    strength: float


async def read(
    request: Request, kind: type[Edit], *, mends: Callable[[str], bool] = lambda _model: False
) -> tuple[Edit, Canvas]:
    """Read a form with a picture; for a model that mends, it keeps its size.

    Raises BadRequest or BodyTooLarge.
    """
    form = await _form(request)
    try:
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        ask = kind.model_validate_strings(fields)
        files = {"image": _file(form, "image"), "mask": _file(form, "mask")}
        sent = {name: await file.read() for name, file in files.items() if file}
    except ValidationError as error:
        raise refusal(error) from error
    finally:
        await form.close()
    return ask, await asyncio.to_thread(canvas, ask, sent, keep_size=mends(ask.model))


def canvas(ask: EditAsk, sent: Mapping[str, bytes], *, keep_size: bool = False) -> Canvas:
    """Unpack what was sent, in the size of the result. Raises BadRequest."""
    if "image" not in sent:
        raise BadRequest("'image': send the picture in this field of the form.", param="image")
    image = picture(sent["image"], "image")
    mask = picture(sent["mask"], "mask") if "mask" in sent else None
    if mask is not None and mask.size != image.size:
        raise BadRequest("'mask': it must have the size of the picture.", param="mask")
    size = image.size if keep_size else _size(ask, image)
    usual = UPSCALE_STRENGTH if ask.upscale else EDIT_STRENGTH if ask.prompt else VARIATION_STRENGTH
    default = usual if mask is None else 1.0
    return Canvas(
        image=_fitted(_flat(image), size),
        mask=None if mask is None else _fitted(_cleared(mask), size).point(_whole),
        strength=default if ask.strength is None else ask.strength,
    )


def picture(file: bytes, field: str) -> Image.Image:
    """Unpack a PNG, JPEG or WebP, turned as its Exif says. Raises BadRequest."""
    if len(file) > MAX_PICTURE_BYTES:
        limit = f"at most {MAX_PICTURE_BYTES // 1024**2} MiB"
        raise BadRequest(f"'{field}': a picture has {limit}; send a smaller one.", param=field)
    try:
        opened = Image.open(io.BytesIO(file), formats=FORMATS)
        if opened.width * opened.height > MAX_PIXELS:
            raise _too_many(field)
        return ImageOps.exif_transpose(opened).convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many(field) from error
    except _BROKEN as error:
        reason = "this is no PNG, JPEG or WebP picture that can be read"
        raise BadRequest(f"'{field}': {reason}; save it again.", param=field) from error


def _too_many(field: str) -> BadRequest:
    limit = f"at most {MAX_PIXELS // 1024**2} million pixels"
    return BadRequest(f"'{field}': a picture has {limit}; send a smaller one.", param=field)


def _size(ask: EditAsk, image: Image.Image) -> tuple[int, int]:
    """Width and height of the result, in pixels."""
    if ask.size_px and ask.upscale:
        raise BadRequest("'upscale': say this or a size, not both.", param="upscale")
    if ask.size_px:
        return ask.size_px
    times = ask.upscale or 1
    width, height = (max(1, round(side * times / BLOCK_PX)) * BLOCK_PX for side in image.size)
    if max(width, height) > MAX_SIDE_PX:
        reason = f"the result would have {width}x{height} pixels, and {MAX_SIDE_PX} a side is most"
        raise BadRequest(f"'image': {reason}; send a smaller one or say a size.", param="image")
    return width, height


def _flat(image: Image.Image) -> Image.Image:
    """Put what is transparent on white."""
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")


def _cleared(mask: Image.Image) -> Image.Image:
    """Return white where the mask is transparent. Raises BadRequest where nothing is."""
    alpha = mask.getchannel("A")
    if alpha.getextrema()[0] != _CLEAR:
        reason = "no part of it is fully transparent, and that is what is made anew"
        raise BadRequest(f"'mask': {reason}; erase it in the mask.", param="mask")
    return alpha.point(_inverse)


def _inverse(alpha: int) -> int:
    return _SHOWS if alpha == _CLEAR else _CLEAR


def _whole(value: int) -> int:
    """Keep a mask black and white after it was resized."""
    return _SHOWS if value > _SHOWS // 2 else _CLEAR


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Fill the size, cutting off what stands over."""
    return image if image.size == size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)


class _InMemory(MultiPartParser):
    """A parser that writes nothing to the disk."""

    spool_max_size = MAX_FORM_BYTES


async def _form(request: Request) -> FormData:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BadRequest("Send the picture as multipart/form-data, in the field 'image'.")
    body = await read_body(request, MAX_FORM_BYTES)

    async def stream() -> AsyncGenerator[bytes]:
        yield body

    limits = {"max_files": 2, "max_fields": _MAX_FIELDS, "max_part_size": _FIELD_BYTES}
    try:
        return await _InMemory(request.headers, stream(), **limits).parse()
    except (MultiPartException, KeyError) as error:  # KeyError: no boundary is named
        reason = "it is broken, or has more than one picture and one mask"
        raise BadRequest(f"The form cannot be read: {reason}.") from error


def _file(form: FormData, field: str) -> UploadFile | None:
    files = [*form.getlist(field), *form.getlist(f"{field}[]")]
    if len(files) > 1:
        raise BadRequest(f"'{field}': send one picture.", param=field)
    if files and not isinstance(files[0], UploadFile):
        raise BadRequest(f"'{field}': send it as a file.", param=field)
    return files[0] if files and isinstance(files[0], UploadFile) else None
