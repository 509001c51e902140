"""Which part of a picture is made anew, and everything else of it as it was. Knows no model."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from PIL import Image

from generators.draft import PromptRejected
from generators.pictures import Clean, packed, unpacked
from generators.sentences import Language

_HALF: Final = 127
_CLEAR, _SHOWS = 0, 255
_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "size": (
        (
            "The mask has {mask} pixels and the picture {picture}; make the mask as large as the "
            "picture and send both again."
        ),
        "蒙版是 {mask} 像素，图片是 {picture} 像素；请使两者大小一致后再发。",
    ),
    "empty": (
        (
            "The mask shows no part to make anew: paint that part white, or erase it to "
            "transparent, and send both again."
        ),
        "蒙版没有标出要重画的部分：请把该部分涂成白色或擦成透明后再发。",
    ),
}


def mask_of(mask: Clean, size_px: tuple[int, int], speech: Language) -> bytes:
    """Return a mask as models take it: a PNG file that is transparent where they paint.

    That is where it is wholly transparent, or else white. Raises PromptRejected, in a language.
    """
    if mask.size_px != size_px:
        blanks = {"mask": _sized(mask.size_px), "picture": _sized(size_px)}
        raise PromptRejected(_SENTENCES["size"][speech == "zh"].format(**blanks))
    pixels = np.asarray(unpacked(mask.png).convert("RGBA"))
    erased = pixels[..., 3] == _CLEAR
    if not erased.any():
        erased = np.asarray(unpacked(mask.png).convert("L")) > _HALF
    if not erased.any():
        raise PromptRejected(_SENTENCES["empty"][speech == "zh"])
    made = np.zeros((*erased.shape, 4), dtype=np.uint8)
    made[..., 3] = np.where(erased, _CLEAR, _SHOWS)
    return packed(made)


def fitted(mask: bytes, size_px: tuple[int, int]) -> bytes:
    """Return a mask in another size, and still of nothing between."""
    shown = painted(mask).resize(size_px, Image.Resampling.NEAREST)
    made = np.zeros((size_px[1], size_px[0], 4), dtype=np.uint8)
    made[..., 3] = _SHOWS - np.asarray(shown)
    return packed(made)


def within(before: Image.Image, made: Image.Image, mask: bytes) -> Image.Image:
    """Return the picture from before, with what was made only where the mask lets it."""
    anew = made.convert(before.mode).resize(before.size, Image.Resampling.LANCZOS)
    return Image.composite(anew, before, painted(mask))


def painted(mask: bytes) -> Image.Image:
    """Return white where the mask is wholly transparent, and black elsewhere."""
    alpha = np.asarray(unpacked(mask).convert("RGBA").getchannel("A"))
    return Image.fromarray(np.where(alpha == _CLEAR, _SHOWS, _CLEAR).astype(np.uint8))


def _sized(size_px: tuple[int, int]) -> str:
    return "x".join(map(str, size_px))
