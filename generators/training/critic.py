"""A patch discriminator: tells made pictures from real ones, a piece at a time."""

from typing import Final

import torch
from torch import Tensor, nn

from generators.training.course import State

WEIGHT: Final = 0.02
_WIDTH: Final = 24
_RATE: Final = 2e-4


class Critic:
    """Three convolutions, trained with the hinge loss (Isola et al., 2017; Lim and Ye, 2017)."""

    def __init__(self, seed: int) -> None:
        """Know nothing."""
        torch.manual_seed(seed)
        self._model = nn.Sequential(
            nn.Conv2d(3, _WIDTH, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(_WIDTH, 2 * _WIDTH, 4, 2, 1),
            nn.GroupNorm(8, 2 * _WIDTH),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * _WIDTH, 1, 4, 1, 1),
        )
        self._optimiser = torch.optim.AdamW(self._model.parameters(), _RATE, (0.5, 0.9))

    def blame(self, made: Tensor) -> Tensor:
        """Return what the made pictures lose for being told apart."""
        return -WEIGHT * self._model(made).mean()

    def learn(self, made: Tensor, real: Tensor, rate: float) -> float:
        """Learn to tell them apart; return the loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = _RATE * rate
        loss = (1 - self._model(real)).relu().mean() + (1 + self._model(made)).relu().mean()
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        return loss.item()

    def state(self) -> State:
        """Return weights and the optimiser's memory."""
        return {"model": self._model.state_dict(), "optimiser": self._optimiser.state_dict()}

    def restore(self, state: State) -> None:
        """Take them back."""
        self._model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
