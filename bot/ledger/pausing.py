"""Operators pause the work, let it go on, and have what failed asked again.

One row says that it is paused, and every claim looks at it: all bots on one database stop and go on
with the same transaction, and a restart changes nothing.
"""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlmodel import Session

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.rows import accepted, now_ms, requested
from bot.ledger.sealed import Unreadable
from bot.ledger.statements import PAUSES, REQUESTS, added
from bot.ledger.writer import Writer
from generators.draft import Request, UserId

ONE: Final = 1
AGAIN: Final = frozenset({"failed", "expired"})
"""Outcomes after which a request may be asked again."""
_IDS: Final = UUID("b6f0c2c1-0a53-4c36-9b66-2f6b3f2f9f0e")
_PAUSED: Final = select(PAUSES.c.id)


@dataclass(frozen=True, slots=True)
class Switch:
    """The operators' part of the ledger."""

    writer: Writer
    keys: Keys

    async def pause(self, operator: UserId) -> None:
        """Let nobody begin or go on with an answer; what is under way ends first."""

        def work(session: Session) -> None:
            if added(session, PAUSES, {"id": ONE, "since_ms": now_ms()}):
                self._log(session, operator, "pause")

        await self.writer.write(work)

    async def resume(self, operator: UserId) -> None:
        """Let the work go on."""

        def work(session: Session) -> None:
            row = session.get(tables.Pause, ONE)
            if row is not None:
                session.delete(row)
                self._log(session, operator, "resume")

        await self.writer.write(work)

    async def paused(self) -> bool:
        """Tell whether the work is paused."""
        return await self.writer.read(is_paused)

    async def failed(self, request_id: str) -> Request | None:
        """Return a request that failed, if it can be asked again."""
        return await self.writer.read(lambda session: self._failed(session, request_id))

    async def again(self, request_id: str, person: UserId) -> bool:
        """Ask anew what failed, for who asked it; once, however often this is called."""

        def work(session: Session) -> bool:
            old = self._failed(session, request_id)
            if old is None:
                return False
            anew = replace(old, id=uuid5(_IDS, old.id.hex))
            key = self.keys.of(session, anew.user)
            if not added(session, REQUESTS, accepted(anew, key)):
                return False
            self._log(session, person, "again", request_id)
            return True

        return await self.writer.write(work)

    def _failed(self, session: Session, request_id: str) -> Request | None:
        row = session.get(tables.Request, request_id)
        if row is None or row.state != "done" or row.outcome not in AGAIN:
            return None
        try:
            return (
                requested(row, self.keys.find(session, row.user))
                if row.kept == tables.WHOLE
                else None
            )
        except Unreadable:
            return None

    def _log(self, session: Session, person: UserId, action: str, what: str = "work") -> None:
        actor = self.keys.pseudonym(session, person)
        self.keys.log(session, Entry(actor=actor, action=action, object=what))


def is_paused(session: Session) -> bool:
    """Tell whether operators have paused the work."""
    return session.connection().execute(_PAUSED).first() is not None
