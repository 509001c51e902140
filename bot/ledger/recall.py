"""What was made before and people still see: the material of what is asked about it."""

from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import Session

from bot.ledger import tables
from bot.ledger.keys import Keys
from bot.ledger.reviewing import newest
from bot.ledger.rows import requested, restored, seen
from bot.ledger.sealed import Unreadable
from bot.ledger.writer import Writer
from generators.draft import Content, Request


@dataclass(frozen=True, slots=True)
class Recall:
    """The part of the ledger for answers that others build on."""

    writer: Writer
    keys: Keys

    async def shown(self, request_id: str) -> tuple[Request, Content] | None:
        """Return a request and its answer; None where nobody sees it any more, or can read it."""
        return await self.writer.read(lambda session: self._shown(session, request_id))

    def _shown(self, session: Session, request_id: str) -> tuple[Request, Content] | None:
        row = session.get(tables.Request, request_id)
        if row is None or not seen(row):
            return None
        output, key = newest(session, request_id), self.keys.find(session, row.user)
        if output is None or key is None or row.kept != tables.WHOLE:
            return None
        with suppress(Unreadable):
            return requested(row, key), restored(output, key)
        return None
