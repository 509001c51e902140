"""A text-to-image pipeline: a prompt in, PNG files out, with progress between the steps.

Takes whatever `AutoPipelineForText2Image` loads. Not safe for two threads (its scheduler has
state): one worker runs it.
"""

import inspect
import io
import secrets
import time
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from PIL import Image

from generators.engine.errors import BadRequest
from generators.engine.wire import ImageAsk
from generators.engine.worker import Call, Cancelled

MAX_RANDOM_SEED = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Step `number` of `total` is done."""

    number: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG file and the seed that gives it again."""

    png: bytes
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The pictures of one request; `gpu_ms` is the time in the pipeline."""

    pictures: tuple[Picture, ...]
    gpu_ms: int


class Pipeline(Protocol):
    """What every pipeline of diffusers has; each class has options of its own."""

    def __call__(self, **options: Any) -> Any:  # noqa: ANN401 - differs from class to class
        """Make pictures."""

    def set_progress_bar_config(self, *, disable: bool) -> None:
        """Turn the progress bar on stderr off."""

    def to(self, device: torch.device) -> "Pipeline":
        """Move the weights."""


class PictureModel:
    """A pipeline and the options its call understands."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Take a text-to-image pipeline."""
        self._pipeline = pipeline
        self.options = frozenset(inspect.signature(pipeline.__call__).parameters)
        pipeline.set_progress_bar_config(disable=True)

    def check(self, ask: ImageAsk) -> None:
        """Raise BadRequest for an option that this pipeline does not have."""
        if ask.guidance is not None and "guidance_scale" not in self.options:
            raise BadRequest("'guidance': this model does not have it.", param="guidance")

    def paint(self, ask: ImageAsk, call: Call[Step, Pictures]) -> Pictures:
        """Make the pictures; picture i has the seed of the request plus i. Raises Cancelled."""
        first = secrets.randbelow(MAX_RANDOM_SEED) if ask.seed is None else ask.seed
        seeds = range(first, first + (ask.n or 1))
        begin = time.perf_counter()
        images = self._images(ask, seeds, call)
        gpu_ms = round((time.perf_counter() - begin) * 1000)
        pictures = zip(images, seeds, strict=True)
        return Pictures(
            pictures=tuple(Picture(png=_png(image), seed=seed) for image, seed in pictures),
            gpu_ms=gpu_ms,
        )

    def _images(self, ask: ImageAsk, seeds: range, call: Call[Step, Pictures]) -> list[Image.Image]:
        # Generators live on the CPU, so that a seed means the same on every device.
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        return self._pipeline(
            prompt=[ask.prompt] * len(seeds),
            generator=generators,
            output_type="pil",
            callback_on_step_end=_progress(call),
            **_options(ask),
        ).images


def _options(ask: ImageAsk) -> dict[str, Any]:
    width, height = ask.size_px or (None, None)
    asked = {
        "width": width,
        "height": height,
        "num_inference_steps": ask.steps,
        "guidance_scale": ask.guidance,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _progress(call: Call[Step, Pictures]) -> Any:  # noqa: ANN401 - diffusers does not type it
    def after_step(pipeline: Any, index: int, _at: Any, tensors: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - as above
        # Setting the pipeline's own interrupt flag would return a half-made picture as a good one.
        if call.cancelled:
            raise Cancelled
        call.emit(Step(number=index + 1, total=pipeline.num_timesteps))
        return tensors

    return after_step


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()
