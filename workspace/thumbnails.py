"""Small versions of a picture, made with Pillow: pure functions of bytes, slow enough for a thread.

Sizes and names are those of the file object (docs.slack.dev/reference/objects/file-object): squares
of 64, 80 and 160, then fits within 360 and, up to the picture's own size, 480, 720, 960 and 1024.
Nothing is enlarged, the EXIF orientation is applied, no metadata is kept, and of an animation only
the first frame is shown. It knows nothing of files, names or addresses.
"""

import base64
import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from PIL import Image, ImageOps

MOST_PIXELS = 25_000_000
"""What is decoded at most: 100 MB. A JPEG is reduced while it is read, so it may be larger."""
SQUARES = (64, 80, 160)
FITS = (360, 480, 720, 960, 1024)
_ALWAYS = 360
_TINY = 48
_QUICK = 1
_ORIENTATION = 0x0112
_FORMATS: Mapping[str, str] = MappingProxyType(
    {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp", "BMP": "bmp"}
)
_TURNS = MappingProxyType(
    {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
)
_SIDEWAYS = frozenset({5, 6, 7, 8})
_BROKEN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    struct.error,
    zlib.error,
)
"""What decoders raise for bytes that are no picture, or a broken one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumb:
    """One encoded thumbnail."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a picture is (`png`, `jpg`, `gif`, `webp`, `bmp`), its upright size, its thumbnails.

    `thumbs` go by their edge in pixels and are JPEGs for a JPEG, PNGs otherwise; `tiny` is the
    file object's `thumb_tiny`. Both are empty for a picture of more than MOST_PIXELS.
    """

    kind: str
    width: int
    height: int
    thumbs: Mapping[int, Thumb] = field(default_factory=dict)
    tiny: str = ""

    @property
    def suffix(self) -> str:
        """The suffix of the thumbnails' names."""
        return "jpg" if self.kind == "jpg" else "png"


def look(content: bytes) -> Picture | None:
    """Read a picture and make its thumbnails; None for anything that cannot be decoded.

    >>> look(b"no picture") is None
    True
    """
    try:
        with Image.open(io.BytesIO(content), formats=tuple(_FORMATS)) as opened:
            return _developed(opened)
    except _BROKEN:
        return None


def _developed(opened: Image.Image) -> Picture:
    kind = _FORMATS[opened.format or ""]
    width, height = opened.size
    opened.draft("RGB", (FITS[-1], FITS[-1]))
    if opened.width * opened.height > MOST_PIXELS:
        return Picture(kind=kind, width=width, height=height)
    image = _plain(_resized(_direct(opened), _within((width, height), FITS[-1])))
    orientation = _orientation(opened)
    if orientation in _SIDEWAYS:
        width, height = height, width
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    thumbs = {edge: _encoded(_square(image, edge), kind) for edge in SQUARES}
    for edge in FITS:
        if edge == _ALWAYS or max(width, height) >= edge:
            thumbs[edge] = _encoded(_resized(image, _within((width, height), edge)), kind)
    return Picture(kind=kind, width=width, height=height, thumbs=thumbs, tiny=_tiny(image))


def _orientation(opened: Image.Image) -> int:
    """Return the EXIF orientation (1 to 8); a broken EXIF block counts as upright.

    Only for a picture that is already decoded: of a PNG, asking decodes it.
    """
    try:
        return int(opened.getexif().get(_ORIENTATION, 1))
    except _BROKEN:
        return 1


def _direct(opened: Image.Image) -> Image.Image:
    """Return the first frame in a mode that can be resized: no palette, 8 bits."""
    opened.load()
    if opened.mode.startswith("I"):
        return opened.convert("I").point(lambda value: value / 256).convert("L")
    return _plain(opened) if opened.mode in {"P", "1"} else opened


def _plain(image: Image.Image) -> Image.Image:
    """Return a picture as RGB, or RGBA where something is transparent."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _within(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """Return a size in the same proportions whose longer side is `edge` at most.

    >>> _within((1134, 362), 960), _within((3, 2), 960), _within((5000, 1), 360)
    ((960, 306), (3, 2), (360, 1))
    """
    width, height = size
    scale = min(1.0, edge / max(size))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _square(image: Image.Image, edge: int) -> Image.Image:
    side = min(edge, *image.size)
    return ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, kind: str) -> Thumb:
    stream = io.BytesIO()
    bare = _bare(image)
    if kind == "jpg":
        bare.convert("RGB").save(stream, "JPEG", quality=82)
    else:
        bare.save(stream, "PNG", compress_level=_QUICK)
    return Thumb(content=stream.getvalue(), width=image.width, height=image.height)


def _bare(image: Image.Image) -> Image.Image:
    """Return the pixels alone; the encoders would write what else the picture carries."""
    bare = image.copy()
    bare.info.clear()
    return bare


def _tiny(image: Image.Image) -> str:
    """Return a JPEG of at most 48 pixels without its tables, after a 3 and its height and width."""
    small = _resized(image, _within(image.size, _TINY)).convert("RGBA")
    paper = Image.new("RGB", small.size, "white")
    paper.paste(small, mask=small.getchannel("A"))
    stream = io.BytesIO()
    paper.save(stream, "JPEG", quality=20)
    encoded = stream.getvalue()
    scan = encoded.index(b"\xff\xda")
    (header_bytes,) = struct.unpack_from(">H", encoded, scan + 2)
    data = encoded[scan + 2 + header_bytes :]
    return base64.b64encode(struct.pack(">BHH", 3, small.height, small.width) + data).decode()
