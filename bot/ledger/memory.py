"""What schedules remember from run to run: entries of feeds that were told, the mood of channels.

It is written in the transaction that settles a run (`bot.ledger.schedules`), so that a run that is
settled is remembered, and one that is not is forgotten.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlmodel import Session, col

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.rows import now_ms
from bot.ledger.schedules import Scheduled
from bot.ledger.statements import FIRES, TOLD, WATCHED, added, put
from bot.ledger.writer import Writer
from generators.draft import UserId

KEPT_MS: Final = 90 * 24 * 3_600_000
"""How long an entry is remembered that its feed does not list any more."""
FIRES_MS: Final = 2 * 24 * 3_600_000
"""How long runs of a watch are remembered in which nothing was said: there are many."""

Beside = Callable[[Session], None]


class Outrun(ValueError):  # noqa: N818 - reads as the state it names
    """Somebody else has changed what was read; their change stands."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A channel's mood as it was read."""

    version: int = 0
    """0: nothing was kept yet."""
    state: str = ""
    quiet_ms: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """The part of the ledger that remembers for schedules."""

    writer: Writer
    keys: Keys

    async def told(self, schedule: str) -> Collection[str] | None:
        """Return the entries that were told or passed over; None where none was read yet."""

        def work(session: Session) -> Collection[str] | None:
            query = select(TOLD.c.entry).where(TOLD.c.schedule_id == schedule)
            return {row[0] for row in session.connection().execute(query)} or None

        return await self.writer.read(work)

    async def watched(self, schedule: str) -> Watched:
        """Return a channel's mood as it was kept last."""

        def work(session: Session) -> Watched:
            row = session.get(tables.WatchState, schedule)
            return Watched(row.version, row.state, row.quiet_ms) if row else Watched()

        return await self.writer.read(work)

    async def schedule_of(self, request: str) -> str | None:
        """Return the schedule that a request was made by."""

        def work(session: Session) -> str | None:
            query = select(FIRES.c.schedule_id).where(FIRES.c.request_id == request)
            found: str | None = session.connection().execute(query).scalar()
            return found

        return await self.writer.read(work)

    async def hush(self, one: Scheduled, until_ms: int, person: UserId, action: str) -> bool:
        """Let a watch say nothing until a moment, and log who wanted it; a later one stands.

        Tell whether that is new.
        """

        def work(session: Session) -> bool:
            row = session.get(tables.WatchState, one.id)
            if row is None or row.quiet_ms >= until_ms:
                return False
            row.quiet_ms, row.version = until_ms, row.version + 1
            actor = self.keys.pseudonym(session, person)
            self.keys.log(session, Entry(actor=actor, action=action, object=one.id))
            return True

        return await self.writer.write(work)


def telling(schedule: str, entries: Collection[str], fresh: Collection[str] = ()) -> Beside:
    """Return what remembers all entries that a feed lists now, and forgets old ones.

    It raises Outrun where one of those that are to be told was told meanwhile.
    """

    def beside(session: Session) -> None:
        at_ms = now_ms()
        for entry in dict.fromkeys(("", *entries)):
            row = {"schedule_id": schedule, "entry": entry, "at_ms": at_ms}
            if not added(session, TOLD, row) and entry in fresh:
                raise Outrun(schedule)
        kept = tables.ToldEntry
        gone = col(kept.entry).not_in(["", *entries]) & (col(kept.at_ms) < at_ms - KEPT_MS)
        session.execute(delete(kept).where(col(kept.schedule_id) == schedule, gone))

    return beside


def keeping(schedule: str, before: Watched, state: str, quiet_ms: int) -> Beside:
    """Return what keeps a channel's mood, if nobody has since it was read; or raises Outrun."""

    def beside(session: Session) -> None:
        row = session.get(tables.WatchState, schedule)
        if (row.version if row else 0) != before.version:
            raise Outrun(schedule)
        values = {"state": state, "quiet_ms": quiet_ms, "version": before.version + 1}
        session.expire_all()
        put(session, WATCHED, {"schedule_id": schedule, **values})
        fire = tables.Fire
        old = (col(fire.at_ms) < now_ms() - FIRES_MS) & (col(fire.outcome) == "quiet")
        session.execute(delete(fire).where(col(fire.schedule_id) == schedule, old))

    return beside
