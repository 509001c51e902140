"""Takes a plain background away, with no model: what the border is connected to by its own colour.

Where the border is not of one colour, there is nothing that this could do, and it says so.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Mask = npt.NDArray[np.bool_]
Pixels = npt.NDArray[np.uint8]

NEAR: Final = 32
"""So far, in levels of the channel that differs most, a pixel may be from the border's colour."""
PLAIN: Final = 0.8
"""The share of the border that has to be of one colour; a subject may stand on the rest."""
LEAST: Final = 0.01
"""The share of the picture that has to go, and that has to stay."""
_SWEEPS: Final = 64
"""Turns of a background around its subject that are followed."""


def without_background(image: Image.Image) -> Pixels | None:
    """Return a picture of shape (height, width, 4) whose background is transparent.

    None where the background is not plain, or nothing else is there.
    """
    pixels = np.asarray(image.convert("RGB"))
    near = _like_the_border(pixels)
    if near is None:
        return None
    gone = _reached(near)
    share = float(gone.mean())
    if not LEAST <= share <= 1 - LEAST:
        return None
    kept = np.asarray(image.convert("RGBA").getchannel("A"))
    made = np.dstack([pixels, np.where(gone, 0, kept).astype(np.uint8)])
    made[gone] = 0  # what nobody sees is not there either
    return made


def _like_the_border(pixels: Pixels) -> Mask | None:
    """Return which pixels are of the border's colour; None where it has no one colour."""
    edges = (pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1])
    border = np.concatenate(edges).astype(np.int16)
    colour = np.median(border, axis=0).astype(np.int16)
    if float((np.abs(border - colour).max(axis=1) <= NEAR).mean()) < PLAIN:
        return None
    off = [np.abs(pixels[..., n].astype(np.int16) - colour[n]) for n in range(len(colour))]
    near: Mask = np.maximum.reduce(off) <= NEAR
    return near


def _reached(near: Mask) -> Mask:
    """Return the pixels that the border is connected to, side by side, through `near` ones."""
    found = np.zeros_like(near)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        found[edge] = near[edge]
    for _ in range(_SWEEPS):
        before = int(found.sum())
        for seen, free in ((found, near), (found.T, near.T)):
            _swept(seen, free)
            _swept(seen[::-1], free[::-1])
        if int(found.sum()) == before:
            break
    return found


def _swept(found: Mask, near: Mask) -> None:
    """Let each line add to the next what is beside it; `found` changes."""
    for line in range(1, len(found)):
        found[line] |= found[line - 1] & near[line]
