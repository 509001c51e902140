"""The convolutional network, trained with torch; `moderation.heads.model` runs it without."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from moderation.heads.model import OUTPUTS, PIECES_MAX, WIDTHS, Logits
from moderation.heads.pieces import Ids

FILTERS: Final = 64
EPOCHS: Final = 3
BATCH: Final = 128
RATE: Final = 2e-3
_FORGET: Final = 0.3
"""So often a piece is hidden, so that no single word decides, nor the frame of a made sentence."""
_DROP: Final = 0.5
_NEAR: Final = 4


class Network(nn.Module):
    """Reads rows of piece numbers; the last number stands for nothing."""

    def __init__(self, fixed: Logits, learned: int) -> None:
        """Take the vectors that stay as they are, and how many are learned beside them."""
        super().__init__()
        self.nothing = len(fixed) + learned
        zeros = torch.zeros(1, fixed.shape[1])
        self.fixed: Tensor
        self.register_buffer("fixed", torch.cat([torch.from_numpy(fixed), zeros]))
        self.learned = nn.Parameter(torch.randn(learned, fixed.shape[1]) * float(fixed.std()))
        self.filters = nn.ModuleList(
            nn.Conv1d(fixed.shape[1], FILTERS, width, padding=width - 1) for width in WIDTHS
        )
        self.drop = nn.Dropout(_DROP)
        self.out = nn.Linear(2 * FILTERS * len(WIDTHS), len(OUTPUTS))

    def vectors(self) -> Tensor:
        """Return all vectors, with one of zeros at the end."""
        return torch.cat([self.fixed[:-1], self.learned, self.fixed[-1:]])

    def rows(self, ids: Tensor) -> Tensor:
        """Return the vectors of pieces; only those that are learned are followed back."""
        last = len(self.fixed) - 1
        learned = torch.cat([self.fixed[-1:], self.learned])
        at = torch.where((ids >= last) & (ids < self.nothing), ids - last + 1, 0)
        known = nn.functional.embedding(ids.clamp(max=last), self.fixed)
        return known + nn.functional.embedding(at, learned)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the outputs for each row of pieces; what follows the last piece counts nowhere."""
        counts = (ids != self.nothing).sum(dim=1, keepdim=True)
        if self.training:
            hidden = torch.rand(ids.shape) < _FORGET
            ids = torch.where(hidden, self.nothing, ids)
        rows = self.rows(ids).transpose(1, 2)
        seen = [
            filters(rows).relu() * _within(counts + width - 1, ids.shape[1] + width - 1)
            for width, filters in zip(WIDTHS, self.filters, strict=True)
        ]
        root = counts.clamp(min=1) ** 0.5 * 2
        features = [each.amax(dim=2) for each in seen] + [each.sum(dim=2) / root for each in seen]
        return self.out(self.drop(torch.cat(features, dim=1)))


def _within(counts: Tensor, length: int) -> Tensor:
    """Return 1 for the first places of each row, as many as counted, and 0 for the rest."""
    return (torch.arange(length)[None] < counts).float()[:, None]


@dataclass(frozen=True, slots=True)
class Lessons:
    """What to learn: pieces of each text, its labels (NaN: not known), its weight."""

    ids: Sequence[Ids]
    labels: Logits
    weights: Logits


def trained(network: Network, lessons: Lessons, seed: int, epochs: int = EPOCHS) -> Network:
    """Train in place; the same seed gives the same weights on the same machine."""
    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311 - no secret
    learned = [each for each in network.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=RATE, weight_decay=1e-2)
    steps = epochs * -(-len(lessons.ids) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    network.train()
    for _ in range(epochs):
        for batch in _batches(lessons.ids, chance):
            loss = _loss(network, lessons, batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def _loss(network: Network, lessons: Lessons, batch: Sequence[int]) -> Tensor:
    labels = torch.from_numpy(lessons.labels[batch])
    weights = torch.from_numpy(lessons.weights[batch])[:, None] * ~labels.isnan()
    outputs = network(_rows(lessons.ids, batch, network.nothing))
    losses = nn.functional.binary_cross_entropy_with_logits(
        outputs, labels.nan_to_num(0), reduction="none"
    )
    return (losses * weights).sum() / len(batch)


def _batches(ids: Sequence[Ids], chance: random.Random) -> Iterator[list[int]]:
    """Yield every index once, texts of like length together, in random order."""
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]) + chance.random() * _NEAR)
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    chance.shuffle(batches)
    yield from batches


def _rows(ids: Sequence[Ids], batch: Sequence[int], nothing: int) -> Tensor:
    longest = min(PIECES_MAX, max(1, *(len(ids[at]) for at in batch)))
    rows = np.full((len(batch), longest), nothing)
    for row, at in zip(rows, batch, strict=True):
        row[: len(ids[at])] = ids[at][:longest]
    return torch.from_numpy(rows)
