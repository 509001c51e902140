"""Pictures from words. Knows no picture model: size, seed and steps go to whatever is installed."""

import math
import re
from collections.abc import AsyncIterator
from typing import Final

from generators.builtin import COST, missing
from generators.draft import Draft, Image, PromptRejected, Request, Text
from generators.preset import seed_of
from generators.sentences import language
from generators.tools import Tools

MIN_SIDE_PX: Final = 64
MAX_SIDE_PX: Final = 1792
MAX_PIXELS: Final = 1792 * 1024
"""The largest that OpenAI's models make."""
SIDE_STEP_PX: Final = 8
"""Diffusion models work on blocks of 8 by 8 pixels."""
MAX_STEPS: Final = 100
MAX_SEED: Final = 2**31 - 1


class Imagine:
    """Makes one picture of the prompt. A retry of a request makes the same picture again."""

    def __init__(self, tools: Tools, *, size: str = "", steps: int = 0) -> None:
        """Take the size and steps for requests that name none; empty and 0: the model's own."""
        self._tools = tools
        self._size = size
        self._steps = steps

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield the picture, with the prompt as its description."""
        if not request.prompt.strip():
            raise PromptRejected("Say what the picture should show.")
        size = size_of(request.flags.get("size", self._size))
        seed = _number("seed", request.flags.get("seed", ""), 0, MAX_SEED)
        steps = _number("steps", request.flags.get("steps", ""), 1, MAX_STEPS)
        if not await self._tools.model.has("image"):
            body = Text(missing("image", language(request.prompt)))
            yield Draft(request=request, content=body, cost=COST)
            return
        made = await self._tools.model.image(
            request.prompt,
            size=size,
            seed=seed_of(request) if seed is None else seed,
            steps=steps or self._steps or None,
            user=request.user,
        )
        picture = Image(made.png, alt=request.prompt.strip(), seed=made.seed)
        yield Draft(request=request, content=picture, cost=made.cost)


def size_of(asked: str) -> str:
    """Return WIDTHxHEIGHT in pixels, or empty for the model's own size."""
    if not asked.strip():
        return ""
    found = re.fullmatch(r"\s*([0-9]{1,4})\s*[xX*\u00d7]\s*([0-9]{1,4})\s*", asked)
    sides = [int(side) for side in found.groups()] if found else [0]
    fits = all(side % SIDE_STEP_PX == 0 and MIN_SIDE_PX <= side <= MAX_SIDE_PX for side in sides)
    if not fits or math.prod(sides) > MAX_PIXELS:
        raise PromptRejected(
            f"A size is WIDTHxHEIGHT in pixels, such as 512x512: multiples of {SIDE_STEP_PX} "
            f"from {MIN_SIDE_PX} to {MAX_SIDE_PX}, and {MAX_PIXELS:,} pixels in all."
        )
    return "x".join(map(str, sides))


def _number(name: str, asked: str, least: int, most: int) -> int | None:
    if not asked.strip():
        return None
    digits = re.fullmatch(r"\s*([0-9]{1,10})\s*", asked)
    number = int(digits[1]) if digits else -1
    if not least <= number <= most:
        raise PromptRejected(f"--{name} is a whole number from {least} to {most}.")
    return number
