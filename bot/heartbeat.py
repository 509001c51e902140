"""Keeps a lease while the work lasts, and ends the work when that is lost, or is to stop."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, LeaseLost
from bot.ledger.writer import LedgerUnavailable
from bot.stops import Stops


@asynccontextmanager
async def alive(ledger: Ledger, lease: Lease, beat_s: float, stops: Stops) -> AsyncGenerator[None]:
    """Prolong a lease every `beat_s` while the work in this block lasts."""
    work = asyncio.current_task()

    async def beat() -> None:
        try:
            while True:
                await asyncio.sleep(beat_s)
                with suppress(LedgerUnavailable):  # the next beat may come in time
                    if await ledger.beat(lease):
                        stops.stop(lease.request.id.hex)
        except LeaseLost:
            if work is not None:
                work.cancel()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
