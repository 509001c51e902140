"""A picture model: what a request means to it, and several requests made in one go.

Each picture has a generator of its own on the CPU, so that its seed means the same on every device
and whoever is beside it. Between two steps it tells how far it is, makes previews, and lets go of
pictures that nobody waits for.
"""

import logging
import math
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from PIL import Image

from generators.engine.easel import Easel, Way
from generators.engine.errors import BadRequest, TooLarge
from generators.engine.gather import Job, Piece
from generators.engine.made import Picture, Pictures
from generators.engine.pace import Preview
from generators.engine.previews import png, preview
from generators.engine.rows import Rows
from generators.engine.small import Small
from generators.engine.uploads import Canvas
from generators.engine.wire import EditAsk, ImageAsk
from generators.engine.worker import Cancelled
from generators.vocabulary import Reading

MAX_RANDOM_SEED = 2**31
AT_ONCE = 8
TRUE_GUIDANCE = 4.0
"""huggingface.co/docs/diffusers/api/pipelines/flux: it counts above 1, and takes twice the time."""
USUAL_STEPS, USUAL_PIXELS = 30, 512 * 512
"""For the cost of a request that leaves them to the model."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How pictures are made; those that share it can be made together."""

    way: Way
    size_px: tuple[int, int] | None
    steps: int | None
    guidance: float | None
    strength: float | None
    lora: tuple[str, float] | None
    exact: bool

    @property
    def pixels(self) -> int:
        """How many a picture has, or is thought to have."""
        return USUAL_PIXELS if self.size_px is None else math.prod(self.size_px)

    @property
    def cost(self) -> float:
        """Steps times millions of pixels, of one picture."""
        share = 1.0 if self.strength is None else self.strength
        return (self.steps or USUAL_STEPS) * share * self.pixels / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One picture to be made."""

    manner: Manner
    prompt: str
    seed: int
    previews: int
    canvas: Canvas | None
    size_px: tuple[int, int] | None = None
    """Asked for; a small model draws another one first."""
    avoid: str = ""


class Limits:
    """How many pictures of a size fit the device, learned from those that did not."""

    def __init__(self, most: int) -> None:
        """Take how many are made at once where nothing is known."""
        self._most = most
        self._found: dict[int, int] = {}

    def of(self, pixels: int) -> int:
        """Return how many pictures with so many pixels are made at once."""
        # What did not fit smaller pictures does not fit larger ones.
        known = [most for size, most in self._found.items() if size <= pixels]
        return min([self._most, *known])

    def halve(self, pixels: int, count: int) -> None:
        """Remember that so many did not fit."""
        self._found[pixels] = min(self.of(pixels), max(1, count // 2))


class PictureModel:
    """A model on an easel; `job` on the event loop, `make` on one thread."""

    def __init__(self, easel: Easel, *, at_once: int = AT_ONCE, small: Small | None = None) -> None:
        """Take the model's pipelines, how many pictures are made at once, and how small it is."""
        self.easel = easel
        self.small = small
        self.limits = Limits(at_once)

    def job(self, ask: ImageAsk, canvas: Canvas | None = None) -> Job[Tile, Picture, Pictures]:
        """Turn a request into pictures to be made. Raises BadRequest."""
        manner = self._manner(ask, canvas)
        prompt = ask.prompt
        small = self.small if prompt.strip() else None
        reading = small.reading(prompt) if small else Reading(prompt=prompt)
        first = secrets.randbelow(MAX_RANDOM_SEED) if ask.seed is None else ask.seed
        previews = ask.partial_images or 0 if ask.stream else 0
        tiles = [
            Tile(
                manner=manner,
                prompt=reading.prompt,
                seed=seed,
                previews=previews,
                canvas=canvas,
                size_px=ask.size_px,
                avoid=ask.negative_prompt.strip(),
            )
            for seed in range(first, first + (ask.n or 1))
        ]
        return Job(
            parts=tiles,
            key=manner,
            cost=manner.cost,
            make=self.make,
            finish=partial(self._finished, ask.prompt, reading),
            most=lambda: 1 if manner.exact else self.limits.of(manner.pixels),
            person=ask.user or "",
            rank=ask.priority,
        )

    @property
    def own_px(self) -> tuple[int, int] | None:
        """Width and height of a picture where nobody says them, if that is known."""
        return self.small.shown_px if self.small else self.easel.own_px

    def _finished(self, asked: str, reading: Reading, made: Sequence[Picture]) -> Pictures:
        total_ms = sum(picture.model_ms for picture in made)
        return Pictures(
            pictures=tuple(made),
            gpu_ms=round(total_ms),
            things=self.small.things if self.small else 0,
            unknown=reading.unknown,
            revised="" if reading.prompt == asked else reading.prompt,
        )

    def make(self, pieces: Sequence[Piece[Tile]]) -> list[Picture | None]:
        """Make pictures of one manner; None for one that nobody waits for any more.

        Raises Cancelled when that is all of them, and TooLarge when they do not fit the device.
        """
        manner = pieces[0].part.manner
        begin = time.perf_counter()
        try:
            images = self._images(manner, pieces)
        except torch.OutOfMemoryError:
            images = None
        if images is None:  # outside of the handler, which holds on to what filled the memory
            self.limits.halve(manner.pixels, len(pieces))
            about = {"count": len(pieces)}
            logger.warning("%(count)s pictures of a size did not fit the device at once", about)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            raise TooLarge("The device has no memory for this picture; ask for a smaller one.")
        share_ms = (time.perf_counter() - begin) * 1000 / len(pieces)
        return [
            None
            if image is None
            else Picture(png=png(image), seed=piece.part.seed, model_ms=share_ms)
            for image, piece in zip(images, pieces, strict=True)
        ]

    def _images(self, manner: Manner, pieces: Sequence[Piece[Tile]]) -> list[Image.Image | None]:
        pipeline = self.easel.pipeline(manner.way, manner.lora)
        generators = [torch.Generator("cpu").manual_seed(piece.part.seed) for piece in pieces]
        rows = Rows(pipeline, generators)
        watch = _Watch(pieces, rows, previews=self.easel.offload == "none")
        try:
            made = pipeline(
                prompt=[piece.part.prompt for piece in pieces],
                generator=generators,
                output_type="pil",
                callback_on_step_end=watch,
                callback_on_step_end_tensor_inputs=rows.wanted,
                **_options(manner, self.easel.options(manner.way)),
                **_begun([self._begun(piece.part.canvas) for piece in pieces]),
                **_avoided([piece.part.avoid for piece in pieces], self.easel.options(manner.way)),
            ).images
        finally:
            pipeline.maybe_free_model_hooks()
        images = dict(zip(rows.kept, made, strict=True))
        return [self._shown(images.get(row), piece.part) for row, piece in enumerate(pieces)]

    def _begun(self, canvas: Canvas | None) -> Canvas | None:
        return self.small.begun(canvas) if self.small else canvas

    def _shown(self, image: Image.Image | None, tile: Tile) -> Image.Image | None:
        if image is None:
            return None
        whole = self.small.grown(image, tile.canvas or tile.size_px) if self.small else image
        return _kept(whole, tile.canvas)

    def _manner(self, ask: ImageAsk, canvas: Canvas | None) -> Manner:
        way: Way = "words" if canvas is None else "image" if canvas.mask is None else "mask"
        self._check(ask, way)
        manner = Manner(
            way=way,
            size_px=ask.size_px if canvas is None else canvas.image.size,
            steps=ask.steps,
            guidance=ask.guidance,
            strength=None if canvas is None else canvas.strength,
            lora=None if ask.lora is None else (ask.lora, ask.lora_scale),
            exact=ask.exact,
        )
        if self.small:
            manner = self._in_small(self.small, manner, ask)
        return replace(manner, steps=_enough(manner.steps, manner.strength))

    def _check(self, ask: ImageAsk, way: Way) -> None:
        """Raise BadRequest for what this model does not have."""
        if way not in self.easel.ways:
            raise BadRequest("This model makes pictures from words only.", param=way)
        if ask.guidance is not None and "guidance_scale" not in self.easel.options(way):
            raise BadRequest("'guidance': this model does not have it.", param="guidance")
        if ask.negative_prompt.strip() and "negative_prompt" not in self.easel.options(way):
            raise BadRequest(
                "'negative_prompt': this model does not have it.", param="negative_prompt"
            )
        if ask.lora is not None and ask.lora not in self.easel.loras:
            there = ", ".join(sorted(self.easel.loras)) or "none"
            raise BadRequest(
                f"'lora': this model has no such adapter (it has {there}).", param="lora"
            )

    @staticmethod
    def _in_small(small: Small, manner: Manner, ask: ImageAsk) -> Manner:
        """Return how a small model goes about it, whatever the size asked for."""
        if isinstance(ask, EditAsk) and ask.upscale is not None:
            raise BadRequest("'upscale': this model draws small pictures only.", param="upscale")
        return replace(
            manner,
            size_px=small.square_px,
            steps=manner.steps or small.steps,
            guidance=small.guidance if manner.guidance is None else manner.guidance,
        )


class _Watch:
    """What is done between two steps of a batch."""

    def __init__(self, pieces: Sequence[Piece[Tile]], rows: Rows, *, previews: bool) -> None:
        self._pieces = pieces
        self._rows = rows
        self._previews = previews

    def __call__(
        self,
        pipeline: Any,  # noqa: ANN401 - any class of diffusers
        index: int,
        _at: object,
        tensors: dict[str, torch.Tensor],
    ) -> dict[str, torch.Tensor]:
        # Setting the pipeline's own interrupt flag would return a half-made picture as a good one.
        if all(piece.cancelled for piece in self._pieces):
            raise Cancelled
        total = pipeline.num_timesteps
        if index + 1 < total:
            tensors = self._rows.keep(lambda row: not self._pieces[row].cancelled, tensors)
        for place, row in enumerate(self._rows.kept):
            self._pieces[row].advance(index + 1, total)
            if self._previews:
                self._show(
                    pipeline, self._pieces[row], tensors["latents"][place : place + 1], index
                )
        return tensors

    def _show(
        self,
        pipeline: Any,  # noqa: ANN401 - any class of diffusers
        piece: Piece[Tile],
        latents: torch.Tensor,
        index: int,
    ) -> None:
        number = _number(index + 1, pipeline.num_timesteps, piece.part.previews)
        if number is not None and (shown := preview(pipeline, latents)) is not None:
            piece.emit(Preview(picture=piece.index, number=number, png=shown))


def _number(step: int, total: int, previews: int) -> int | None:
    """Return which preview is due after this step; they are spread evenly, and never late.

    >>> [_number(step, 8, 3) for step in range(1, 9)]
    [None, 0, None, 1, None, 2, None, None]
    >>> [_number(step, 8, 2) for step in range(1, 9)]
    [None, 0, None, None, 1, None, None, None]
    """
    due = [max(1, total * (number + 1) // (previews + 1)) for number in range(previews)]
    return due.index(step) if step in due and step < total else None


def _enough(steps: int | None, strength: float | None) -> int | None:
    """Return so many steps that at least one is left of them at that strength."""
    least = 1 if strength is None else math.ceil(1 / strength)
    return None if steps is None else max(steps, least)


def _options(manner: Manner, known: frozenset[str]) -> dict[str, Any]:
    width, height = manner.size_px or (None, None)
    asked = {
        "width": width,
        "height": height,
        "num_inference_steps": manner.steps,
        "guidance_scale": manner.guidance,
        "strength": manner.strength,
    }
    return {name: value for name, value in asked.items() if value is not None and name in known}


def _begun(canvases: Sequence[Canvas | None]) -> dict[str, Any]:
    """Return the pictures to begin from, as the pipelines name them."""
    there = [canvas for canvas in canvases if canvas is not None]
    masks = [canvas.mask for canvas in there if canvas.mask is not None]
    given: dict[str, Any] = {"image": [canvas.image for canvas in there]} if there else {}
    return {**given, "mask_image": masks} if masks else given


def _kept(image: Image.Image, canvas: Canvas | None) -> Image.Image:
    """Put the old picture back where the mask does not show."""
    if canvas is None or canvas.mask is None:
        return image
    return Image.composite(image, canvas.image, canvas.mask)


def _avoided(avoid: Sequence[str], known: frozenset[str]) -> dict[str, Any]:
    """Return what each picture should not show; nothing where that is nothing of any.

    Flux and its relatives take no notice of it unless they are also guided by its absence.
    """
    if not any(avoid):
        return {}
    guided = {"true_cfg_scale": TRUE_GUIDANCE} if "true_cfg_scale" in known else {}
    return {"negative_prompt": list(avoid), **guided}
