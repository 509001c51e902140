"""Shows how far a request is: its place in the engine's line, then what is run, repaired or drawn.

Whatever is shown here is shown before a part of the answer, never after it: `settled` waits until
it is. Places are shown until the first part, steps also between parts and the whole.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from math import ceil
from typing import Final

from bot.delivery.posting import Place
from bot.seams import Showing
from bot.views.notices import Notice
from bot.watching import UPDATE_EVERY_S
from generators.metering import News, Step, Stroke, Turn, hearing

ROUND_S = 5
"""An estimate is told in steps of so many seconds."""
STEPS: Final = {
    "running": Notice.RUNNING,
    "testing": Notice.TESTING,
    "repairing": Notice.REPAIRING,
    "drawing": Notice.DRAWING,
}


class Ahead:
    """The newest that is known of one request, and the task that shows it."""

    def __init__(self, delivery: Showing, place: Place) -> None:
        """Take who shows it, and where."""
        self._delivery = delivery
        self._place = place
        self._news: News | None = None
        self._step: Step | None = None
        self._stroke: Stroke | None = None
        self._begun = False
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._ends = asyncio.Event()
        self._showing = asyncio.create_task(self._show())

    def hear(self, news: News) -> None:
        """Note how far the request is now."""
        if isinstance(news, Step):
            self._step, self._stroke = news, None
        elif isinstance(news, Stroke):
            self._stroke = news
        elif self._begun:
            return
        self._news = news
        self._changed.set()

    async def settled(self) -> None:
        """Show nothing of what was heard up to now; returns once nothing is under way.

        Raises what showing raised.
        """
        self._begun = True
        self._news = None
        if self._showing.done():
            await self._showing
        await self._idle.wait()

    async def over(self) -> None:
        """Show nothing more; returns once nothing is under way. Raises what showing raised."""
        self._ends.set()
        self._changed.set()
        await self._showing

    async def _show(self) -> None:
        while not self._ends.is_set():
            self._changed.clear()
            if (news := self._news) is not None:
                self._news = None
                self._idle.clear()
                try:
                    await self._tell(news)
                finally:
                    self._idle.set()
                with suppress(TimeoutError):  # no more often than Slack takes updates
                    await asyncio.wait_for(self._ends.wait(), UPDATE_EVERY_S)
            await self._changed.wait()

    async def _tell(self, news: News) -> None:
        if isinstance(news, Turn) and news.place > 0:
            seconds = max(ROUND_S, ceil(news.wait_s / ROUND_S) * ROUND_S)
            about = {"n": news.place, "seconds": seconds}
            await self._delivery.progress(self._place, Notice.AHEAD, **about)
        elif self._step is None:
            await self._delivery.progress(self._place, Notice.WRITING)
        elif self._stroke is None:
            about = {"n": self._step.number, "of": self._step.of}
            await self._delivery.progress(self._place, STEPS[self._step.doing], **about)
        else:
            about = {"n": self._step.number, "of": self._step.of}
            about |= {"step": self._stroke.number, "steps": self._stroke.of}
            await self._delivery.progress(self._place, Notice.DRAWING_STEP, **about)


@asynccontextmanager
async def shown_ahead(delivery: Showing, place: Place) -> AsyncGenerator[Ahead]:
    """Show the place of every call of the engine that is made in this block."""
    ahead = Ahead(delivery, place)
    try:
        with hearing(ahead.hear):
            yield ahead
    finally:
        await ahead.over()
