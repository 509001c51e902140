"""Whose turn it is: so many requests at work at once, and nobody waits behind one busy person.

Knows people and waiting, nothing of what the work is. The next turn goes to whoever has the fewest
at work, and among those to who has waited longest.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class _Waiting:
    user: str
    turn: asyncio.Event = field(default_factory=asyncio.Event)


class Turns:
    """Hands out a fixed number of turns."""

    def __init__(self, slots: int) -> None:
        """Take how many may be at work at once."""
        self._free = slots
        self._at_work: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []

    @asynccontextmanager
    async def of(self, user: str, queued: Callable[[int], Awaitable[None]]) -> AsyncGenerator[None]:
        """Wait for a turn, telling `queued` the place in line if it does not come at once."""
        waiting = _Waiting(user)
        self._waiting.append(waiting)
        self._advance()
        try:
            if not waiting.turn.is_set():
                await queued(self._place(waiting))
                await waiting.turn.wait()
            yield
        finally:
            self._leave(waiting)

    def _place(self, waiting: _Waiting) -> int:
        order = sorted(self._waiting, key=lambda other: self._at_work[other.user])
        return order.index(waiting) + 1

    def _advance(self) -> None:
        while self._free and self._waiting:
            first = min(self._waiting, key=lambda waiting: self._at_work[waiting.user])
            self._waiting.remove(first)
            self._at_work[first.user] += 1
            self._free -= 1
            first.turn.set()

    def _leave(self, waiting: _Waiting) -> None:
        if waiting.turn.is_set():
            self._free += 1
            self._at_work[waiting.user] -= 1
            self._at_work += Counter()  # forget who has nothing at work
        else:
            self._waiting.remove(waiting)
        self._advance()
