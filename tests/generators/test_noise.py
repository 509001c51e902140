"""How noisy a picture is, told from the picture alone."""

import numpy as np
import pytest

from generators.noise import noise_levels
from generators.restore import NOISY


def slope(side: int = 200) -> np.ndarray:
    across, down = np.meshgrid(np.linspace(40, 200, side), np.linspace(30, 120, side))
    return np.stack([across, down, (across + down) / 2], axis=2)


def noisy(levels: float) -> np.ndarray:
    drawn = np.random.default_rng(5).normal(0, levels, (200, 200, 3)) if levels else 0
    return np.clip(np.round(slope() + drawn), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("levels", [6, 12, 25])
def test_even_noise_is_told_within_a_tenth(levels: float) -> None:
    assert noise_levels(noisy(levels)) == pytest.approx(levels, rel=0.1)


def test_a_soft_picture_has_almost_none() -> None:
    assert noise_levels(noisy(0)) < NOISY / 4


@pytest.mark.parametrize("shade", [0, 255])
@pytest.mark.parametrize("shape", [(200, 200, 3), (9, 400, 3), (1, 1, 3)])
def test_nothing_is_told_of_what_is_cut_off_or_too_small(
    shade: int, shape: tuple[int, ...]
) -> None:
    assert noise_levels(np.full(shape, shade, np.uint8)) == 0.0
