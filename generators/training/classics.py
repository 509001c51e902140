"""What mended pictures before networks did: what a network has to beat to be worth its place.

All take pictures [n, 3, rows, columns] in 0..1 and return the same. They are told more than the
network is: how strong the noise is, and one of them the exact blur.
"""

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor, nn

from generators.engine.filling import filled
from generators.engine.smoothing import shifted


def median(pictures: Tensor, side: int = 3) -> Tensor:
    """Take the middle of each pixel's surroundings."""
    return _each(pictures, ImageFilter.MedianFilter(side))


def bilateral(pictures: Tensor, deviation: float) -> Tensor:
    """Take the mean of near pixels of a near colour (Tomasi and Manduchi, 1998)."""
    total = torch.zeros_like(pictures)
    weights = torch.zeros_like(pictures[:, :1])
    for down, across, beside in shifted(pictures, 3):
        apart = (beside - pictures).square().mean(dim=1, keepdim=True)
        weight = (-apart / (2 * (2.5 * deviation) ** 2)).exp()
        weight = weight * float(np.exp(-(down**2 + across**2) / (2 * 1.8**2)))
        total, weights = total + weight * beside, weights + weight
    return total / weights


def unsharp(pictures: Tensor, radius_px: float = 2.0, percent: int = 120) -> Tensor:
    """Add what a blur takes away once more."""
    return _each(pictures, ImageFilter.UnsharpMask(radius_px, percent, 0))


def richardson_lucy(pictures: Tensor, kernel: Tensor, rounds: int = 12) -> Tensor:
    """Undo a blur whose kernel is given, round by round (Richardson, 1972; Lucy, 1974)."""
    seen = pictures.clamp(min=1e-3)
    found = seen.clone()
    for _ in range(rounds):
        ratio = seen / _spread(found, kernel).clamp(min=1e-3)
        found = (found * _spread(ratio, kernel.flip(0, 1))).clamp(1e-3, 1)
    return found


def wiener(pictures: Tensor, kernel: Tensor, noise: float = 0.004) -> Tensor:
    """Undo a blur whose kernel is given in one go, held back where noise would grow."""
    reach = kernel.shape[0] // 2
    framed = nn.functional.pad(pictures, (reach,) * 4, mode="reflect")
    rows, columns = framed.shape[2:]
    laid = torch.zeros(rows, columns)
    laid[: 2 * reach + 1, : 2 * reach + 1] = kernel
    lens = torch.fft.rfft2(laid.roll((-reach, -reach), (0, 1)))
    back = lens.conj() / (lens.abs().square() + noise)
    made = torch.fft.irfft2(torch.fft.rfft2(framed) * back, (rows, columns))
    return made[:, :, reach : rows - reach, reach : columns - reach].clamp(0, 1)


def harmonic(pictures: Tensor, holes: Tensor) -> Tensor:
    """Fill holes as a soap film would."""
    return filled(pictures, holes, sweeps=80)


def marched(pictures: Tensor, holes: Tensor, reach: int = 3) -> Tensor:
    """Fill holes from the edge inwards, each pixel by what is known near it.

    The march and weights by distance are Telea's (2004); his third weight, along the gradient, is
    left out.
    """
    steps = torch.arange(-reach, reach + 1, dtype=torch.float32)
    near = 1 / (steps.square()[:, None] + steps.square()).clamp(min=1)
    near[reach, reach] = 0
    kernel = near[None, None].expand(4, 1, -1, -1)
    values, known = pictures * (1 - holes), 1 - holes
    while bool((known < 1).any()) and bool(known.any()):
        both = nn.functional.conv2d(torch.cat([values, known], 1), kernel, padding=reach, groups=4)
        edge = (nn.functional.max_pool2d(known, 3, 1, 1) > 0) & (known < 1)
        values = torch.where(edge, both[:, :3] / both[:, 3:].clamp(min=1e-6), values)
        known = torch.where(edge, torch.ones_like(known), known)
    return values


def _each(pictures: Tensor, effect: ImageFilter.Filter) -> Tensor:
    made = [
        np.asarray(Image.fromarray(one).filter(effect))
        for one in (pictures * 255).round().byte().permute(0, 2, 3, 1).numpy()
    ]
    return torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2) / 255


def _spread(pictures: Tensor, kernel: Tensor) -> Tensor:
    reach = kernel.shape[0] // 2
    framed = nn.functional.pad(pictures, (reach,) * 4, mode="reflect")
    count, channels = pictures.shape[:2]
    laid = framed.reshape(count * channels, 1, *framed.shape[2:])
    made = nn.functional.conv2d(laid, kernel[None, None])
    return made.reshape(count, channels, *made.shape[2:])
