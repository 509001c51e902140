"""Whether the event loop still turns, measured on the loop itself. Knows not what it runs."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

EVERY_S = 0.25
TOO_LATE_S = 1.0
"""A loop that is later than this would be late for Slack's acknowledgements soon."""


@dataclass(slots=True, kw_only=True)
class Pulse:
    """Beats four times a second, and knows how late the last beat was."""

    now: Callable[[], float] = time.monotonic
    _late_s: float = field(default=0.0, init=False)
    _beat_at: float | None = field(default=None, init=False)

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(EVERY_S)

    def beat(self) -> None:
        """Note that the loop came round, and how much later than it should have."""
        now = self.now()
        if self._beat_at is not None:
            self._late_s = max(0.0, now - self._beat_at - EVERY_S)
        self._beat_at = now

    @property
    def lag_s(self) -> float:
        """How late the loop is: at its last beat, or by now if the next one is overdue."""
        if self._beat_at is None:
            return 0.0
        return max(self._late_s, self.now() - self._beat_at - EVERY_S)

    @property
    def steady(self) -> bool:
        """Whether it beats, and in time."""
        return self._beat_at is not None and self.lag_s < TOO_LATE_S
