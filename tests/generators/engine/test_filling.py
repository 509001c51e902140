"""Holes filled from their edge."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def test_a_slope_goes_on_through_a_hole_and_what_was_under_it_is_not_looked_at() -> None:
    from generators.engine.filling import filled  # noqa: PLC0415 - imports torch

    slope = torch.linspace(0, 1, 48).expand(1, 3, 33, 48).clone()
    holes = torch.zeros(1, 1, 33, 48)
    holes[:, :, 10:22, 12:30] = 1
    for under in (0.0, 1.0, 7.0):
        torn = torch.where(holes > 0, torch.full_like(slope, under), slope)
        made = filled(torn, holes, sweeps=200)
        assert torch.equal(torch.where(holes > 0, slope, made), slope)
        assert float((made - slope).abs().max()) < 0.01


def test_a_picture_without_holes_stays_and_one_of_nothing_else_is_grey() -> None:
    from generators.engine.filling import filled  # noqa: PLC0415 - imports torch

    picture = torch.rand(2, 3, 9, 5, generator=torch.Generator().manual_seed(1))
    none, every = torch.zeros(2, 1, 9, 5), torch.ones(2, 1, 9, 5)
    assert torch.equal(filled(picture, none), picture)
    assert torch.equal(filled(picture, every), torch.full_like(picture, 0.5))
