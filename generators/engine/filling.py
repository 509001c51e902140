"""A hole filled smoothly from its edge: the harmonic function, found from coarse to fine.

Where a network goes on from, and the classic that it has to beat. Laplace's equation with the known
pixels as its border; coarse levels as in Gortler et al. (The Lumigraph, 1996), then relaxed.
"""

from typing import Final

import torch
from torch import Tensor, nn

SWEEPS: Final = 24
"""Relaxations on each level."""
_EDGE: Final = 1.8
"""Over-relaxation; 2 would not settle."""


@torch.no_grad()
def filled(pictures: Tensor, holes: Tensor, sweeps: int = SWEEPS) -> Tensor:
    """Return pictures [n, channels, rows, columns] with the holes [n, 1, rows, columns] filled.

    What is under a hole is not looked at. A picture that is all hole becomes grey.
    """
    known = 1 - holes
    if not bool(holes.any()):
        return pictures
    if min(pictures.shape[2:]) <= 1 or not bool(known.any()):
        weight = known.sum(dim=(2, 3), keepdim=True)
        mean = (pictures * known).sum(dim=(2, 3), keepdim=True) / weight.clamp(min=1)
        return torch.where(holes > 0, torch.where(weight > 0, mean, 0.5), pictures)
    weight = _halved(known)
    coarse = _halved(pictures * known) / weight.clamp(min=1e-6)
    guess = filled(coarse, (weight <= 0).to(pictures.dtype), sweeps)
    grown = nn.functional.interpolate(
        guess, size=pictures.shape[2:], mode="bilinear", align_corners=False
    )
    return _relaxed(torch.where(holes > 0, grown, pictures), holes > 0, sweeps)


def _halved(values: Tensor) -> Tensor:
    return nn.functional.avg_pool2d(values, 2, ceil_mode=True, count_include_pad=False)


def _relaxed(values: Tensor, holes: Tensor, sweeps: int) -> Tensor:
    """Move each pixel of a hole towards the mean of its neighbours, half of them at a time."""
    rows, columns = values.shape[2:]
    odd = (torch.arange(rows)[:, None] + torch.arange(columns)) % 2 == 1
    boards = (holes & odd, holes & ~odd)
    for _ in range(sweeps):
        for board in boards:
            framed = nn.functional.pad(values, (1, 1, 1, 1), mode="replicate")
            beside = framed[:, :, 1:-1, :-2] + framed[:, :, 1:-1, 2:]
            beside = beside + framed[:, :, :-2, 1:-1] + framed[:, :, 2:, 1:-1]
            values = torch.where(board, values + _EDGE * (beside / 4 - values), values)
    return values
