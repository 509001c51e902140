"""How far a request is: its place in line, about how long it waits, and its steps. No torch."""

import time
from collections.abc import Callable
from dataclasses import dataclass

NEWEST = 0.3
"""What the newest measurement counts for, beside all earlier ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """`ahead` requests begin sooner; None in `wait_s` where nothing was measured yet."""

    ahead: int
    wait_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Step `number` of `total` is done; of several pictures, in the mean."""

    number: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A small PNG of what picture `picture` of the request looks like so far."""

    picture: int
    number: int
    png: bytes


class Pace:
    """Seconds that a unit of cost takes, learned from what was done; for one thread that works."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a clock in seconds."""
        self._clock = clock
        self._unit_s: float | None = None
        self._under_way = 0.0
        self._begun_s = 0.0

    def begin(self, cost: float) -> None:
        """Begin work of that cost."""
        self._under_way, self._begun_s = cost, self._clock()

    def end(self) -> None:
        """End the work that was begun, and learn from it."""
        taken = (self._clock() - self._begun_s) / self._under_way
        before = taken if self._unit_s is None else self._unit_s
        self._unit_s = before + NEWEST * (taken - before)
        self._under_way = 0.0

    def after(self, cost: float) -> float | None:
        """Return in how many seconds work of that cost, and what is under way, may be done."""
        if self._unit_s is None:
            return None
        spent = self._clock() - self._begun_s if self._under_way else 0.0
        return max(0.0, self._under_way * self._unit_s - spent) + cost * self._unit_s
