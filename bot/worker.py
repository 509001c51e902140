"""Claims requests and hands each to the pipeline: those to greet, to answer and to show."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Protocol

from bot.ledger.ledger import Ledger
from bot.ledger.order import Stage
from bot.ledger.rows import Lease
from bot.ledger.writer import LedgerUnavailable

AT_ONCE = 256
"""Requests that are greeted, or shown, at a time: nearly all of that is waiting for Slack."""
LOOK_AGAIN_S = 1.0
"""How often leases that ran out are looked for when nothing else happens."""


class Bell:
    """Wakes everybody who waits for something to claim."""

    def __init__(self) -> None:
        """Start silent."""
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake those who wait now; who waits later waits for the next ring."""
        self._rung.set()
        self._rung = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Return what the next ring sets."""
        return self._rung


class Handle(Protocol):
    """Takes one request a stage further; `answered` is called once no model is needed."""

    def __call__(self, lease: Lease, answered: Callable[[], None], /) -> Awaitable[None]:
        """Do it."""
        ...


@dataclass(frozen=True, slots=True)
class Worker:
    """The loops between the ledger and the pipeline."""

    ledger: Ledger
    handle: Handle
    bell: Bell
    at_work: int = field(kw_only=True)
    """How many requests may use the engine at once."""
    may: Callable[[], bool] = field(kw_only=True, default=lambda: True)
    """Tells whether to claim anything: nothing can be shown while Slack refuses the token."""
    leaving: asyncio.Event = field(kw_only=True, default_factory=asyncio.Event)

    def leave(self) -> None:
        """Claim nothing more; `run` ends once nothing is in hand."""
        self.leaving.set()
        self.bell.ring()

    async def run(self) -> None:
        """Work until it has left or is cancelled, then hand the leases back.

        An error that nobody expects ends it.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take(group, AT_ONCE, "greet"))
                group.create_task(self._take(group, AT_ONCE, "show"))
                group.create_task(self._take(group, self.at_work, "resume", "work"))
        finally:
            await asyncio.shield(self.ledger.release())

    async def _take(self, group: asyncio.TaskGroup, most: int, *stages: Stage) -> None:
        slots = asyncio.Semaphore(most)
        while await slots.acquire() and (lease := await self._next(stages)) is not None:
            slot = ExitStack()
            slot.callback(slots.release)
            if lease.faults:  # the engine broke over it before: nothing else shall break with it
                await self._alone(slots, slot, most)
            group.create_task(self._hold(lease, slot))

    async def _alone(self, slots: asyncio.Semaphore, slot: ExitStack, most: int) -> None:
        for _ in range(most - 1):
            await slots.acquire()
            slot.callback(slots.release)

    async def _hold(self, lease: Lease, slot: ExitStack) -> None:
        with slot:
            await self.handle(lease, slot.close)
        self.bell.ring()

    async def _next(self, stages: tuple[Stage, ...]) -> Lease | None:
        """Return the next request to work on; None when nothing more is to be claimed."""
        while not self.leaving.is_set():
            rung = self.bell.next()
            with suppress(LedgerUnavailable):  # it may come back; until then intake answers 503
                lease = await self.ledger.claim(*stages) if self.may() else None
                if lease is not None:
                    return lease
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await rung.wait()
        return None
