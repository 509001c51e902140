"""What was made before and people still see: the material of what is asked about it."""

from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import Session, col, select

from bot.ledger import tables
from bot.ledger.keys import Keys
from bot.ledger.reviewing import newest
from bot.ledger.rows import Made, requested, restored, seen
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
        found = await self.made(request_id)
        return None if found is None else (found[0], found[1].content)

    async def made(self, request_id: str) -> tuple[Request, Made] | None:
        """Return a request, and its answer with the model that made it; None as above."""
        return await self.writer.read(lambda session: self._made(session, request_id))

    async def at(self, channel: str, ts: str) -> str:
        """Return the id of the request whose answer a message is, or nothing."""

        def work(session: Session) -> str:
            here = tables.Send.channel == channel, tables.Send.ts == ts, col(tables.Send.part) >= 0
            return session.exec(select(tables.Send.request_id).where(*here)).first() or ""

        return await self.writer.read(work)

    def _made(self, session: Session, request_id: str) -> tuple[Request, Made] | None:
        row = session.get(tables.Request, request_id)
        if row is None or not seen(row):
            return None
        output, key = newest(session, request_id), self.keys.find(session, row.user)
        if output is None or key is None or row.kept != tables.WHOLE:
            return None
        with suppress(Unreadable):
            return requested(row, key), Made(restored(output, key), output.model)
        return None
