"""Shows where a request stands in the engine's own line, until its answer begins.

Whatever is shown here is shown before the answer, never after it: `over` waits until it is.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from math import ceil

from bot.delivery.posting import Place
from bot.seams import Showing
from bot.views.notices import Notice
from bot.watching import UPDATE_EVERY_S
from generators.metering import Turn, hearing

ROUND_S = 5
"""An estimate is told in steps of so many seconds."""


class Ahead:
    """The newest that is known of one request, and the task that shows it."""

    def __init__(self, delivery: Showing, place: Place) -> None:
        """Take who shows it, and where."""
        self._delivery = delivery
        self._place = place
        self._news: Turn | None = None
        self._changed = asyncio.Event()
        self._ends = asyncio.Event()
        self._showing = asyncio.create_task(self._show())

    def hear(self, turn: Turn) -> None:
        """Note where the request stands now."""
        self._news = turn
        self._changed.set()

    async def over(self) -> None:
        """Show nothing more; returns once nothing is under way. Raises what showing raised."""
        self._ends.set()
        self._changed.set()
        await self._showing

    async def _show(self) -> None:
        while not self._ends.is_set():
            self._changed.clear()
            if self._news is not None:
                await self._tell(self._news)
                with suppress(TimeoutError):  # no more often than Slack takes updates
                    await asyncio.wait_for(self._ends.wait(), UPDATE_EVERY_S)
            await self._changed.wait()

    async def _tell(self, turn: Turn) -> None:
        if turn.place < 1:
            await self._delivery.progress(self._place, Notice.WRITING)
            return
        seconds = max(ROUND_S, ceil(turn.wait_s / ROUND_S) * ROUND_S)
        await self._delivery.progress(self._place, Notice.AHEAD, n=turn.place, seconds=seconds)


@asynccontextmanager
async def shown_ahead(delivery: Showing, place: Place) -> AsyncGenerator[Ahead]:
    """Show the place of every call of the engine that is made in this block."""
    ahead = Ahead(delivery, place)
    try:
        with hearing(ahead.hear):
            yield ahead
    finally:
        await ahead.over()
