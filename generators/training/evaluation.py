"""What a picture model is worth: figures over all it should know, and the gate before it ships."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from diffusers.pipelines.auto_pipeline import AutoPipelineForText2Image
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import (
    StableDiffusionXLPipeline,
)
from torch import Tensor

from generators.training import autoencoder, captions, folder, measures
from generators.training.colours import named
from generators.training.scenes import unseen
from generators.training.things import Pixels, Thing, stacked

FILE: Final = "evaluation.json"
"""Beside the weights that were measured."""
FIRST_AT_LEAST: Final = 0.6
FIVE_AT_LEAST: Final = 0.85
HUE_AT_LEAST: Final = 0.8
CPU_S_AT_MOST: Final = 1.0
BYTES_AT_MOST: Final = 25_000_000
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Report:
    """Shares are from 0 to 1; the seconds are of one processor for one picture."""

    captions: int
    captions_left_out: int
    first: float
    """So often the real picture next to the made one is the one asked for."""
    first_five: float
    first_english: float
    first_chinese: float
    unseen_pairs: int
    hue: float
    """So often an unseen pair of colour and thing has the colour's hue."""
    psnr_db: float
    ssim: float
    """Of the real pictures through the autoencoder and back."""
    cpu_s: float
    size_bytes: int

    def lacks(self) -> list[str]:
        """Return what keeps the model from shipping; empty where the gate is passed."""
        wanted = (
            (self.captions_left_out == 0, "not every caption was tried"),
            (self.first >= FIRST_AT_LEAST, f"R@1 is under {FIRST_AT_LEAST}"),
            (self.first_five >= FIVE_AT_LEAST, f"R@5 is under {FIVE_AT_LEAST}"),
            (self.hue >= HUE_AT_LEAST, f"the hue of unseen pairs is right under {HUE_AT_LEAST}"),
            (self.cpu_s <= CPU_S_AT_MOST, f"a picture takes over {CPU_S_AT_MOST} s"),
            (self.size_bytes <= BYTES_AT_MOST, f"the folder is over {BYTES_AT_MOST:,} bytes"),
        )
        return [why for passed, why in wanted if not passed]

    def table(self) -> Mapping[str, object]:
        """Return all of it for JSON."""
        return {**asdict(self), "lacks": self.lacks()}


@dataclass(frozen=True, slots=True)
class Asked:
    """A caption and the number of the thing that it names."""

    caption: str
    wanted: int


def asked(things: Sequence[Thing], limit: int | None = None) -> list[Asked]:
    """Return every name of every thing; with a limit, so many of them, evenly spread."""
    every = [Asked(name, at) for at, thing in enumerate(things) for name in captions.names(thing)]
    if limit is None or limit >= len(every):
        return every
    return [every[at * len(every) // limit] for at in range(limit)]


def evaluated(
    model: Path, things: Sequence[Thing], limit: int | None, seen: Callable[[int, int], None]
) -> Report:
    """Draw and measure. `seen` hears how many pictures are drawn, of how many."""
    stock: Any = AutoPipelineForText2Image
    pipe: Any = stock.from_pretrained(model, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    names, pairs = asked(things, limit), unseen(things)[:limit]
    told = [captions.with_colour(*pair)[at % 2 * 2] for at, pair in enumerate(pairs)]
    before = time.process_time()
    pictures = _drawn(pipe, [*(one.caption for one in names), *told], seen)
    cpu_s = (time.process_time() - before) / max(1, len(pictures))
    real = torch.from_numpy(stacked(things)).permute(0, 3, 1, 2)
    found = measures.ranks(
        pictures[: len(names)], real / 255, torch.tensor([one.wanted for one in names])
    )
    shown = zip(pictures[len(names) :], pairs, strict=True)
    right = [named(_bytes(picture)) == colour for picture, (_, colour) in shown]
    back = autoencoder.decoded(pipe.vae, autoencoder.encoded(pipe.vae, real))
    chinese = torch.tensor([not one.caption.isascii() for one in names])
    return Report(
        captions=len(names),
        captions_left_out=len(asked(things)) - len(names),
        first=_share(found < 1),
        first_five=_share(found < 5),  # noqa: PLR2004 - the five of R@5
        first_english=_share(found[~chinese] < 1),
        first_chinese=_share(found[chinese] < 1),
        unseen_pairs=len(pairs),
        hue=_share(torch.tensor(right)),
        psnr_db=measures.psnr_db(back, real / 255),
        ssim=float(measures.ssim(back, real / 255)),
        cpu_s=cpu_s,
        size_bytes=folder.size_bytes(model),
    )


def _drawn(
    pipe: StableDiffusionXLPipeline, prompts: Sequence[str], seen: Callable[[int, int], None]
) -> Tensor:
    made: list[Tensor] = []
    for start in range(0, len(prompts), _AT_ONCE):
        made.append(folder.drawn(pipe, prompts[start : start + _AT_ONCE], first=start))
        seen(min(start + _AT_ONCE, len(prompts)), len(prompts))
    return torch.cat(made)


def _share(hits: Tensor) -> float:
    return float(hits.float().mean()) if len(hits) else 0.0


def _bytes(picture: Tensor) -> Pixels:
    return (picture.permute(1, 2, 0) * 255).round().numpy().astype(np.uint8)
