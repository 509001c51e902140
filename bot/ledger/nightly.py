"""Checks the books once a day while the bot is at work, and shows in `/metrics` what came of it.

It checks what needs no key; that everything sealed opens, too, `atelier audit` checks.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.ledger.audit import USAGE, Mismatch, books
from bot.ledger.database import DatabaseRefused
from bot.life.metrics import Metrics

log = logging.getLogger(__name__)

FIRST_S = 60.0
"""After the start, when there is more to do."""
EVERY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """Looks after the start and once a day."""

    engine: Engine
    metrics: Metrics
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        """Check until cancelled."""
        await self.sleep(FIRST_S)
        while True:
            await self.check()
            await self.sleep(EVERY_S)

    async def check(self) -> None:
        """Check once, on a connection and in a thread of its own."""
        try:
            found = await asyncio.to_thread(books, self.engine)
        except (DatabaseRefused, SQLAlchemyError) as error:
            log.warning("the nightly audit waits: %(error)s", {"error": type(error).__name__})
            return
        self._show(found)
        if found:
            log.error(
                "the nightly audit found %(count)s mismatches, the first about %(request)s: run "
                "`atelier audit`",
                {"count": len(found), "request": f"req_{found[0].request[:8]}"},
            )

    def _show(self, found: Sequence[Mismatch]) -> None:
        self.metrics.books.usage_mismatch.set(sum(one.check in USAGE for one in found))
        self.metrics.books.audit_mismatch.set(len(found))
        self.metrics.books.audited.set(time.time())
