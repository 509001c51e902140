"""A stock diffusers folder, and pictures from it before it is one."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import (
    StableDiffusionXLPipeline,
)
from PIL import Image
from torch import Tensor, nn
from transformers import CLIPTokenizer

from generators.training.denoiser import solver

STEPS: Final = 14
GUIDANCE: Final = 3.0
_AT_ONCE: Final = 16
_FIRST_SEED: Final = 1000


def pipeline(
    autoencoder: AutoencoderKL, tokenizer: CLIPTokenizer, denoiser: nn.ModuleDict
) -> StableDiffusionXLPipeline:
    """Put the parts together. No safety checker: moderation looks at every picture."""
    parts: dict[str, Any] = {
        "vae": autoencoder,
        "text_encoder": None,
        "tokenizer": None,
        "text_encoder_2": denoiser["text"],
        "tokenizer_2": tokenizer,
        "unet": denoiser["unet"],
        "scheduler": solver(),
        "force_zeros_for_empty_prompt": False,
        "add_watermarker": False,
    }
    made: Any = StableDiffusionXLPipeline(**parts)
    made.set_progress_bar_config(disable=True)
    return made


def write(pipe: StableDiffusionXLPipeline, folder: Path, vocabulary: Mapping[str, object]) -> int:
    """Write the folder in half precision, with the words it knows; return its bytes.

    The parts are turned to half precision: the pipeline is used up.
    """
    stock: Any = pipe
    for part in (stock.vae, stock.text_encoder_2, stock.unet):
        part.to(torch.float16)
    stock.save_pretrained(folder, safe_serialization=True)
    _load_whole(folder / "text_encoder_2" / "config.json")
    table = {**vocabulary, "steps": STEPS, "guidance": GUIDANCE}
    words = json.dumps(table, ensure_ascii=False, indent=1)
    folder.joinpath("vocabulary.json").write_text(words, encoding="utf-8")
    return size_bytes(folder)


def _load_whole(file: Path) -> None:
    """Let the text encoder be loaded in full precision, as diffusers loads the other parts.

    transformers 5 would take the precision that the file was written in, and halves and wholes do
    not multiply.
    """
    config = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(config | {"dtype": "float32"}, indent=1), encoding="utf-8")


def size_bytes(folder: Path) -> int:
    """Return what all files of a folder take."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@torch.no_grad()
def drawn(pipe: StableDiffusionXLPipeline, prompts: Sequence[str], first: int = 0) -> Tensor:
    """Return one picture of each prompt, in 0..1; the n-th has the n-th seed from `first`."""
    stock: Any = pipe
    made: list[Tensor] = []
    for start in range(0, len(prompts), _AT_ONCE):
        asked = list(prompts[start : start + _AT_ONCE])
        seeds = range(_FIRST_SEED + first + start, _FIRST_SEED + first + start + len(asked))
        sources = [torch.Generator().manual_seed(seed) for seed in seeds]
        given = {"num_inference_steps": STEPS, "guidance_scale": GUIDANCE, "output_type": "pt"}
        made.append(stock(asked, generator=sources, **given).images.float())
    return torch.cat(made)


def grid(pictures: Tensor, file: Path, columns: int = 8) -> None:
    """Write pictures [n, 3, rows, columns] in 0..1 as one PNG, row by row."""
    missing = -len(pictures) % columns
    blank = torch.ones(missing, *pictures.shape[1:])
    tiles = torch.cat([pictures, blank]).unflatten(0, (-1, columns))
    sheet = tiles.permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new.png")
    Image.fromarray((sheet * 255).round().numpy().astype(np.uint8)).save(beside)
    beside.replace(file)
