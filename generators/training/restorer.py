"""How the restorer learns: pictures that are drawn, damage by chance, the whole picture wanted.

One network for all: a third of what it sees is noisy, a third blurred or both, the rest has holes,
which stand filled smoothly, so that only what that lacks is learned.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from generators.engine import mender
from generators.engine.filling import filled
from generators.engine.mender import Mender
from generators.training import damage
from generators.training.course import Figures, State, chance
from generators.training.damage import REACH_PX
from generators.training.learner import Learner

CROP_PX: Final = 48
_EASED: Final = 1e-3
_NOISY, _BLURRED, _BOTH = 0.32, 0.68, 0.74
"""Up to these shares: noisy, blurred, both; the rest has holes."""
_BLUR_COUNTS: Final = 2.0
"""A blur takes few levels from most pixels; counted once, little would be learned of it."""


@dataclass(frozen=True, slots=True)
class RestorerPlan:
    """All that decides what comes out, with the emoji."""

    seed: int = 1
    pictures: int = 128
    steps: int = 3000
    batch: int = 8
    rate: float = 2e-3
    keep_every_steps: int = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """What one step learns from."""

    damaged: Tensor
    holes: Tensor
    asked: Tensor
    whole: Tensor


class RestorerLesson:
    """L1 on what was damaged; the averaged weights are what is used."""

    def __init__(self, pixels: Tensor, plan: RestorerPlan) -> None:
        """Take pictures as bytes [n, 3, rows, columns]."""
        self._pixels, self._plan = pixels, plan
        self._learner = Learner(mender.laid_out(mender.built(plan.seed)), plan.rate)

    @property
    def averaged(self) -> Mender:
        """The network that the training is for."""
        return self._learner.averaged

    def step(self, at: int, rate: float) -> Figures:
        """Learn from one batch."""
        sample = sampled(self._pixels, self._plan.batch, chance(self._plan.seed, at))
        made = self._learner.model(sample.damaged, sample.holes, sample.asked)
        apart = ((made - sample.whole).square() + _EASED**2).sqrt().mean(dim=1, keepdim=True)
        torn = sample.holes.flatten(1).amax(dim=1)[:, None, None, None]
        counted = torch.where(torn > 0, sample.holes, torch.ones_like(sample.holes))
        each = (apart * counted).flatten(1).sum(dim=1) / counted.flatten(1).sum(dim=1)
        weights = 1 + (_BLUR_COUNTS - 1) * sample.asked[:, 1]
        self._learner.learn((each * weights).mean(), rate)
        before = (sample.damaged - sample.whole).abs().mean(dim=1, keepdim=True)
        share = (before * counted).sum() / counted.sum()
        return {"loss": each.mean().item(), "damage": share.item()}

    def state(self) -> State:
        """Return weights, averages and the optimiser's memory."""
        return self._learner.state()

    def restore(self, state: State) -> None:
        """Take them back."""
        self._learner.restore(state)


def sampled(pixels: Tensor, count: int, draw: torch.Generator) -> Sample:
    """Cut pieces out of pictures, turn and damage them."""
    wide = torch.stack([_cut(pixels, draw) for _ in range(count)])
    ways = torch.rand(count, generator=draw)
    blur = (ways >= _NOISY) & (ways < _BOTH)
    noise = (ways < _NOISY) | ((ways >= _BLURRED) & (ways < _BOTH))
    whole = wide[:, :, REACH_PX:-REACH_PX, REACH_PX:-REACH_PX]
    damaged = whole.clone()
    if bool(blur.any()):
        lenses = torch.stack([damage.lens(draw) for _ in range(int(blur.sum()))])
        damaged[blur] = damage.blurred(wide[blur], lenses)
    damaged = _worn(damaged, blur, noise, draw)
    holes = torch.zeros(count, 1, CROP_PX, CROP_PX)
    torn = ~(blur | noise)
    if bool(torn.any()):
        holes[torn] = torch.stack([damage.torn(CROP_PX, draw) for _ in range(int(torn.sum()))])
        damaged[torn] = filled(damaged[torn], holes[torn], sweeps=12)
    return Sample(damaged, holes, torch.stack([noise, blur], dim=1).float(), whole)


def _worn(damaged: Tensor, blur: Tensor, noise: Tensor, draw: torch.Generator) -> Tensor:
    """Add much noise to what is noisy, and the little that every camera adds to what is blurred."""
    much = 3 + 47 * torch.rand(len(damaged), generator=draw)
    little = 2.5 * torch.rand(len(damaged), generator=draw)
    levels = torch.where(noise & blur, much / 2, torch.where(noise, much, little * blur))
    worn = damage.noisy(damaged, levels[:, None, None, None], draw)
    pressed = noise & (torch.rand(len(damaged), generator=draw) < 0.15)  # noqa: PLR2004 - a share
    if bool(pressed.any()):
        quality = int(torch.randint(40, 95, (1,), generator=draw))
        worn[pressed] = damage.pressed(worn[pressed], quality)
    return worn


def _cut(pixels: Tensor, draw: torch.Generator) -> Tensor:
    """Return a piece of a picture in 0..1, wider by what a blur reaches, turned by chance."""
    side = CROP_PX + 2 * REACH_PX
    room = pixels.shape[-1] - side + 1
    which = int(torch.randint(len(pixels), (1,), generator=draw))
    turns, mirrored = torch.randint(4, (2,), generator=draw).tolist()
    top, left = torch.randint(room, (2,), generator=draw).tolist()
    piece = pixels[which, :, top : top + side, left : left + side].float() / 255
    piece = piece.flip(2) if mirrored % 2 else piece
    return piece.rot90(turns % 4, (1, 2)).contiguous()
