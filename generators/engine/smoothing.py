"""Noise taken out by non-local means: each pixel becomes the mean of those that stand alike.

The classic (Buades et al., 2005), which the small network does not beat (its card has the figures),
so this is what the engine takes noise out by.
"""

from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor, nn

REACH_PX: Final = 5
"""How far away a pixel is looked for that stands alike."""
_PATCH_PX: Final = 5
_DECAY: Final = 0.55


def non_local_means(pictures: Tensor, deviation: float, reach_px: int = REACH_PX) -> Tensor:
    """Return pictures [n, 3, rows, columns] in 0..1 without noise of a deviation, in 0..1, too."""
    total = torch.zeros_like(pictures)
    weights = torch.zeros_like(pictures[:, :1])
    for _, _, beside in shifted(pictures, reach_px):
        apart = (beside - pictures).square().mean(dim=1, keepdim=True)
        half = _PATCH_PX // 2
        alike = nn.functional.avg_pool2d(apart, _PATCH_PX, 1, half, count_include_pad=False)
        unlike = (alike - 2 * deviation**2).clamp(min=0)
        weight = (-unlike / max(_DECAY * deviation, 1e-4) ** 2).exp()
        total, weights = total + weight * beside, weights + weight
    return total / weights


def shifted(pictures: Tensor, reach_px: int) -> Iterator[tuple[int, int, Tensor]]:
    """Yield pictures moved by every way that is near, and that way: rows, columns."""
    rows, columns = pictures.shape[2:]
    framed = nn.functional.pad(pictures, (reach_px,) * 4, mode="replicate")
    for down in range(2 * reach_px + 1):
        for across in range(2 * reach_px + 1):
            seen = framed[:, :, down : down + rows, across : across + columns]
            yield down - reach_px, across - reach_px, seen
