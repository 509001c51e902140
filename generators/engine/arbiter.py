"""Who is on the device: several models share its memory, and one may have to wait for a place.

Bookkeeping on the event loop, which knows neither models nor torch. A model that is there is used
at once, whoever else is on the way. One that is not there comes when there is room. Room is made by
sending away whoever was idle the longest, but nobody before a stay of several times what it took to
bring them, so that models never swap for each request. One that is always busy is asked to finish
when somebody has waited too long; its own requests then wait in turn.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from generators.engine.errors import Busy, NotReady, Refusal

STAY_S = 10.0
STAY_LOADS = 5.0
"""A stay lasts at least this many times what bringing the model took."""
PATIENCE_S = 20.0


class Tenant(Protocol):
    """A model as the arbiter sees it."""

    @property
    def size_bytes(self) -> int:
        """What it takes of the device: as its files say at first, then as measured."""

    async def bring(self) -> None:
        """Load it; raises when it cannot be."""

    async def leave(self) -> None:
        """Unload it; nobody uses it."""


@dataclass(slots=True)
class _Place:
    tenant: Tenant
    here: bool = False
    leaving: bool = False
    users: int = 0
    since_s: float = 0.0
    used_s: float = 0.0
    stay_s: float = STAY_S
    waiting: "list[tuple[float, asyncio.Future[None]]]" = field(default_factory=list)

    @property
    def oldest_s(self) -> float:
        """Since when somebody waits for it."""
        return self.waiting[0][0]


class Arbiter:
    """Decides which models are on the device; without a capacity, all are."""

    def __init__(
        self,
        capacity_bytes: int | None,
        *,
        waiting: int = 32,
        stay_s: float = STAY_S,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the device's memory, and how many requests may wait for one model to come."""
        self.capacity_bytes = capacity_bytes
        self._waiting = waiting
        self._stay_s = stay_s
        self._patience_s = patience_s
        self._clock = clock
        self._places: dict[int, _Place] = {}
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    @property
    def free_bytes(self) -> int:
        """What is left of the device's memory."""
        taken = sum(place.tenant.size_bytes for place in self._places.values() if place.here)
        return (self.capacity_bytes or 0) - taken

    @property
    def waiting(self) -> int:
        """Requests that wait for a model to come."""
        return sum(len(place.waiting) for place in self._places.values())

    async def settle(self, tenants: Sequence[Tenant]) -> None:
        """Bring the models that fit beside each other, the first ones first."""
        for tenant in tenants:
            place = self._place(tenant)
            if tenant.size_bytes <= self.free_bytes:
                await self._bring(place)

    async def hold(self, tenant: Tenant) -> None:
        """Wait until the model is there, and keep it there until `release`.

        Raises Busy when too many wait, and NotReady when it cannot be brought.
        """
        if self.capacity_bytes is None:
            return
        place = self._place(tenant)
        if place.here and not place.leaving:
            place.users += 1
            return
        if len(place.waiting) >= self._waiting:
            raise Busy(f"{self._waiting} requests already wait for this model. Try again later.")
        there = asyncio.get_running_loop().create_future()
        place.waiting.append((self._clock(), there))
        self._stir()
        try:
            await there
        except asyncio.CancelledError:
            place.waiting = [one for one in place.waiting if one[1] is not there]
            if not there.cancelled():  # it was there just when nobody waited any more
                self.release(tenant)
            self._changed.set()
            raise

    def release(self, tenant: Tenant) -> None:
        """Say that one request has ended."""
        place = self._places.get(id(tenant))
        if place is not None:
            place.users -= 1
            place.used_s = self._clock()
            self._changed.set()

    def end(self, refusal: Refusal) -> None:
        """Let those who wait for a model go with this answer."""
        for place in self._places.values():
            self._refuse(place, refusal)

    def _place(self, tenant: Tenant) -> _Place:
        return self._places.setdefault(id(tenant), _Place(tenant))

    def _stir(self) -> None:
        self._changed.set()
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._arrange())

    async def _arrange(self) -> None:
        """Bring whom somebody waits for, who has waited the longest first."""
        while coming := self._next():
            self._changed.clear()
            if coming.tenant.size_bytes > (self.capacity_bytes or 0):
                reason = "This model does not fit the device's memory."
                self._refuse(coming, NotReady(reason, param="model"))
            elif coming.tenant.size_bytes <= self.free_bytes:
                self._relent()
                await self._bring(coming)
            elif (victim := self._victim(coming)) and not victim.users:
                await self._send_away(victim)
            else:
                await self._wait(coming)
        self._relent()

    def _next(self) -> _Place | None:
        asked = [place for place in self._places.values() if place.waiting and not place.here]
        return min(asked, key=lambda place: place.oldest_s, default=None)

    def _victim(self, coming: _Place) -> _Place | None:
        """Return who has to go: idle, or busy for so long that somebody's patience has ended."""
        there = [place for place in self._places.values() if place.here]
        leaving = next((place for place in there if place.leaving), None)
        if leaving is not None:
            return leaving
        now = self._clock()
        stayed = [place for place in there if now - place.since_s >= place.stay_s]
        impatient = now - coming.oldest_s >= self._patience_s
        may_go = [place for place in stayed if impatient or not place.users]
        if sum(place.tenant.size_bytes for place in may_go) + self.free_bytes < (
            coming.tenant.size_bytes
        ):
            return None
        victim = min(may_go, key=lambda place: (place.users > 0, place.used_s))
        victim.leaving = True
        return victim

    async def _bring(self, place: _Place) -> None:
        begun = self._clock()
        try:
            await place.tenant.bring()
        except Exception as error:  # noqa: BLE001 - loading raises what it likes; the slot says it
            reason = error.message if isinstance(error, NotReady) else "The model cannot be loaded."
            self._refuse(place, NotReady(reason, param="model"))
            return
        place.here, place.since_s = True, self._clock()
        place.used_s = place.since_s
        place.stay_s = max(self._stay_s, STAY_LOADS * (place.since_s - begun))
        self._let_in(place)

    def _let_in(self, place: _Place) -> None:
        for _, there in place.waiting:
            if not there.done():
                place.users += 1
                there.set_result(None)
        place.waiting = []

    def _relent(self) -> None:
        """Let those stay who were asked to finish, where nobody needs their room any more."""
        for place in self._places.values():
            if place.leaving:
                place.leaving = False
                self._let_in(place)

    async def _send_away(self, place: _Place) -> None:
        await place.tenant.leave()
        place.here = place.leaving = False

    async def _wait(self, coming: _Place) -> None:
        """Wait until a request ends or comes, or until somebody's time is up."""
        now = self._clock()
        there = [place for place in self._places.values() if place.here]
        due = [place.since_s + place.stay_s for place in there]
        due.append(coming.oldest_s + self._patience_s)
        left_s = min((moment - now for moment in due if moment > now), default=None)
        try:
            await asyncio.wait_for(self._changed.wait(), left_s)
        except TimeoutError:
            return

    def _refuse(self, place: _Place, refusal: Refusal) -> None:
        for _, there in place.waiting:
            if not there.done():
                there.set_exception(refusal)
        place.waiting = []
