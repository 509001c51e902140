"""Pictures that tell how far they are, over the OpenAI API: what is asked, and what is heard.

Our own engine streams its place in line, its steps and small previews; any other server gives the
picture alone. Previews are half-made, and nothing has checked them.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import httpx2

from generators import answers
from generators.draft import EngineCrashed, PromptRejected
from generators.events import Event, Refused, events
from generators.failures import told
from generators.host import Stopwatch
from generators.metering import Stroke, Turn, turned
from generators.sentences import language
from generators.vocabulary import Heeded

_REFUSED: Final = "invalid_request_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a picture should be. `size` is WIDTHxHEIGHT in pixels; empty and None: the model's own.

    Up to three `previews` come on the way, where the engine has them.
    """

    prompt: str
    seed: int
    size: str = ""
    steps: int | None = None
    avoid: str = ""
    user: str = ""
    previews: int = 0

    @property
    def worded(self) -> str:
        """The prompt for a server that takes nothing beside it.

        >>> Brief(prompt="一只猫", seed=1, avoid="狗").worded
        '一只猫，不要出现：狗'
        """
        if not self.avoid:
            return self.prompt
        without = "，不要出现：" if language(self.prompt) == "zh" else ", without: "
        return f"{self.prompt}{without}{self.avoid}"

    @property
    def fields(self) -> dict[str, object]:
        """What our own engine is sent beside model and prompt."""
        asked = {
            "size": self.size,
            "steps": self.steps,
            "negative_prompt": self.avoid,
            "user": self.user,
            "partial_images": self.previews,
        }
        return {"seed": self.seed, **{name: value for name, value in asked.items() if value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A small PNG of what a picture looks like so far; nothing has checked it."""

    png: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """What a picture model makes: its own size, WIDTHxHEIGHT, and the only ones that it has."""

    model: str = ""
    """Its id."""
    own: str = ""
    """Empty: nobody told."""
    only: tuple[str, ...] = ()
    """None: it takes any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The picture, and what was told with it."""

    png: bytes
    seed: int | None
    usage: answers.Usage | None
    heeded: Heeded


async def heard(
    response: httpx2.Response, started: Stopwatch, size: str
) -> AsyncGenerator[Preview | Finished, None]:
    """Yield previews and then the picture; steps and places are told to whoever hears them."""
    async with aclosing(events(response)) as coming:
        while (event := await _next(coming, started)) is not None:
            with told(EngineCrashed):
                meant = answers.Painting.model_validate(event)
                if meant.name == "partial_image":
                    yield Preview(png=answers.drawn(event, ""))
                elif meant.name == "completed":
                    yield _finished(event, meant, size)
                    return
            _tell(meant)
    raise EngineCrashed("The engine ended its answer half way.")


def _tell(meant: answers.Painting) -> None:
    if meant.name == "queued" and meant.ahead:
        turned(Turn(meant.ahead + 1, meant.wait_s or 0.0))
    elif meant.name == "in_progress" and meant.step is not None and meant.total:
        turned(Stroke(meant.step, meant.total))


def _finished(event: object, meant: answers.Painting, size: str) -> Finished:
    return Finished(
        png=answers.drawn(event, size),
        seed=meant.seed,
        usage=answers.usage(event),
        heeded=answers.heeded(event),
    )


async def _next(coming: AsyncGenerator[Event, None], started: Stopwatch) -> Event | None:
    with told(EngineCrashed):
        try:
            async with asyncio.timeout_at(started.deadline):
                return await anext(coming, None)
        except Refused as error:  # of the engine, once its answer had begun
            if error.kind == _REFUSED:
                raise PromptRejected(
                    "The model cannot make this picture; ask for a smaller one."
                ) from error
            raise
