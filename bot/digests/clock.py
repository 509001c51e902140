"""When a schedule is due, a request is accepted for it: once, however many bots look at the clock.

APScheduler only wakes this up; what is due is worked out from the ledger each time, so that nothing
is lost with a process. A run that was missed is made up for within hours, as one, and says so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID, uuid5

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.digests.calendar import Schedule
from bot.digests.choosing import NOT_FLAGS
from bot.digests.own import KINDS
from bot.digests.phrases import Refused, read
from bot.ledger.memory import Outrun
from bot.ledger.schedules import Period, Scheduled, Schedules
from bot.ledger.writer import LedgerUnavailable
from bot.runs import Finding, Run
from generators.cues import is_noise
from generators.draft import (
    ContextUnavailable,
    Destination,
    EngineUnavailable,
    Line,
    Request,
    UserId,
)
from generators.recap import plain

log = logging.getLogger(__name__)

CATCH_UP: Final = timedelta(hours=6)
"""How long after its time a run is made up for."""
LATE: Final = timedelta(minutes=5)
"""From here on a digest says that it is late."""
LOOK_S: Final = 20
"""How often the schedules are read, for other bots may have changed them."""
FIRST: Final = timedelta(hours=24)
"""How far back the first digest goes."""
QUIET: Final = 3
"""With fewer messages of people since the last digest there is none, unless the schedule says."""
ROOM: Final = 3
"""A person of whom so many requests wait gets the next digest once one of them is done."""
TELLS: Final = "schedule"
"""The verb that tells an owner that a schedule is paused."""
_IDS: Final = UUID("5b1f6c4e-2a6d-4a0b-8f43-9d0b6f4f6a11")


class Look(Protocol):
    """Reads the place where a digest would go."""

    async def gather(self, request: Request) -> Request:
        """Return the request with what was said there.

        Raises ContextUnavailable where nothing can be read or posted, and EngineUnavailable where
        nobody knows.
        """
        ...


async def _always(_who: UserId) -> bool:
    return True


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Wakes up when something is due, and lets each local period be asked for once."""

    schedules: Schedules
    look: Look
    wake: Callable[[], None]
    """Called when there is something to claim."""
    room: Callable[[UserId], Awaitable[bool]] = _always
    """Tells whether one more request of a person would be taken; if not, it is looked at again."""
    now: Callable[[], datetime] = field(default=_now)
    own: Mapping[str, Finding] = field(default_factory=dict)
    """Kinds with a way of their own: a clock that has any looks at these and no others, so that
    what waits for a feed delays no digest."""

    async def run(self) -> None:
        """Look at the clock until cancelled."""
        rung = asyncio.Event()

        async def ring() -> None:
            rung.set()

        clock = AsyncIOScheduler(
            executors={"default": AsyncIOExecutor()},
            timezone=UTC,
            job_defaults={"coalesce": True, "misfire_grace_time": None},
            logger=_quiet(),
        )
        clock.add_job(ring, IntervalTrigger(seconds=LOOK_S))
        clock.start()
        try:
            while True:
                rung.clear()
                coming = await self._looked()
                if coming:
                    clock.add_job(ring, DateTrigger(coming), id="due", replace_existing=True)
                await rung.wait()
        finally:
            clock.shutdown(wait=False)

    async def sweep(self) -> datetime | None:
        """Settle everything that is due, and return when the next thing is."""
        now, coming = self.now(), list[datetime]()
        for one in await self.schedules.active():
            if (one.kind in KINDS) != bool(self.own):
                continue
            due, following = await _around(one, now)
            if due is not None:
                await self._settle(due, now)
            if following is not None:
                coming.append(following)
        if await self.schedules.reckon(paused):
            self.wake()
        return min(coming, default=None)

    async def _looked(self) -> datetime | None:
        try:
            return await self.sweep()
        except LedgerUnavailable as error:
            log.warning("what is due waits: the database does not answer, %s", error)
        return None

    async def _settle(self, period: Period, now: datetime) -> None:
        asked, one = fired(period, now), period.schedule
        if not await self.room(one.owner):
            return
        try:
            if own := self.own.get(one.kind):
                await self._found(period, await own.run(period, now))
            else:
                quiet = people((await self.look.gather(asked)).context) < quiet_of(one)
                await self.schedules.settle(period, "quiet" if quiet else "asked", asked)
        except EngineUnavailable:
            log.warning("schedule %(id)s waits: Slack does not answer", {"id": one.id[:8]})
            return
        except ContextUnavailable:
            await self.schedules.settle(period, "failed", paused(period))
        self.wake()

    async def _found(self, period: Period, run: Run) -> None:
        with suppress(Outrun):  # what somebody else has found meanwhile stands; it is looked again
            await self.schedules.settle(period, run.outcome, run.request, run.beside)


def planned(one: Scheduled) -> Schedule | Refused:
    """Return when a schedule runs."""
    return read(one.phrase, one.zone, one.options.get("holidays", ""))


def quiet_of(one: Scheduled) -> int:
    """Return with fewer messages than which there is no digest; what reads none always comes."""
    return int(one.options.get("quiet", QUIET if one.kind == "digest" else 0))


async def _around(one: Scheduled, now: datetime) -> tuple[Period | None, datetime | None]:
    """Return the same as `around`, in a thread where it may have to load what is known of days."""
    if "holidays" in one.options:
        return await asyncio.to_thread(around, one, now)
    return around(one, now)


def around(one: Scheduled, now: datetime) -> tuple[Period | None, datetime | None]:
    """Return the newest run that is due and not settled, and the next one after now."""
    made = planned(one)
    if isinstance(made, Refused):
        log.error("schedule %(id)s is not understood any more", {"id": one.id[:8]})
        return None, None
    after = max(now - CATCH_UP, datetime.fromtimestamp(one.done_ms / 1000, UTC))
    due, key = None, ""
    for run in made.runs(after, one.first):
        if run > now:
            period = Period(schedule=one, key=key, due_ms=_ms(due)) if due else None
            return period, run
        due, key = run, _key(run, flowing=made.flowing)
    return (Period(schedule=one, key=key, due_ms=_ms(due)) if due else None), None


def fired(period: Period, now: datetime) -> Request:
    """Return the request that a period makes: the same one, whoever makes it."""
    one = period.schedule
    flags = {name: value for name, value in one.options.items() if name not in NOT_FLAGS}
    first_ms = min(one.created_ms, period.due_ms - FIRST // timedelta(milliseconds=1))
    flags["since"] = f"{(one.since_ms or first_ms) / 1000:.3f}"
    flags["until"] = f"{period.due_ms / 1000:.3f}"
    flags["zone"] = one.zone
    if now - datetime.fromtimestamp(period.due_ms / 1000, UTC) >= LATE:
        flags["late"] = "yes"
    return Request(
        id=uuid5(_IDS, f"{one.id}:{period.key}"),
        verb=one.kind,
        prompt=one.phrase,
        user=one.owner,
        team=one.team,
        flags=flags,
        reply_to=Destination(channel=one.channel),
    )


def paused(period: Period) -> Request:
    """Return the request that tells an owner, in a direct message, why a schedule is paused."""
    one = period.schedule
    return Request(
        id=uuid5(_IDS, f"{one.id}:{period.key}:paused"),
        verb=TELLS,
        prompt=one.phrase,
        user=one.owner,
        team=one.team,
        flags={"paused": one.id},
        reply_to=Destination(channel=one.owner),
    )


def people(said: tuple[Line, ...]) -> int:
    """Count the messages in which people say something."""
    return sum(bool(plain(one.text)) and not is_noise(one.author, one.text) for one in said)


def _key(run: datetime, *, flowing: bool) -> str:
    """Return a run's local day and time; the hour that comes twice is two only for what flows."""
    local = run.replace(tzinfo=None).isoformat(timespec="minutes")
    return f"{local}{run:%z}" if flowing else local


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _quiet() -> logging.Logger:
    """Return APScheduler's logger, which would write a line at each look."""
    quiet = logging.getLogger("atelier.clock")
    quiet.setLevel(logging.ERROR)
    return quiet
