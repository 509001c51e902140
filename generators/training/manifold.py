"""Precision and recall of made pictures, after Kynkäänniemi et al., 2019 (arXiv 1904.06991).

Around each picture of a set is a ball to its k-th neighbour in the set; the balls are what the set
covers. Precision is the share of made pictures that the real ones cover, recall the share of real
ones that the made ones cover. The paper's feature is a VGG's; no such network is here, so ours is
the picture itself, averaged to 16 x 16 pixels: colours and coarse shapes count, fine texture does
not. Compare figures by this feature with one another only.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

FEATURE: Final = "pixels averaged to 16 x 16"
NEIGHBOURS: Final = 3
_SIDE: Final = 16


@dataclass(frozen=True, slots=True)
class Covered:
    """Shares from 0 to 1."""

    precision: float
    recall: float

    @property
    def lacking(self) -> float:
        """One less the harmonic mean of both: 0 is best, 1 is worst."""
        total = self.precision + self.recall
        return 1 - (2 * self.precision * self.recall / total if total else 0.0)


def features(pictures: Tensor) -> Tensor:
    """Return a row for each picture [n, channels, rows, columns]."""
    return nn.functional.adaptive_avg_pool2d(pictures, _SIDE).flatten(1)


def covered(made: Tensor, real: Tensor) -> Covered:
    """Return how far two sets of pictures cover one another; each needs more than k of them."""
    if min(len(made), len(real)) <= NEIGHBOURS:
        raise ValueError(f"Of pictures, {NEIGHBOURS + 1} at least are needed on both sides.")
    ours, theirs = features(made), features(real)
    apart = torch.cdist(ours, theirs)
    return Covered(_share(apart, _radii(theirs)), _share(apart.T, _radii(ours)))


def _radii(rows: Tensor) -> Tensor:
    """Return how far from each row its k-th neighbour is; the nearest is the row itself."""
    return torch.cdist(rows, rows).kthvalue(NEIGHBOURS + 1, dim=1).values


def _share(apart: Tensor, radii: Tensor) -> float:
    return float((apart <= radii).any(dim=1).float().mean())
