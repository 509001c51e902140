"""Latents that are linear in the pixels: the principal components of squares of 8 x 8.

An autoencoder that is free to choose puts much into its latents that no caption tells, and a
denoiser of few steps then learns that first: after 3,000 steps it hardly read its captions
(docs/adr/0024). So the latents are chosen here, the decoder learns to see through them and the
encoder to make them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import torch
from torch import Tensor
from torch.nn.functional import unfold

SIDE_PX: Final = 8
"""Of a square: what an autoencoder of four levels makes one latent of."""
_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Patches:
    """A mean [3 * 8 * 8] and components [3 * 8 * 8, channels], scaled as the latents are."""

    mean: Tensor
    components: Tensor

    @classmethod
    def of(cls, pixels: Tensor, channels: int, evenness: float) -> Self:
        """Fit them to pictures, bytes [n, 3, rows, columns]: the strongest components.

        `evenness` is from 0 (each channel as strong as it is in the pictures) to 1 (all alike).
        Their signs are fixed, so that the same pictures give the same latents.
        """
        mean = _mean(pixels)
        spread = sum((part - mean).T @ (part - mean) for part in _squares(pixels))
        assert isinstance(spread, Tensor)  # noqa: S101 - a sum of none would be 0
        found = torch.linalg.eigh(spread / _count(pixels))
        directions = found.eigenvectors.flip(1)[:, :channels]
        deviations = found.eigenvalues.flip(0)[:channels].clamp(min=1e-8).sqrt()
        largest = directions.abs().argmax(dim=0)
        directions = directions * directions.gather(0, largest[None]).sign()
        scale = deviations.pow(evenness)
        power = (deviations / scale).square().mean().sqrt()
        return cls(mean, directions / (scale * power))

    def latents(self, pictures: Tensor) -> Tensor:
        """Return [n, channels, rows / 8, columns / 8] of pictures in -1..1."""
        squares = unfold(pictures, SIDE_PX, stride=SIDE_PX).transpose(1, 2)
        shape = [side // SIDE_PX for side in pictures.shape[2:]]
        return ((squares - self.mean) @ self.components).transpose(1, 2).unflatten(2, shape)


def _squares(pixels: Tensor) -> Iterator[Tensor]:
    """Yield the squares of some pictures at a time, [squares, 3 * 8 * 8] in -1..1."""
    for part in pixels.split(_AT_ONCE):
        squares = unfold(part.float() / 127.5 - 1, SIDE_PX, stride=SIDE_PX)
        yield squares.transpose(1, 2).flatten(0, 1)


def _mean(pixels: Tensor) -> Tensor:
    total = sum(part.sum(dim=0) for part in _squares(pixels))
    assert isinstance(total, Tensor)  # noqa: S101 - a sum of none would be 0
    return total / _count(pixels)


def _count(pixels: Tensor) -> int:
    return len(pixels) * pixels.shape[2] * pixels.shape[3] // SIDE_PX**2
