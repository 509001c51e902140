"""What channels get again and again, and which of their periods are settled.

A period is settled, the schedule moved on and the request accepted in one transaction, whose key is
schedule and local period: however many bots wake up, and wherever one of them dies, it is asked
once or it is not settled yet.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, get_args

from sqlalchemy import Row, Select, delete, func, select
from sqlmodel import Session, col

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.reckoning import FAILURES, NOW, before, has_ended, reckoned
from bot.ledger.rows import accepted, now_ms
from bot.ledger.statements import FIRES, REQUESTS, SCHEDULES, added, changing
from bot.ledger.writer import Writer
from generators.draft import Request, UserId

State = Literal["active", "paused", "failing", "deleted"]
Settled = Literal["asked", "quiet", "failed"]

MOST: Final = 20
"""Schedules that one channel may have."""
KEPT_MS: Final = 90 * 24 * 3_600_000
"""How long it is remembered that a period is settled; what is missed is made up for hours only."""
_ROW: Final = tables.Schedule
_ALIVE: Final = SCHEDULES.c.state != "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """One schedule, as it stands."""

    id: str
    number: int
    kind: str
    """The verb that is asked for at each run."""
    team: str
    channel: str
    owner: UserId
    phrase: str
    zone: str
    options: Mapping[str, str] = field(default_factory=dict)
    state: State = "active"
    first: date | None = None
    """The local day from which every other day or week is counted."""
    failures: int = 0
    created_ms: int = 0
    done_ms: int = 0
    """The latest moment of which it is settled whether it ran."""
    since_ms: int = 0
    """From where on the next run has to tell what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One run of a schedule that is due."""

    schedule: Scheduled
    key: str
    """The local day and time, or whatever else makes it one of its kind."""
    due_ms: int


class TooMany(Exception):  # noqa: N818 - reads as the state it names
    """A channel has as many schedules as it may."""


@dataclass(frozen=True, slots=True)
class Schedules:
    """The part of the ledger that knows what is to come."""

    writer: Writer
    keys: Keys

    async def keep(self, wanted: Scheduled) -> Scheduled:
        """Store a schedule under the channel's next number; the same id again is the same one.

        Raises TooMany.
        """

        def work(session: Session) -> Scheduled:
            known = session.get(_ROW, wanted.id)
            if known is None:
                known = _ROW(**_columns(wanted, _number(session, wanted.channel)))
                session.add(known)
                self._log(session, wanted.owner, "schedule", wanted.id)
                session.flush()
            return _read(known)

        return await self.writer.write(work)

    async def of(self, channel: str) -> Sequence[Scheduled]:
        """Return what a channel gets, paused or not, by number."""
        query = select(SCHEDULES).where(SCHEDULES.c.channel == channel, _ALIVE)
        return await self._found(query.order_by(SCHEDULES.c.number))

    async def active(self) -> Sequence[Scheduled]:
        """Return everything that runs."""
        return await self._found(select(SCHEDULES).where(SCHEDULES.c.state == "active"))

    async def get(self, identity: str) -> Scheduled | None:
        """Return one by its id."""
        found = await self._found(select(SCHEDULES).where(SCHEDULES.c.id == identity))
        return next(iter(found), None)

    async def turn(self, one: Scheduled, state: State, person: UserId, **more: object) -> None:
        """Let a schedule run, rest or be gone; what was due while it rested is passed over."""

        def work(session: Session) -> None:
            changed = {"state": state, "failures": 0, **more}
            if state == "active":
                changed["done_ms"] = now_ms()
            if _changed(session, one.id, changed):
                self._log(session, person, f"schedule.{state}", one.id)

        await self.writer.write(work)

    async def change(self, one: Scheduled, person: UserId) -> None:
        """Let a schedule be another one under its number, which runs."""
        columns = _columns(one, one.number)
        names = ("kind", "phrase", "zone", "options", "first_day")
        await self.turn(one, "active", person, **{name: columns[name] for name in names})

    async def settle(
        self,
        period: Period,
        outcome: Settled,
        request: Request | None,
        beside: Callable[[Session], None] | None = None,
    ) -> bool:
        """Settle a period, once; the request is accepted with it. Tell whether it was new.

        A schedule that could not run too often is paused, and only then the request is accepted,
        which tells its owner so. `beside` writes what else goes with it (`bot.ledger.memory`).
        """

        def work(session: Session) -> bool:
            one = session.get(_ROW, period.schedule.id)
            if one is None or (one.state != "active" and not period.key.startswith(NOW)):
                return False
            row: dict[str, Any] = {"schedule_id": one.id, "period": period.key, "outcome": outcome}
            row |= {"request_id": None, "at_ms": now_ms(), **before(one, period.due_ms)}
            if not added(session, FIRES, row):
                return False
            if _moved(one, period, outcome) and request is not None:
                self._ask(session, period, request)
            if beside is not None:
                beside(session)
            _forget(session, one.id)
            return True

        return await self.writer.write(work)

    async def outcome(self, period: Period) -> str | None:
        """Return how a period was settled, or what became of it since; None where it is not."""

        def work(session: Session) -> str | None:
            row = session.get(tables.Fire, (period.schedule.id, period.key))
            return row.outcome if row else None

        return await self.writer.read(work)

    async def reckon(self, tell: Callable[[Period], Request]) -> int:
        """Count what was asked for and came to nothing as failures, each once.

        Return how many schedules are paused for it; `tell` makes the request that tells an owner.
        """

        def work(session: Session) -> int:
            def rest(row: tables.Schedule, fire: Row[Any]) -> None:
                session.flush()
                told = tell(Period(schedule=_read(row), key=fire.period, due_ms=fire.due_ms))
                added(session, REQUESTS, accepted(told, self.keys.of(session, told.user)))

            return reckoned(session, rest)

        return await self.writer.write(work) if await self.writer.read(has_ended) else 0

    def _ask(self, session: Session, period: Period, request: Request) -> None:
        session.flush()
        added(session, REQUESTS, accepted(request, self.keys.of(session, request.user)))
        names = changing(FIRES, ("request_id",), (), "schedule_id period")
        is_it = {"is_schedule_id": period.schedule.id, "is_period": period.key}
        session.connection().execute(names, {"to_request_id": request.id.hex, **is_it})

    async def _found(self, query: Select[Any]) -> Sequence[Scheduled]:
        def work(session: Session) -> Sequence[Scheduled]:
            return [_read(row) for row in session.connection().execute(query)]

        return await self.writer.read(work)

    def _log(self, session: Session, person: UserId, action: str, identity: str) -> None:
        actor = self.keys.pseudonym(session, person)
        self.keys.log(session, Entry(actor=actor, action=action, object=identity))


def _moved(row: tables.Schedule, period: Period, outcome: Settled) -> bool:
    """Move a schedule past a period; tell whether its request is to be made."""
    row.done_ms = max(row.done_ms, period.due_ms)
    if not period.key.startswith(NOW):  # what is run by hand mends nothing, and breaks nothing
        row.failures = row.failures + 1 if outcome == "failed" else 0
    if outcome == "asked":
        row.since_ms = period.due_ms
    if outcome == "failed" and row.failures >= FAILURES:
        row.state = "failing"
    return outcome == "asked" or row.state == "failing"


def _forget(session: Session, identity: str) -> None:
    old = col(tables.Fire.at_ms) < now_ms() - KEPT_MS
    session.execute(delete(tables.Fire).where(col(tables.Fire.schedule_id) == identity, old))


def _number(session: Session, channel: str) -> int:
    """Return the next number of a channel. Raises TooMany."""
    here = SCHEDULES.c.channel == channel
    connection = session.connection()
    alive = connection.execute(select(func.count()).where(here, _ALIVE)).scalar_one()
    if alive >= MOST:
        raise TooMany(channel)
    last = connection.execute(select(func.max(SCHEDULES.c.number)).where(here)).scalar_one()
    return int(last or 0) + 1


def _changed(session: Session, identity: str, values: Mapping[str, object]) -> bool:
    statement = SCHEDULES.update().where(SCHEDULES.c.id == identity, _ALIVE).values(**values)
    return bool(session.connection().execute(statement.returning(SCHEDULES.c.id)).all())


def _columns(one: Scheduled, number: int) -> dict[str, Any]:
    names = "id kind team channel owner phrase zone state failures created_ms done_ms since_ms"
    return {
        **{name: getattr(one, name) for name in names.split()},
        "number": number,
        "options": json.dumps(dict(one.options)),
        "first_day": one.first.isoformat() if one.first else "",
    }


def _read(row: tables.Schedule | Row[Any]) -> Scheduled:
    names = "id number kind team channel phrase zone failures created_ms done_ms since_ms"
    return Scheduled(
        **{name: getattr(row, name) for name in names.split()},
        owner=UserId(row.owner),
        options=json.loads(row.options),
        state=next(one for one in get_args(State) if one == row.state),
        first=date.fromisoformat(row.first_day) if row.first_day else None,
    )
