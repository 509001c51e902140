"""A learner goes on from what it kept as if it had never stopped."""

import pytest
import torch
from torch import nn

from generators.training.learner import Learner

pytestmark = pytest.mark.torch


def learner() -> Learner[nn.Linear]:
    torch.manual_seed(1)
    return Learner(nn.Linear(3, 2), 0.1)


def step(pupil: Learner[nn.Linear], at: int) -> None:
    given = torch.randn(4, 3, generator=torch.Generator().manual_seed(at))
    pupil.learn(pupil.model(given).square().mean(), 0.5)


def test_it_goes_on_from_what_it_kept() -> None:
    whole, first, second = learner(), learner(), learner()
    for at in range(4):
        step(whole, at)
    for at in range(2):
        step(first, at)
    second.restore(first.state())
    for at in range(2, 4):
        step(second, at)
    assert torch.equal(second.model.weight, whole.model.weight)
    assert torch.equal(second.averaged.weight, whole.averaged.weight)
    assert not torch.equal(whole.averaged.weight, whole.model.weight)
