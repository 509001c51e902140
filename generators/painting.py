"""Pictures that tell how far they are, from words or from a picture, over the OpenAI API.

Our own engine streams its place in line, its steps and small previews; any other one gives the
picture alone. Previews are half-made and went through no check: show none without one.
"""

import asyncio
import base64
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

from openai import APIError, APIStatusError, AsyncStream, omit
from pydantic import BaseModel

from generators.draft import Cost, EngineCrashed, PromptRejected
from generators.metering import noted
from generators.model import Model, Picture, _charged, _closing, _extra, _png, _Stopwatch, _told


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a picture should be. `size` is WIDTHxHEIGHT in pixels; empty and None: the model's own.

    With `source`, a PNG, JPEG or WebP file, it is changed: `strength` is from nearly nothing to 1;
    where `mask`, a PNG of the same size, is transparent, it is made anew; `upscale` makes its sides
    so many times as long. `lora` is the name of an adapter. Up to three `previews` come on the way.
    """

    prompt: str
    seed: int
    size: str = ""
    steps: int | None = None
    user: str = ""
    source: bytes | None = None
    mask: bytes | None = None
    strength: float | None = None
    upscale: float | None = None
    lora: str = ""
    previews: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """`ahead` pictures of others come first; None where nobody knows how long that takes."""

    ahead: int
    wait_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Step `step` of `total` is done."""

    step: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A small PNG of what it looks like so far; nothing has checked it."""

    png: bytes


Told = Queued | Progress | Preview | Picture


class PaintingModel(Model):
    """An engine whose pictures can be watched, and made from others."""

    async def paint(self, brief: Brief) -> AsyncGenerator[Told, None]:
        """Yield how far it is, and then the picture. Closing it cancels the call."""
        model = await self._named("image")
        started = _Stopwatch(self._timeout_s)
        with noted("image", model) as call:
            with _told():
                async with asyncio.timeout_at(started.deadline):
                    answer = await self._asked(model, brief)
            call.cost = Cost(model=model)
            if not isinstance(answer, AsyncStream):
                cost = _charged(Cost(model=model, images=1), answer.usage, started)
                call.cost = cost
                yield Picture(_png(answer), 0, cost)
                return
            async with _closing(answer):
                while (event := await _next(answer, started)) is not None:
                    call.cost = replace(call.cost, gpu_ms=started.ms)
                    told = _meant(event, model, started)
                    if isinstance(told, Picture):
                        call.cost = told.cost
                    yield told
                    if isinstance(told, Picture):
                        return
            raise EngineCrashed("The engine ended its answer half way.")

    async def _asked(self, model: str, brief: Brief) -> Any:  # noqa: ANN401 - a stream or a picture
        given: dict[str, Any] = {
            "model": model,
            "prompt": brief.prompt,
            "size": brief.size or omit,
            "user": brief.user or omit,
        }
        if self._ours:
            given |= {"stream": True, "extra_body": _extras(brief)}
            given["partial_images"] = brief.previews or omit
        if brief.source is None:
            return await self._client.images.generate(**given)
        mask = omit if brief.mask is None else ("mask.png", brief.mask)
        return await self._client.images.edit(image=("image", brief.source), mask=mask, **given)


def _extras(brief: Brief) -> dict[str, object]:
    """Return the fields that only our engine has."""
    asked = {"steps": brief.steps, "strength": brief.strength, "upscale": brief.upscale}
    known = {name: value for name, value in asked.items() if value is not None}
    return {"seed": brief.seed, **known, **({"lora": brief.lora} if brief.lora else {})}


async def _next(stream: AsyncStream[Any], started: _Stopwatch) -> BaseModel | None:
    with _told():
        try:
            async with asyncio.timeout_at(started.deadline):
                return await anext(stream, None)
        except APIStatusError:
            raise
        except APIError as error:  # a refusal of the engine, once its answer had begun
            if error.type == "invalid_request_error":
                raise PromptRejected("The model cannot make this picture.") from error
            raise


def _meant(event: BaseModel, model: str, started: _Stopwatch) -> Told:
    """Return what an event of our engine says."""
    told = event.model_dump()
    match str(told.get("type", "")).rpartition(".")[2]:
        case "queued":
            return Queued(ahead=int(told["ahead"]), wait_s=told["wait_s"])
        case "in_progress":
            return Progress(step=int(told["step"]), total=int(told["total"]))
        case "partial_image":
            return Preview(png=base64.b64decode(told["b64_json"]))
        case _:
            usage: BaseModel | None = getattr(event, "usage", None)
            cost = _charged(Cost(model=model, images=1), usage, started)
            png, seed = base64.b64decode(told["b64_json"]), _extra(event).get("seed", 0)
            return Picture(png, seed if isinstance(seed, int) else 0, cost)
