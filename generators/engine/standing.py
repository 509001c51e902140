"""Where those stand who wait, and about how long it takes until they begin."""

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from generators.engine.prompt import Standing
from generators.engine.row import Row

TELL_EVERY_S = 1.0
LATEST = 0.1
"""How much the newest of all measurements counts."""


class Board:
    """Tells who asked for it where they stand; for one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a clock in seconds."""
        self._clock = clock
        self._next_s = 0.0
        self._step_s = 0.0
        self._share = 1.0

    def stepped(self, seconds: float) -> None:
        """Note how long a step took."""
        self._step_s += (seconds - self._step_s) * (LATEST if self._step_s else 1.0)

    def ended(self, row: Row) -> None:
        """Note which share of the tokens that it was allowed an answer has used."""
        self._share += (row.written / row.prompt.new_tokens - self._share) * LATEST

    def tell(self, running: Sequence[Row], waiting: Iterable[Row]) -> None:
        """Tell those who wait, the next one first: at a change, and every second."""
        line, now = list(waiting), self._clock()
        if not any(row.prompt.standing for row in line):
            return
        left = [max(1.0, self._steps(row) - row.written) for row in running]
        turns = list(turn_steps(left, [self._steps(row) for row in line]))
        again = now >= self._next_s
        for place, (row, steps) in enumerate(zip(line, turns, strict=True), 1):
            if row.prompt.standing and (again or row.told_place != place):
                row.told_place = place
                row.call.emit(Standing(place=place, wait_s=round(steps * self._step_s, 1)))
        if again:
            self._next_s = now + TELL_EVERY_S

    def _steps(self, row: Row) -> float:
        """Return the steps that an answer takes if it is as long as most."""
        return max(1.0, row.prompt.new_tokens * self._share)


def turn_steps(running: Sequence[float], waiting: Sequence[float]) -> Iterator[float]:
    """Yield after how many steps each of those who wait begins, given how many each one takes.

    >>> list(turn_steps([5, 2], [3, 10, 1]))
    [2, 5, 5]
    """
    ends = list(running) or [0.0]
    heapq.heapify(ends)
    for steps in waiting:
        begin = heapq.heappop(ends)
        yield begin
        heapq.heappush(ends, begin + steps)
