"""Sizes of pictures: the one that a person names, or the one that has the shape they want.

Pure. Diffusion models work on blocks of 8 by 8 pixels, and do best near the area they learned.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from generators.answers import pixels
from generators.painting import Canvas

MIN_SIDE_PX: Final = 64
MAX_SIDE_PX: Final = 1792
MAX_PIXELS: Final = 1792 * 1024
"""The largest that OpenAI's models make."""
SIDE_STEP_PX: Final = 8
MOST_LONGER: Final = 4
"""A picture is at most so many times as wide as it is high, or the other way round."""
_USUAL: Final = (512, 512)
"""Of a model that does not tell its size."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Width to height."""

    wide: int
    high: int

    @property
    def value(self) -> float:
        """Width by height."""
        return self.wide / self.high


def size_of(asked: str) -> tuple[int, int] | None:
    """Return the sides that a text names; None where it names none that may be asked for.

    >>> size_of("512 x 768"), size_of("512x77"), size_of("4000x4000")
    ((512, 768), None, None)
    """
    found = re.fullmatch(r"\s*([0-9]{1,4})\s*[xX*\u00d7]\s*([0-9]{1,4})\s*", asked)
    if found is None:
        return None
    width, height = int(found[1]), int(found[2])
    fits = all(
        side % SIDE_STEP_PX == 0 and MIN_SIDE_PX <= side <= MAX_SIDE_PX for side in (width, height)
    )
    return (width, height) if fits and width * height <= MAX_PIXELS else None


def ratio_of(asked: str) -> Ratio | None:
    """Return the shape that a text names, from 1:4 to 4:1; None where it names none.

    >>> ratio_of("16:9"), ratio_of("3x2"), ratio_of("9:1"), ratio_of("0:1")
    (Ratio(wide=16, high=9), Ratio(wide=3, high=2), None, None)
    """
    found = re.fullmatch(r"\s*([0-9]{1,3})\s*[:xX/\u00d7]\s*([0-9]{1,3})\s*", asked)
    wide, high = (int(found[1]), int(found[2])) if found else (0, 0)
    if not wide or not high or max(wide, high) > MOST_LONGER * min(wide, high):
        return None
    return Ratio(wide, high)


def shaped(ratio: Ratio, canvas: Canvas) -> str:
    """Return the size, WIDTHxHEIGHT, that has this shape and about the model's own area.

    >>> shaped(Ratio(16, 9), Canvas()), shaped(Ratio(1, 1), Canvas(own="1024x1024"))
    ('680x384', '1024x1024')
    """
    if canvas.only:
        return min(canvas.only, key=lambda size: _unlike(pixels(size), ratio))
    own = pixels(canvas.own) or list(_USUAL)
    area = min(math.prod(own), MAX_PIXELS)
    high = math.sqrt(area / ratio.value)
    least = min(MIN_SIDE_PX, *(max(side // 2, SIDE_STEP_PX) for side in own))
    return "x".join(str(_side(side, least)) for side in (high * ratio.value, high))


def _side(px: float, least: int) -> int:
    """Return a side that may be asked for, near this one."""
    blocks = max(1, round(px / SIDE_STEP_PX))
    return min(max(blocks * SIDE_STEP_PX, least), MAX_SIDE_PX)


def _unlike(sides: Sequence[int], ratio: Ratio) -> float:
    width, height = sides
    return abs(math.log(width / height / ratio.value))
