"""Tells whoever has an engine called what it takes, without anybody having to pass that on.

A generator calls models in many places, search and retries among them, and may fail before it has
drafted anything. So it is the seam to models that notes each call, in the meter of the task that
the call is made for.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal

from generators.draft import (
    Call,
    CallOutcome,
    Cost,
    DeadlineExceeded,
    EngineCrashed,
    GenerationError,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a call stands in the engine's line, the first is 1, and seconds; 0: it has begun."""

    place: int
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """What is done: something is run, with so many tests, or repaired; a picture is drawn.

    A repair, or a picture, is the `number`th `of` so many.
    """

    doing: Literal["running", "testing", "repairing", "drawing"]
    number: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Stroke:
    """Step `number` `of` so many of the picture that is drawn is done."""

    number: int
    of: int


News = Turn | Step | Stroke
_HEARING: Final[ContextVar[Callable[[News], None] | None]] = ContextVar("hearing", default=None)
_METER: Final[ContextVar[list[Call] | None]] = ContextVar("meter", default=None)


@dataclass(slots=True)
class Running:
    """A call under way: what it took up to now; None while the engine has answered nothing."""

    cost: Cost | None = None


@contextmanager
def metered() -> Iterator[list[Call]]:
    """Collect the calls that are made in this block, and in tasks and threads that it starts."""
    calls: list[Call] = []
    before = _METER.set(calls)
    try:
        yield calls
    finally:
        _METER.reset(before)


@contextmanager
def hearing(heard: Callable[[News], None]) -> Iterator[None]:
    """Have `heard` called whenever what is made in this block has come further."""
    before = _HEARING.set(heard)
    try:
        yield
    finally:
        _HEARING.reset(before)


def turned(news: News) -> None:
    """Tell whoever has this made how far it is."""
    if (heard := _HEARING.get()) is not None:
        heard(news)


@contextmanager
def unmetered() -> Iterator[None]:
    """Keep the calls of this block from whoever happened to start it."""
    before = _METER.set(None)
    try:
        yield
    finally:
        _METER.reset(before)


@contextmanager
def noted(stage: str, model: str) -> Iterator[Running]:
    """Note the one call of this block when it ends, however it ends.

    A call that the engine did not take up is none: it refused it, or was not there. One that broke
    off costs the time until then.
    """
    calls, call, began = _METER.get(), Running(), time.monotonic_ns()
    outcome: CallOutcome = "aborted"
    try:
        yield call
        outcome = "ok"
    except GenerationError as error:
        outcome = "error"
        if call.cost is None and isinstance(error, (DeadlineExceeded, EngineCrashed)):
            call.cost = Cost(model=model)
        raise
    finally:
        if calls is not None and (call.cost is not None or outcome == "aborted"):
            cost = call.cost or Cost(model=model)
            elapsed_ms = (time.monotonic_ns() - began) // 1_000_000
            calls.append(
                Call(
                    stage=stage,
                    model=model,
                    prompt_tokens=cost.prompt_tokens,
                    output_tokens=cost.output_tokens,
                    images=cost.images,
                    gpu_ms=cost.gpu_ms if outcome == "ok" else elapsed_ms,
                    outcome=outcome,
                )
            )
