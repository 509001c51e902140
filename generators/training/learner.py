"""A network that learns: its weights, their moving average, and what its optimiser remembers."""

from typing import Final, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from generators.training.course import State, averaged

_CLIP: Final = 1.0
"""The longest gradient that a step takes as it is."""
_MEMORY: Final = (0.9, 0.99)

Network = TypeVar("Network", bound=nn.Module)


class Learner(Generic[Network]):
    """Changes a network by what a loss says; the averaged one is what is used in the end."""

    def __init__(self, model: Network, rate: float, *, fused: bool | None = None) -> None:
        """Take a network that has learned nothing, and its rate; `fused` is AdamW's."""
        self.model = model
        self._rate = rate
        self._average = AveragedModel(model, avg_fn=averaged)
        self._optimiser = torch.optim.AdamW(model.parameters(), rate, _MEMORY, fused=fused)

    @property
    def averaged(self) -> Network:
        """The network that the training is for."""
        found = self._average.module
        assert isinstance(found, type(self.model))  # noqa: S101 - for the type checker
        return found

    def learn(self, loss: Tensor, share: float) -> None:
        """Take one step, at a share of the rate."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * share
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
        self._optimiser.step()
        self._average.update_parameters(self.model)

    def state(self) -> State:
        """Return weights, averages and the optimiser's memory."""
        kept = {"model": self.model.state_dict(), "average": self._average.state_dict()}
        return kept | {"optimiser": self._optimiser.state_dict()}

    def restore(self, state: State) -> None:
        """Take them back."""
        self.model.load_state_dict(state["model"])
        self._average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
