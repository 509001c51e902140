"""What the restorer is worth: the same damaged pictures mended by it and by the classics.

Pictures are drawn anew with another seed and with emoji that were never learned from; photographs,
where a folder with some is named, are measured too, and are in no gate.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from generators.engine.filling import filled
from generators.engine.mender import Mender
from generators.engine.smoothing import non_local_means
from generators.training import classics, damage, drawings, measures
from generators.training.damage import REACH_PX
from generators.training.things import Pixels

SEED: Final = 9_001
SIDE_PX: Final = 128
NOISES: Final = (10.0, 25.0, 40.0)
"""Deviations in levels of 255."""
LENSES: Final[Mapping[str, Callable[[], Tensor]]] = {
    "bell 1.2": lambda: damage.bell(1.2),
    "bell 2": lambda: damage.bell(2.0),
    "disc 2": lambda: damage.disc(2.0),
    "shaken 6": lambda: damage.shaken(6.0, 0.5),
}
SENSOR: Final = 1.5
"""Levels of noise in what is blurred, as every camera has."""
_ASSUMED_PX: Final = 1.5
"""The blur that a classic assumes which is not told the right one."""

Pair = tuple[float, float]
"""PSNR in dB, and SSIM."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of damage, mended in every way. `told` classics know the exact blur."""

    task: str
    of: str
    damaged: Pair
    restored: Pair
    count: int
    """Pictures that the figures are the mean of."""
    classics: Mapping[str, Pair]
    told: Mapping[str, Pair]

    @property
    def best(self) -> Pair:
        """The best of the classics, for each figure."""
        pairs = list(self.classics.values())
        return max(psnr for psnr, _ in pairs), max(ssim for _, ssim in pairs)

    @property
    def is_served(self) -> bool:
        """Whether the engine takes the network for it, and not a classic."""
        return self.task.startswith("blur")

    @property
    def wins(self) -> bool:
        """Whether PSNR is above the damage and every classic, and SSIM not below."""
        psnr, ssim = self.restored
        above = psnr > max(self.damaged[0], self.best[0])
        return above and ssim >= max(self.damaged[1], self.best[1])

    def table(self) -> dict[str, object]:
        """Return all of it for JSON, in figures that fit a line."""
        return {**asdict(self), "wins": self.wins}


def held_out(count: int, emoji: Sequence[Pixels]) -> Tensor:
    """Return drawings that nothing learned from: [count, 3, 144, 144] in 0..1."""
    made = drawings.drawn(count, SEED, emoji)
    return _middles(torch.from_numpy(made).permute(0, 3, 1, 2) / 255)


def photographs(folder: Path, most: int = 6) -> Tensor:
    """Return pieces of a folder's JPEG and PNG files, made half as large, for JPEG leaves marks."""
    pieces: list[Tensor] = []
    for file in sorted(one for one in folder.iterdir() if one.suffix in {".jpg", ".png"}):
        with Image.open(file) as opened:
            small = opened.convert("RGB").reduce(2)
        pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1) / 255
        side = SIDE_PX + 2 * REACH_PX
        pieces.extend(
            pixels[:, top : top + side, left : left + side]
            for top in range(0, pixels.shape[1] - side + 1, side)
            for left in range(0, pixels.shape[2] - side + 1, side)
        )
    return torch.stack(pieces[:: max(1, len(pieces) // most)][:most])


def rows(model: Mender, pictures: Tensor, of: str) -> list[Row]:
    """Damage wide pictures [n, 3, side, side] in every way, mend and measure."""
    whole = pictures[:, :, REACH_PX:-REACH_PX, REACH_PX:-REACH_PX]
    with torch.inference_mode():
        return [
            *(_noise(model, whole, of, levels) for levels in NOISES),
            *(_blur(model, pictures, of, name) for name in LENSES),
            _holes(model, whole, of),
        ]


def _noise(model: Mender, whole: Tensor, of: str, levels: float) -> Row:
    worn = damage.noisy(whole, levels, _chance())
    known = levels / 255
    ways = {
        "median": classics.median(worn, 3 if levels < 20 else 5),  # noqa: PLR2004 - whichever is best
        "bilateral": classics.bilateral(worn, known),
        "non-local means": non_local_means(worn, known, 7),
    }
    made = _mended(model, worn, None, (1, 0))
    return _row(f"noise {levels:g}", of, whole, (worn, made), ways)


def _blur(model: Mender, wide: Tensor, of: str, name: str) -> Row:
    lens = LENSES[name]()
    whole = wide[:, :, REACH_PX:-REACH_PX, REACH_PX:-REACH_PX]
    worn = damage.noisy(damage.blurred(wide, lens.expand(len(wide), -1, -1)), SENSOR, _chance())
    guess = damage.bell(_ASSUMED_PX)
    ways = {
        "unsharp": classics.unsharp(worn),
        "Richardson-Lucy": classics.richardson_lucy(worn, guess),
        "Wiener": classics.wiener(worn, guess),
    }
    told = {
        "Richardson-Lucy": classics.richardson_lucy(worn, lens),
        "Wiener": classics.wiener(worn, lens),
    }
    made = _mended(model, worn, None, (0, 1))
    return _row(f"blur {name}", of, whole, (worn, made), ways, told)


def _holes(model: Mender, whole: Tensor, of: str) -> Row:
    draw = _chance()
    holes = torch.stack([damage.torn(whole.shape[-1], draw) for _ in whole])
    torn = torch.where(holes > 0, torch.full_like(whole, 0.5), whole)
    ways = {
        "harmonic": classics.harmonic(torn, holes),
        "marched": classics.marched(torn, holes),
    }
    made = torch.where(holes > 0, _mended(model, filled(torn, holes), holes, (0, 0)), whole)
    return _row("holes", of, whole, (torn, made), ways)


def _mended(model: Mender, worn: Tensor, holes: Tensor | None, asked: tuple[int, int]) -> Tensor:
    missing = torch.zeros_like(worn[:, :1]) if holes is None else holes
    told = torch.tensor([asked], dtype=torch.float32).expand(len(worn), -1)
    return damage.rounded(model(worn, missing, told))


def _row(  # noqa: PLR0913, PLR0917 - what one line of the table is made of
    task: str,
    of: str,
    whole: Tensor,
    both: tuple[Tensor, Tensor],
    ways: Mapping[str, Tensor],
    told: Mapping[str, Tensor] | None = None,
) -> Row:
    damaged, made = (_pair(one, whole) for one in both)
    every = {name: _pair(one, whole) for name, one in ways.items()}
    known = {name: _pair(one, whole) for name, one in (told or {}).items()}
    return Row(task, of, damaged, made, len(whole), every, known)


def _pair(made: Tensor, whole: Tensor) -> Pair:
    return (
        round(measures.psnr_db(made, whole), 2),
        round(float(measures.ssim(made, whole)), 4),
    )


def _middles(pictures: Tensor) -> Tensor:
    side = SIDE_PX + 2 * REACH_PX
    start = (pictures.shape[-1] - side) // 2
    return pictures[:, :, start : start + side, start : start + side]


def _chance() -> torch.Generator:
    return torch.Generator().manual_seed(SEED)
