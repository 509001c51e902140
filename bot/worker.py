"""Claims requests and hands each to the pipeline, many at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease
from bot.ledger.writer import LedgerUnavailable

AT_ONCE = 256
"""Requests in hand at a time, most of which wait for their turn with a placeholder shown."""
LOOK_AGAIN_S = 1.0
"""How often leases that ran out are looked for when nothing else happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The loop between the ledger and the pipeline."""

    ledger: Ledger
    handle: Callable[[Lease], Awaitable[None]]
    wake: asyncio.Event

    async def run(self) -> None:
        """Work until cancelled, then hand the leases back; an error that nobody expects ends it."""
        slots = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await slots.acquire()
                    lease = await self._next()
                    task = group.create_task(self._handle(lease))
                    task.add_done_callback(lambda _task: slots.release())
        finally:
            await asyncio.shield(self.ledger.release())

    async def _handle(self, lease: Lease) -> None:
        await self.handle(lease)

    async def _next(self) -> Lease:
        while True:
            self.wake.clear()
            with suppress(LedgerUnavailable):  # it may come back; until then intake answers 503
                lease = await self.ledger.claim()
                if lease is not None:
                    return lease
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self.wake.wait()
