"""Trains a DCGAN on small pictures (Radford et al., 2015, arXiv 1511.06434), for synthetic data.

Its batch normalisation is by groups instead, so that averaged weights can be used and a picture
does not depend on those beside it. Its score on what is held out is one less the harmonic mean of
precision and recall (`manifold`).
"""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from generators.dataset import Row
from generators.training import course, manifold
from generators.training.course import Figures, State, chance
from generators.training.early import Weights
from generators.training.plan import PlanError
from generators.training.plans import GanPlan
from generators.training.squares import square

WEIGHTS: Final = "generator.safetensors"
CONFIG: Final = "config.json"
_COARSE: Final = 4
"""The side that a picture begins with, and that it is judged at last."""
_GROUPS: Final = 8
_BETAS: Final = (0.5, 0.999)
_MEASURED: Final = 256
_AT_ONCE: Final = 64


class Gan:
    """A generator, its discriminator and pictures."""

    def __init__(self, learned: Sequence[Row], held_out: Sequence[Row], plan: GanPlan) -> None:
        """Read the pictures. Raises PlanError where they are too few."""
        if plan.side_px not in {16, 32, 64} or plan.width % _GROUPS:
            raise PlanError("A side is 16, 32 or 64 pixels, and a width a multiple of 8.")
        if len(held_out) <= manifold.NEIGHBOURS:
            raise PlanError(
                f"Only {len(held_out)} pictures are held out: give 40 pictures or more."
            )
        self._plan = plan
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._real = read(learned, plan.side_px).to(self._device)
        self._held_out = read(held_out, plan.side_px)
        torch.manual_seed(plan.seed)
        self.generator = generator(plan).to(self._device)
        self._average = AveragedModel(self.generator, avg_fn=course.averaged)
        self._critic = discriminator(plan).to(self._device)
        self._makes = torch.optim.Adam(self.generator.parameters(), plan.rate, _BETAS)
        self._tells = torch.optim.Adam(self._critic.parameters(), plan.rate, _BETAS)

    def step(self, at: int, rate: float) -> Figures:
        """Let both learn once."""
        draw, count = chance(self._plan.seed, at), self._plan.batch
        rows = torch.randint(len(self._real), (count,), generator=draw)
        real = self._real[rows.to(self._device)] * 2 - 1
        made = self.generator(_noise(self._plan, count, draw).to(self._device))
        told = _bce(self._critic(real), 1.0) + _bce(self._critic(made.detach()), 0.0)
        self._learn(self._tells, told, rate)
        fooled = _bce(self._critic(made), 1.0)
        self._learn(self._makes, fooled, rate)
        self._average.update_parameters(self.generator)
        return {"loss": fooled.item(), "critic": told.item()}

    def held_out(self) -> float:
        """Return one less the harmonic mean of precision and recall."""
        return manifold.covered(self.drawn(_MEASURED, self._plan.seed), self._held_out).lacking

    def drawn(self, count: int, seed: int) -> Tensor:
        """Return pictures [count, 3, side, side] in 0..1 by the averaged weights."""
        return drawn(self._average.module, self._plan, count, seed)

    def weights(self) -> Weights:
        """Return the averaged weights."""
        return {name: value.cpu() for name, value in self._average.module.state_dict().items()}

    def take(self, weights: Weights) -> None:
        """Have such weights."""
        self._average.module.load_state_dict(weights)

    def state(self) -> State:
        """Return weights, averages and the optimisers' memory."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def restore(self, state: State) -> None:
        """Take them back."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def write(self, folder: Path) -> None:
        """Write the generator: its weights, and what it needs to be built again."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.weights(), folder / WEIGHTS)
        plan = self._plan
        told = {"side_px": plan.side_px, "width": plan.width, "chance": plan.chance}
        folder.joinpath(CONFIG).write_text(json.dumps(told), encoding="utf-8")

    def _parts(self) -> dict[str, Any]:
        return {
            "generator": self.generator,
            "average": self._average,
            "critic": self._critic,
            "makes": self._makes,
            "tells": self._tells,
        }

    def _learn(self, optimiser: torch.optim.Optimizer, loss: Tensor, rate: float) -> None:
        for group in optimiser.param_groups:
            group["lr"] = self._plan.rate * rate
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def generator(plan: GanPlan) -> nn.Sequential:
    """Return a generator that has learned nothing: numbers to a picture in -1..1."""
    widths = _widths(plan)[::-1]
    layers: list[nn.Module] = [
        nn.ConvTranspose2d(plan.chance, widths[0], _COARSE, 1, 0, bias=False),
        nn.GroupNorm(_GROUPS, widths[0]),
        nn.ReLU(),
    ]
    for coarse, fine in pairwise(widths):
        layers += [nn.ConvTranspose2d(coarse, fine, 4, 2, 1, bias=False)]
        layers += [nn.GroupNorm(_GROUPS, fine), nn.ReLU()]
    return _begun(nn.Sequential(*layers, nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1), nn.Tanh()))


def discriminator(plan: GanPlan) -> nn.Sequential:
    """Return a discriminator that has learned nothing."""
    widths = _widths(plan)
    layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 4, 2, 1), nn.LeakyReLU(0.2)]
    for fine, coarse in pairwise(widths):
        layers += [nn.Conv2d(fine, coarse, 4, 2, 1, bias=False)]
        layers += [nn.GroupNorm(_GROUPS, coarse), nn.LeakyReLU(0.2)]
    return _begun(nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, _COARSE), nn.Flatten(0)))


def loaded(folder: Path) -> tuple[nn.Module, GanPlan]:
    """Return a generator that was written, and its measures. Raises PlanError."""
    try:
        plan = GanPlan(**json.loads(folder.joinpath(CONFIG).read_text(encoding="utf-8")))
        model = generator(plan)
        model.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise PlanError(f"{folder} holds no generator of pictures: {error}.") from error
    return model, plan


@torch.no_grad()
def drawn(model: nn.Module, plan: GanPlan, count: int, seed: int) -> Tensor:
    """Return pictures [count, 3, side, side] in 0..1; a seed gives the same ones again."""
    noise = _noise(plan, count, torch.Generator().manual_seed(seed))
    place = next(model.parameters()).device
    made = [model(some.to(place)).cpu() for some in noise.split(_AT_ONCE)]
    return torch.cat(made) / 2 + 0.5


def read(rows: Sequence[Row], side_px: int) -> Tensor:
    """Return the pictures of rows [n, 3, side, side] in 0..1."""
    return torch.cat([square(row.picture, side_px) for row in rows if row.picture])


def _widths(plan: GanPlan) -> list[int]:
    levels = (plan.side_px // _COARSE).bit_length() - 1
    return [plan.width * 2**level for level in range(levels)]


def _begun(model: nn.Sequential) -> nn.Sequential:
    """Begin with small weights, as the paper does."""
    for part in model.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(part.weight, 0.0, 0.02)
    return model


def _noise(plan: GanPlan, count: int, draw: torch.Generator) -> Tensor:
    return torch.randn(count, plan.chance, 1, 1, generator=draw)


def _bce(scores: Tensor, wanted: float) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(scores, torch.full_like(scores, wanted))
