"""How noisy a picture is, told from the picture alone.

A filter that sees neither flat colour nor slopes answers to noise and to texture (Immerkær, 1996).
Noise is everywhere and texture is not, so the calmest parts are asked. Knows no model.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

BLOCK_PX: Final = 8
CALMEST: Final = 0.1
"""The share of the blocks that is asked."""
MOST_PX: Final = 1024
"""Of a larger picture, a middle of so many pixels a side is looked at."""
_GAIN: Final = 6.0
"""What the filter makes of noise: the root of the sum of its squared weights."""
_SHOWN: Final = 0.735
"""So much of even noise does the calmest tenth show: measured at 5, 10 and 20 levels."""
_DARK, _BRIGHT = 12, 243
"""Beyond these a file has cut the noise off."""

Pixels = npt.NDArray[np.uint8]


def noise_levels(pixels: Pixels) -> float:
    """Return the deviation of the noise in levels of 255; 0 where there is nothing to tell it by.

    `pixels` are rows, columns, RGB. A few levels too little where all is texture; grain that was
    drawn on purpose counts as noise.
    """
    grey = _middle(pixels)[..., :3].mean(axis=2)
    rows, columns = (side // BLOCK_PX * BLOCK_PX for side in (grey.shape[0] - 2, grey.shape[1] - 2))
    if min(rows, columns) < BLOCK_PX:
        return 0.0
    across = grey[:, :-2] - 2 * grey[:, 1:-1] + grey[:, 2:]
    answers = across[:-2] - 2 * across[1:-1] + across[2:]
    power = _blocks(answers[:rows, :columns] ** 2).mean(axis=(1, 3))
    light = _blocks(grey[1 : rows + 1, 1 : columns + 1]).mean(axis=(1, 3))
    told = np.sort(power[(light > _DARK) & (light < _BRIGHT)])
    if not len(told):
        return 0.0
    calm = told[: max(1, round(len(told) * CALMEST))]
    # Grey is the mean of three colours, whose noises even out by the root of three.
    return float(np.sqrt(calm.mean()) / _GAIN * np.sqrt(3) / _SHOWN)


def _blocks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rows, columns = values.shape
    return values.reshape(rows // BLOCK_PX, BLOCK_PX, columns // BLOCK_PX, BLOCK_PX)


def _middle(pixels: Pixels) -> Pixels:
    rows, columns = pixels.shape[:2]
    top, left = max(0, (rows - MOST_PX) // 2), max(0, (columns - MOST_PX) // 2)
    return pixels[top : top + MOST_PX, left : left + MOST_PX]
