"""Damage by chance, of which the whole picture is known: noise, blur, holes.

Pictures are tensors [n, 3, rows, columns] in 0..1, and everything comes from a `torch.Generator`.
"""

import io
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn

REACH_PX: Final = 8
"""How far a blur carries light at most; so much wider is what is blurred."""
_LEVELS: Final = 255


@dataclass(frozen=True, slots=True)
class Damaged:
    """Pictures, what was done to them, and what is asked for of each."""

    pictures: Tensor
    holes: Tensor
    asked: Tensor
    """[n, 2]: noise, blur."""


def noisy(pictures: Tensor, deviation: Tensor | float, draw: torch.Generator) -> Tensor:
    """Add noise of so many levels of 255, and round as a file does."""
    noise = torch.randn(pictures.shape, generator=draw) * deviation / _LEVELS
    return rounded(pictures + noise)


def rounded(pictures: Tensor) -> Tensor:
    """Return what eight bits keep of them."""
    return (pictures.clamp(0, 1) * _LEVELS).round() / _LEVELS


def blurred(pictures: Tensor, kernels: Tensor) -> Tensor:
    """Blur each with its kernel [n, side, side]; the result is narrower by the kernel."""
    count, channels, rows, columns = pictures.shape
    each = kernels[:, None].repeat_interleave(channels, dim=0)
    laid = pictures.reshape(1, count * channels, rows, columns)
    made = nn.functional.conv2d(laid, each, groups=count * channels)
    return made.reshape(count, channels, *made.shape[2:])


def bell(deviation_px: float) -> Tensor:
    """Return the kernel of a lens that is a little off: a Gaussian."""
    steps = torch.arange(-REACH_PX, REACH_PX + 1, dtype=torch.float32)
    line = (-steps.square() / (2 * deviation_px**2)).exp()
    return (line[:, None] * line) / line.sum() ** 2


def disc(radius_px: float) -> Tensor:
    """Return the kernel of a lens that is far off: a disc with a soft edge."""
    steps = torch.arange(-REACH_PX, REACH_PX + 1, dtype=torch.float32)
    inside = (radius_px + 0.5 - torch.hypot(steps[:, None], steps)).clamp(0, 1)
    return inside / inside.sum()


def shaken(length_px: float, turn: float) -> Tensor:
    """Return the kernel of a camera that moved in a straight line."""
    steps = torch.arange(-REACH_PX, REACH_PX + 1, dtype=torch.float32)
    rows, columns = steps[:, None], steps
    along = (rows * math.sin(turn) + columns * math.cos(turn)).abs()
    across = (rows * math.cos(turn) - columns * math.sin(turn)).abs()
    line = (length_px / 2 + 0.5 - along).clamp(0, 1) * (1 - across).clamp(0, 1)
    return line / line.sum()


def lens(draw: torch.Generator) -> Tensor:
    """Return a kernel by chance."""
    kind, size, turn = torch.rand(3, generator=draw).tolist()
    if kind < 0.6:  # noqa: PLR2004 - shares of the kinds
        return bell(0.6 + 1.9 * size)
    if kind < 0.8:  # noqa: PLR2004
        return disc(0.8 + 2.7 * size)
    return shaken(2 + 7 * size, turn * math.pi)


def pressed(pictures: Tensor, quality: int) -> Tensor:
    """Return what a JPEG file of this quality keeps of them."""
    return torch.stack([_pressed(one, quality) for one in pictures])


def _pressed(picture: Tensor, quality: int) -> Tensor:
    file = io.BytesIO()
    pixels = (picture.permute(1, 2, 0) * _LEVELS).byte().numpy()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1) / _LEVELS


def torn(side_px: int, draw: torch.Generator) -> Tensor:
    """Return holes [1, side, side]: scratches, letters or spots, of which 1 is what is missing."""
    picture = Image.new("L", (side_px, side_px))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(torch.randint(1, 6, (1,), generator=draw))):
        kind, width, *spots = torch.rand(8, generator=draw).tolist()
        points = [
            (spot * side_px, other * side_px)
            for spot, other in zip(spots[::2], spots[1::2], strict=True)
        ]
        if kind < 0.6:  # noqa: PLR2004 - shares of the kinds
            pen.line(points, 255, 1 + int(width * 7), joint="curve")
        else:
            (x, y), reach = points[0], 2 + width * side_px / 10
            draws = pen.ellipse if kind < 0.8 else pen.rectangle  # noqa: PLR2004
            draws((x - reach, y - reach, x + reach, y + reach), fill=255)
    found = torch.from_numpy(np.array(picture)) > 0
    return found[None].float()
