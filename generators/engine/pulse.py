"""Whether a thread that works gets on: when it last did, and since when it has been at it."""

import sys
import threading
import time
from collections.abc import Callable
from traceback import StackSummary, extract_stack


class Pulse:
    """Beats with every step of a thread; rests while the thread has nothing to do."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Take a clock in seconds; begin at rest."""
        self._now = now
        self._since_s: float | None = None
        self._thread = 0
        self.beats = 0

    def beat(self) -> None:
        """Note that work begins, or has come one step further."""
        self.beats += 1
        self._thread = threading.get_ident()
        self._since_s = self._now()

    def rest(self) -> None:
        """Note that there is nothing to do, or something that has no steps, such as a load."""
        self._since_s = None

    @property
    def stalled_s(self) -> float:
        """Seconds since the last step; 0 at rest."""
        since_s = self._since_s
        return 0.0 if since_s is None else max(0.0, self._now() - since_s)

    def where(self) -> StackSummary:
        """Return where the thread is just now, innermost last; empty if it has ended."""
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001 - public in all but its name
        return StackSummary() if frame is None else extract_stack(frame)
