"""Pictures that people send -> clean PNG files. Knows no model, no Slack and no torch.

The bytes are a stranger's: what they are is told by how they begin, four formats are unpacked, and
of them only within limits that are checked before. What comes out has the colours of the picture,
as people saw it, and nothing else: no Exif, no profile, no words.
"""

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from generators.draft import PromptRejected
from generators.sentences import Language

Pixels = npt.NDArray[np.uint8]

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 4096 * 4096
"""Both as the engine has them (`generators.engine.uploads`)."""
MIN_SIDE_PX: Final = 16
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_OPAQUE: Final = 255
_LEVELS: Final = 257
"""From 16 bits to 8: 65,535 is 255."""
_PROFILE_BYTES: Final = 4_000_000
_HEAD_BYTES: Final = 1024
_NAMED: Final[tuple[tuple[int, bytes, str], ...]] = (
    *((4, b"ftyp" + brand, "heic") for brand in (b"hei", b"hev", b"mif1", b"msf1", b"avi")),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"%PDF", "pdf"),
    (0, b"8BPS", "photoshop"),
)
"""Where the mark of a format stands that is not read, the mark, and what is said of it."""
_PAGES: Final = (b"<!doctype html", b"<html", b"<head", b"<!--")
_READ: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_BROKEN: Final = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    OverflowError,
    TypeError,
    struct.error,
    zlib.error,
    Warning,  # where warnings are errors, as in the tests
)
"""What Pillow raises for a file that is not what it says it is."""
_LIMITS: Final = {
    "megabytes": MAX_BYTES // 1024**2,
    "pixels": f"{MAX_PIXELS:,}",
    "least": MIN_SIDE_PX,
}
_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "heic": (
        (
            "This is a HEIC or AVIF picture, which I cannot read. Save it as JPEG or PNG (on an "
            "iPhone: Settings, Camera, Formats, Most Compatible) and send it again."
        ),
        (
            "这是 HEIC 或 AVIF 图片，我无法读取。请另存为 JPEG 或 PNG"
            "（iPhone：设置 - 相机 - 格式 - 兼容性最佳）后再发。"
        ),
    ),
    "html": (
        "This file is a web page with the name of a picture. Save the picture itself and send it.",
        "这个文件是网页，只是用了图片的名字。请保存图片本身后再发。",
    ),
    "svg": (
        "This is an SVG drawing, which I cannot read. Export it as PNG and send it again.",
        "这是 SVG 矢量图，我无法读取。请导出为 PNG 后再发。",
    ),
    "tiff": (
        "This is a TIFF or raw picture, which I cannot read. Save it as PNG and send it again.",
        "这是 TIFF 或 RAW 图片，我无法读取。请另存为 PNG 后再发。",
    ),
    "pdf": (
        "This is a PDF, not a picture. Save the page as PNG and send it again.",
        "这是 PDF，不是图片。请把页面存为 PNG 后再发。",
    ),
    "photoshop": (
        "This is a Photoshop file, which I cannot read. Export it as PNG and send it again.",
        "这是 Photoshop 文件，我无法读取。请导出为 PNG 后再发。",
    ),
    "empty": (
        "This file is empty. Please send the picture again.",
        "这个文件是空的，请重新发送图片。",
    ),
    "unknown": (
        (
            "This file is no PNG, JPEG, WebP or GIF picture, whatever its name says. Save it as "
            "one of these and send it again."
        ),
        "这个文件不是 PNG、JPEG、WebP 或 GIF 图片。请另存为其中一种后再发。",
    ),
    "broken": (
        (
            "This picture breaks off or is damaged, so I cannot read it. Save or download it anew "
            "and send it again."
        ),
        "这张图片不完整或已损坏，无法读取。请重新保存或下载后再发。",
    ),
    "animated": (
        (
            "This picture is animated, and I change still ones only. Save one frame as PNG and "
            "send it."
        ),
        "这是动图，我只能修改静态图片。请把其中一帧存为 PNG 后再发。",
    ),
    "large": (
        (
            "This file is larger than {megabytes} MiB, the most that I read. Save the picture "
            "smaller and send it again."
        ),
        "这个文件超过 {megabytes} MiB 的上限。请缩小图片后再发。",
    ),
    "pixels": (
        (
            "This picture has more than {pixels} pixels, the most that I read. Make it smaller and "
            "send it again."
        ),
        "这张图片超过 {pixels} 像素的上限。请缩小后再发。",
    ),
    "small": (
        "This picture has a side of fewer than {least} pixels. Send a larger one.",
        "这张图片有一边不足 {least} 像素。请发送更大的图片。",
    ),
    "unmarked": (
        (
            "I can tell the origin of PNG, JPEG and WebP pictures only. Send the file as it was "
            "made."
        ),
        "我只能读取 PNG、JPEG 和 WebP 图片的来源。请发送原始文件。",
    ),
    "away": (
        (
            "I cannot fetch this file from Slack: it was deleted, or I am not in its channel. Send "
            "it again here."
        ),
        "我无法从 Slack 取得这个文件：它已被删除，或者我不在它所在的频道。请在这里重新发送。",
    ),
}


class PictureRefused(PromptRejected):
    """A file that is not read; `str` says why and what to do, as `said` does in a language."""

    def __init__(self, why: str) -> None:
        """Take a name of one of the sentences."""
        self.why = why
        super().__init__(self.said("en"))

    def said(self, speech: Language) -> str:
        """Return the sentence in a language."""
        return _SENTENCES[self.why][speech == "zh"].format(**_LIMITS)


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture as a PNG file that says nothing but its colours: RGB, or RGBA where it is clear."""

    png: bytes
    size_px: tuple[int, int]
    is_clear: bool
    """Whether one sees through a part of it."""


def clean(data: bytes, most_bytes: int = MAX_BYTES) -> Clean:
    """Read a file. Raises PictureRefused, and nothing else, whatever the bytes are."""
    if len(data) > most_bytes:
        raise PictureRefused("large")
    if (why := _foreign(data)) is not None:
        raise PictureRefused(why)
    try:
        pixels = _unpacked(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused("pixels") from error
    except _BROKEN as error:
        raise PictureRefused("broken") from error
    height, width, channels = pixels.shape
    return Clean(packed(pixels), (width, height), channels > len("RGB"))


def packed(pixels: Pixels) -> bytes:
    """Return a PNG file of pixels: shape (height, width, 3), or 4 with transparency."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def unpacked(png: bytes) -> Image.Image:
    """Return the picture of a PNG file that `packed` or `clean` made, or an engine."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        opened.load()
        return opened


def _foreign(data: bytes) -> str | None:
    """Return what is said of a file that is none of ours; None for one that may be read."""
    if not data:
        return "empty"
    if data.startswith(_READ) or (data[:4], data[8:12]) == (b"RIFF", b"WEBP"):
        return None
    named = (why for at, mark, why in _NAMED if data[at : at + len(mark)] == mark)
    return next(named, None) or _written(data[:_HEAD_BYTES].lower())


def _written(head: bytes) -> str:
    """Return what is said of a file by its first words."""
    if b"<svg" in head:
        return "svg"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return (
        "html" if text.startswith((b"<!doctype html", b"<html", b"<head", b"<!--")) else "unknown"
    )


def _unpacked(data: bytes) -> Pixels:
    """Return the colours of a file. Raises PictureRefused, and what Pillow does."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise PictureRefused("pixels")
        if min(opened.size) < MIN_SIDE_PX:
            raise PictureRefused("small")
        if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:  # MPO: a photo, twice
            raise PictureRefused("animated")
        opened.load()
        return _plain(_coloured(ImageOps.exif_transpose(opened)))


def _coloured(image: Image.Image) -> Image.Image:
    """Return a picture in sRGB, with transparency where it has some."""
    if image.mode.startswith(("I", "F")):
        return _shallow(image)
    clear = image.has_transparency_data
    if image.mode in {"RGB", "CMYK"} and (managed := _managed(image)) is not None and not clear:
        return managed
    return image.convert("RGBA" if clear else "RGB")


def _shallow(image: Image.Image) -> Image.Image:
    """Return greys of 16 bits as 8, which Pillow would cut off instead."""
    grey = np.asarray(image, dtype=np.float64)
    return Image.fromarray(np.clip(np.round(grey / _LEVELS), 0, 255).astype(np.uint8)).convert(
        "RGB"
    )


def _managed(image: Image.Image) -> Image.Image | None:
    """Return a picture by its colour profile; None where it has none that can be used."""
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 0 < len(profile) <= _PROFILE_BYTES:
        return None
    try:
        own, common = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, own, common, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _plain(image: Image.Image) -> Pixels:
    """Return the pixels alone; transparency that hides nothing is left out."""
    pixels = np.array(image, dtype=np.uint8)
    if image.mode == "RGBA" and int(pixels[..., 3].min()) == _OPAQUE:
        return pixels[..., :3].copy()
    return pixels
