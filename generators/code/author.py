"""A language model that writes programs and tests within a budget of seconds and tokens.

Every call is one of the request's calls, and so a row of its usage; those that come to nothing are.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from generators.code.blocks import Block, blocks
from generators.draft import Cost, GenerationError, Request
from generators.model import Model, Reply
from generators.preset import Preset, replies

WHOLE: Final = 1
"""Blocks in an answer that is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one request may take; a call that is under way when it is used up is broken off."""

    seconds: int = 180
    tokens: int = 16_000
    repairs: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """The one program of an answer, and all that was said."""

    block: Block
    text: str


class Author:
    """Asks one model on behalf of one request."""

    def __init__(
        self,
        model: Model,
        request: Request,
        budget: Budget,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the model and the budget; the clock starts."""
        self._model = model
        self._request = request
        self._now = now
        self._until_s = now() + budget.seconds
        self._tokens = budget.tokens
        self.cost = Cost(model="")
        """Of all calls whose end was heard."""

    @property
    def has_room(self) -> bool:
        """Whether another call may be made."""
        return self._left_s() > 0 and self._tokens > 0

    async def first(self, preset: Preset, **values: str) -> AsyncGenerator[Reply]:
        """Yield the first answer as it comes. Raises what `Model.chat` raises."""
        reply = None
        async with aclosing(replies(self._model, preset, self._request, values)) as growing:
            async for reply in growing:
                yield reply
        self._spent(reply)

    async def again(self, preset: Preset, **values: str) -> Answer | None:
        """Return a further answer; None where there is none, no room, or no single program."""
        if not self.has_room:
            return None
        reply = None
        try:
            async with asyncio.timeout(self._left_s()):
                reply = await self._whole(preset, values)
        except (GenerationError, TimeoutError):
            return None
        self._spent(reply)
        return only(reply)

    async def _whole(self, preset: Preset, values: Mapping[str, str]) -> Reply | None:
        reply = None
        async with aclosing(replies(self._model, preset, self._request, values)) as growing:
            async for reply in growing:  # noqa: B007 - the last one counts
                pass
        return reply

    def _spent(self, reply: Reply | None) -> None:
        if reply is None:
            return
        more, was = reply.cost, self.cost
        self._tokens -= more.prompt_tokens + more.output_tokens
        self.cost = replace(
            was,
            model=more.model,
            gpu_ms=was.gpu_ms + more.gpu_ms,
            prompt_tokens=was.prompt_tokens + more.prompt_tokens,
            output_tokens=was.output_tokens + more.output_tokens,
        )

    def _left_s(self) -> float:
        return self._until_s - self._now()


def only(reply: Reply | None) -> Answer | None:
    """Return the program of an answer that holds just one, whole; else None."""
    found = blocks(reply.text) if reply is not None else ()
    if reply is None or reply.cut or len(found) != WHOLE or not found[0].source.strip():
        return None
    return Answer(found[0], reply.text)
