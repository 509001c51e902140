import numpy as np
import pytest
import torch

from generators.training.measures import psnr_db, ranks, ssim

pytestmark = pytest.mark.torch


def noise(seed: int) -> torch.Tensor:
    return torch.rand(2, 3, 24, 24, generator=torch.Generator().manual_seed(seed))


def slow_ssim(made: np.ndarray, real: np.ndarray) -> float:
    """As the paper writes it down, one window after another."""
    steps = np.arange(11) - 5
    bell = np.exp(-(steps[:, None] ** 2 + steps[None] ** 2) / (2 * 1.5**2))
    bell /= bell.sum()
    found = []
    for row in range(made.shape[0] - 10):
        for column in range(made.shape[1] - 10):
            a, b = (each[row : row + 11, column : column + 11] for each in (made, real))
            mean_a, mean_b = (bell * a).sum(), (bell * b).sum()
            spread_a, spread_b = (bell * (a - mean_a) ** 2).sum(), (bell * (b - mean_b) ** 2).sum()
            both = (bell * (a - mean_a) * (b - mean_b)).sum()
            top = (2 * mean_a * mean_b + 1e-4) * (2 * both + 9e-4)
            found.append(top / ((mean_a**2 + mean_b**2 + 1e-4) * (spread_a + spread_b + 9e-4)))
    return float(np.mean(found))


def test_structure_is_as_the_paper_has_it() -> None:
    made, real = noise(1), noise(2)
    wanted = np.mean(
        [slow_ssim(made[n, c].numpy(), real[n, c].numpy()) for n in range(2) for c in range(3)]
    )
    assert float(ssim(made, real)) == pytest.approx(float(wanted), abs=1e-4)
    assert float(ssim(made, made)) == pytest.approx(1, abs=1e-5)


def test_a_tenth_off_everywhere_is_20_db() -> None:
    real = noise(1) * 0.5
    assert psnr_db(real + 0.1, real) == pytest.approx(20, abs=1e-3)


def test_the_rank_counts_what_is_nearer_than_the_one_asked_for() -> None:
    real = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
    found = ranks(torch.tensor([[0.9], [0.9], [3.2]]), real, torch.tensor([1, 2, 0]))
    assert found.tolist() == [0, 2, 3]
