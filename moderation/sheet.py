"""Several pictures on one numbered sheet. Pure: PNG bytes in, PNG bytes out.

Two beside each other, more in two columns. A picture that is not there, or that cannot be read, is
a grey tile with its number, so that numbers always mean the same place.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

MAX_SIDE_PX: Final = 2048
"""A sheet is made smaller to fit in this; its pictures are kept as they are."""
MAX_PIXELS: Final = 25_000_000
_COLUMNS: Final = 2
_GAP_PX: Final = 8
_USUAL: Final = (512, 512)
"""Of a sheet without a picture."""
_BACK: Final = (236, 236, 236)
_TILE: Final = (200, 200, 200)
_STROKE: Final = (150, 150, 150)
_DARK: Final = (29, 28, 29)
_LIGHT: Final = (255, 255, 255)
_LEAST_BADGE_PX: Final = 14


def sheet(cells: Sequence[bytes | None]) -> bytes:
    """Return the sheet of some pictures; None is one that is not shown."""
    pictures = [None if png is None else _opened(png) for png in cells]
    columns = min(_COLUMNS, len(cells)) or 1
    rows = -(-len(cells) // columns) or 1
    side = _side([one for one in pictures if one is not None], columns, rows)
    width, height = (
        count * (px + _GAP_PX) + _GAP_PX for count, px in zip((columns, rows), side, strict=True)
    )
    whole = Image.new("RGB", (width, height), _BACK)
    for number, picture in enumerate(pictures):
        at = [
            _GAP_PX + n * (px + _GAP_PX)
            for n, px in zip(divmod(number, columns)[::-1], side, strict=True)
        ]
        whole.paste(_cell(picture, side, number + 1), (at[0], at[1]))
    file = BytesIO()
    whole.save(file, "PNG")
    return file.getvalue()


def _opened(png: bytes) -> Image.Image | None:
    """Return a picture without its transparency; None where it is none, or too large."""
    try:
        with Image.open(BytesIO(png), formats=("PNG",)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            clear = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return Image.alpha_composite(Image.new("RGBA", clear.size, _LIGHT), clear).convert("RGB")


def _side(pictures: Sequence[Image.Image], columns: int, rows: int) -> tuple[int, int]:
    """Return width and height of a place on the sheet, in pixels."""
    sizes = [one.size for one in pictures] or [_USUAL]
    width, height = (max(sides) for sides in zip(*sizes, strict=True))
    most = min(MAX_SIDE_PX / (columns * width), MAX_SIDE_PX / (rows * height), 1.0)
    return max(1, int(width * most)), max(1, int(height * most))


def _cell(picture: Image.Image | None, side: tuple[int, int], number: int) -> Image.Image:
    """Return one place: its picture in the middle, or a crossed tile, and its number."""
    cell = Image.new("RGB", side, _BACK if picture else _TILE)
    drawing = ImageDraw.Draw(cell)
    if picture is None:
        drawing.line(((0, 0), side), _STROKE, 2)
        drawing.line(((0, side[1]), (side[0], 0)), _STROKE, 2)
    else:
        picture.thumbnail(side, Image.Resampling.LANCZOS)
        left, top = ((whole - part) // 2 for whole, part in zip(side, picture.size, strict=True))
        cell.paste(picture, (left, top))
    _badge(drawing, min(side), str(number))
    return cell


def _badge(drawing: ImageDraw.ImageDraw, side_px: int, number: str) -> None:
    """Write a number in the corner, light on dark, so that it is read on any picture."""
    high = max(_LEAST_BADGE_PX, side_px // 10)
    drawing.rectangle((0, 0, high, high), _DARK)
    font = ImageFont.load_default(high * 0.8)
    drawing.text((high / 2, high / 2), number, _LIGHT, font, anchor="mm")
