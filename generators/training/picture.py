"""The recipe of the picture model: autoencoder, latents, denoiser; each goes on where it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import (
    StableDiffusionXLPipeline,
)
from torch import Tensor
from transformers import CLIPTokenizer

from generators.training import autoencoder, captions, course, folder, prompts, scenes, tokens
from generators.training.autoencoder import AutoencoderLesson
from generators.training.colours import COLOURS, takes_colour
from generators.training.course import Course, Figures
from generators.training.denoiser import DenoiserLesson, examples, heedless
from generators.training.plan import Plan
from generators.training.scenes import Scene
from generators.training.things import Thing

AUTOENCODER: Final = "autoencoder"
DENOISER: Final = "denoiser"
GRIDS: Final = "grids"
LATEST: Final = "latest.png"

Watch = Callable[[str, int, int, Figures], None]
"""Hears of a stage, steps done, steps in all, and figures."""


@dataclass(frozen=True, slots=True)
class Training:
    """One training in its folder."""

    folder: Path
    plan: Plan
    things: Sequence[Thing]
    watch: Watch
    until: int | None = None
    """Stop each stage here if that is earlier than its end; 0 does no step."""

    def run(self) -> StableDiffusionXLPipeline:
        """Do what is left of it; return the pipeline with the averaged weights."""
        made = scenes.scenes(self.things, self.plan.seed)
        pixels = torch.from_numpy(scenes.rendered(made)).permute(0, 3, 1, 2).contiguous()
        model, latents = self._autoencoder(pixels, scenes.weights(made))
        grid = autoencoder.decoded(model, latents[:: max(1, len(latents) // 64)][:64])
        folder.grid(grid, self.folder / GRIDS / "autoencoder.png")
        return self._denoiser(model, latents, made)

    def _autoencoder(
        self, pixels: Tensor, weights: Sequence[float]
    ) -> tuple[AutoencoderKL, Tensor]:
        lesson = AutoencoderLesson(pixels, weights, self.plan.autoencoder, self.plan.seed)
        self._follow(AUTOENCODER, lesson, self.plan.autoencoder.steps, lambda _: None)
        model = lesson.averaged.eval()
        autoencoder.made_sure(model)
        return model, lesson.latents

    def _denoiser(
        self, model: AutoencoderKL, latents: Tensor, made: Sequence[Scene]
    ) -> StableDiffusionXLPipeline:
        tokenizer = self.tokenizer()
        given = examples(
            latents, scenes.weights(made), [scene.captions for scene in made], tokenizer
        )
        lesson = DenoiserLesson(given, tokenizer, self.plan.denoiser, self.plan.seed)
        pipe = folder.pipeline(model, tokenizer, lesson.averaged)
        asked = prompts.fixed(self.things)

        def look(at: int) -> None:
            if at % self.plan.grid_every_steps == 0:
                pictures = folder.drawn(pipe, asked)
                for name in (f"{at:06}.png", LATEST):
                    folder.grid(pictures, self.folder / GRIDS / name)

        self._follow(DENOISER, lesson, self.plan.denoiser.steps, look)
        heedless(lesson.averaged["unet"])
        return pipe

    def tokenizer(self) -> CLIPTokenizer:
        """Return the tokenizer of all words that captions are put together from."""
        words = (word for thing in self.things for word in captions.words(thing))
        plan = self.plan.denoiser
        return tokens.learned(words, plan.tokens, plan.caption_tokens)

    def _follow(
        self, name: str, lesson: course.Lesson, steps: int, look: Callable[[int], None]
    ) -> None:
        def watch(at: int, figures: Figures) -> None:
            look(at)
            self.watch(name, at, steps, figures)

        kept = Course(self.folder / name, steps, self.plan.keep_every_steps, self.until)
        course.follow(lesson, kept, watch)


def vocabulary(things: Sequence[Thing]) -> dict[str, object]:
    """Return the words that the model knows, as they are kept beside it."""
    return {
        "things": [
            {
                "sign": thing.sign,
                "english": thing.english,
                "chinese": thing.chinese,
                "plural": thing.plural,
                "near": [*thing.keywords, *thing.keywords_chinese],
                "coloured": takes_colour(thing.pixels),
            }
            for thing in things
        ],
        "colours": [{"english": one.english, "chinese": one.chinese} for one in COLOURS],
        "numbers": [list(words) for words in captions.NUMBERS.values()],
    }
