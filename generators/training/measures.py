"""Figures of pictures: how near they are to the ones they stand for."""

from typing import Final

import torch
from torch import Tensor, nn

_WINDOW: Final = 11
_SIGMA: Final = 1.5
_C1: Final = 0.01**2
_C2: Final = 0.03**2


def psnr_db(made: Tensor, real: Tensor) -> float:
    """Return the peak signal-to-noise ratio of pictures with values in 0..1, mean of all."""
    errors = (made - real).square().flatten(1).mean(dim=1).clamp(min=1e-10)
    return float((-10 * errors.log10()).mean())


def ssim(made: Tensor, real: Tensor) -> Tensor:
    """Return the mean structural similarity of pictures [n, channels, rows, columns] in 0..1.

    Wang et al., 2004: Gaussian window of 11 x 11 with a deviation of 1.5, no padding.
    """
    channels = made.shape[1]
    steps = torch.arange(_WINDOW, dtype=made.dtype) - _WINDOW // 2
    bell = (-steps.square() / (2 * _SIGMA**2)).exp()
    bell = bell / bell.sum()

    def blurred(values: Tensor) -> Tensor:
        down = bell.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
        across = bell.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
        rows = nn.functional.conv2d(values, down, groups=channels)
        return nn.functional.conv2d(rows, across, groups=channels)

    mean_a, mean_b = blurred(made), blurred(real)
    spread_a = blurred(made * made) - mean_a.square()
    spread_b = blurred(real * real) - mean_b.square()
    both = blurred(made * real) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + _C1) * (2 * both + _C2)
    whole = (mean_a.square() + mean_b.square() + _C1) * (spread_a + spread_b + _C2)
    return (alike / whole).mean()


def ranks(made: Tensor, real: Tensor, wanted: Tensor) -> Tensor:
    """Return for each made picture how many real ones are nearer to it than the wanted one.

    Nearness is the squared error over all pixels; 0 means that the wanted one is the nearest.
    """
    apart = torch.cdist(made.flatten(1), real.flatten(1))
    own = apart.gather(1, wanted[:, None])
    return (apart < own).sum(dim=1)
