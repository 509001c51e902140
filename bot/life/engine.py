"""The seam to models with circuit breakers: an engine that does not answer is not asked at once.

A breaker for each kind of model, because pictures may fail while text does well, and one for the
engine that serves all kinds that have no server of their own. Every call begins with the engine's
list of models, so that a try costs little where nobody is there. Without an engine a request waits
in line (`bot.pipeline`).
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from typing import Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from bot.life.breaker import Breaker, State
from generators.change import Change
from generators.draft import DeadlineExceeded, EngineBusy, EngineUnavailable, GenerationError
from generators.host import KINDS, Host, Kind
from generators.model import Model, Picture, Reply
from generators.painting import Brief, Preview

REST_S = 5.0
ENGINE = "engine"


def breakers() -> dict[str, Breaker]:
    """Return the breakers of one engine."""
    return {name: Breaker(name=name, rest_s=REST_S) for name in (ENGINE, *KINDS)}


def worst(given: Mapping[str, Breaker]) -> State:
    """Return how several breakers stand together."""
    states = {breaker.state for breaker in given.values()}
    return "open" if "open" in states else "trying" if "trying" in states else "closed"


class GuardedModel(Model):
    """A model behind breakers. While one is open, calls of its kind raise EngineUnavailable."""

    guards: Mapping[str, Breaker]
    _away: frozenset[Kind] = frozenset()

    @override
    def apart(self, hosts: Mapping[Kind, Host]) -> Self:
        """Have other servers for some kinds; each of these has its own breaker only."""
        self._away |= frozenset(hosts)
        return super().apart(hosts)

    def guarded(self, guards: Mapping[str, Breaker]) -> "GuardedModel":
        """Take the breakers, and return this model."""
        self.guards = guards
        return self

    @override
    async def installed(self) -> Mapping[str, str]:
        """Return the model id for each kind that can be used now."""
        with self._tried(ENGINE):
            return await super().installed()

    @override
    async def has(self, kind: Kind) -> bool:
        """Tell whether there is a model of a kind."""
        with self._tried(kind, answers=False) if kind in self._away else self._tried(ENGINE):
            return await super().has(kind)

    @override
    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        user: str = "",
    ) -> AsyncGenerator[Reply, None]:
        """Yield ever longer replies."""
        replying = super().chat(
            messages, max_tokens=max_tokens, temperature=temperature, seed=seed, user=user
        )
        with self._tried("chat"):
            async with aclosing(replying) as replies:
                async for reply in replies:
                    yield reply

    @override
    async def image(
        self, prompt: str, *, size: str, seed: int, steps: int | None = None, user: str = ""
    ) -> Picture:
        """Return one picture."""
        with self._tried("image"):
            return await super().image(prompt, size=size, seed=seed, steps=steps, user=user)

    @override
    async def edit(self, change: Change, user: str = "", *, kind: Kind = "image") -> Picture:
        """Return a picture that was made of another one."""
        with self._tried(kind):
            return await super().edit(change, user, kind=kind)

    @override
    async def paint(self, brief: Brief) -> AsyncGenerator[Preview | Picture, None]:
        """Yield previews, and then one picture."""
        with self._tried("image"):
            async with aclosing(super().paint(brief)) as painting:
                async for one in painting:
                    yield one

    @override
    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row for each text."""
        with self._tried("embed"):
            return await super().embed(texts)

    @contextmanager
    def _tried(self, kind: str, *, answers: bool = True) -> Iterator[None]:
        """Try; `answers`: that it goes well means that calls of this kind do."""
        guard = self.guards[kind]
        if not guard.admits():
            raise EngineUnavailable("The engine does not answer.")
        try:
            yield
        except EngineBusy:
            raise  # it is there
        except EngineUnavailable:
            guard.failed()
            raise
        except DeadlineExceeded:
            raise  # it may be slow, or stuck
        except GenerationError:
            guard.succeeded()  # it answered
            raise
        if answers:
            guard.succeeded()
