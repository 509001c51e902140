"""An answer that was shown is deleted by who asked for it: its row says so, its messages go.

The row comes first. From that moment on nothing is built on the answer any more, and whoever still
shows it loses the lease; the messages are those that the ledger knows, and what could not be
deleted in Slack stays known until it is. So do half-made pictures whose request has ended: a crash,
or Slack, has left them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlmodel import Session, and_, col, or_, select

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.posted import TAKEN_BACK, Posted
from bot.ledger.reviewing import BATCH
from bot.ledger.rows import now_ms, seen
from bot.ledger.sketched import SKETCH
from bot.ledger.writer import Writer
from generators.draft import UserId

DELETED: Final = "DELETED"
"""The name of the notice that stands in the row; nobody is shown it."""
Deleted = Literal["deleted", "not theirs", "gone"]
_ENDED: Final = ("done", "held")
"""States in which no half-made picture is shown any more."""
_REST: Final = (-2, -3)
"""What belongs to an answer beside its messages: the one in direct messages, and the picture."""


@dataclass(frozen=True, slots=True)
class Deleting:
    """The part of the ledger for answers that people delete."""

    writer: Writer
    keys: Keys

    async def delete(self, request_id: str, person: UserId, *, operator: bool) -> Deleted:
        """Record that an answer is deleted, if it is this person's or they are an operator."""

        def work(session: Session) -> Deleted:
            row = session.get(tables.Request, request_id)
            if row is None or not seen(row):
                return "gone"
            if row.user != person and not operator:
                return "not theirs"
            row.state, row.owner, row.lease_until_ms = "done", None, 0
            row.outcome, row.notice, row.finished_ms = "deleted", DELETED, now_ms()
            actor = self.keys.pseudonym(session, person)
            self.keys.log(session, Entry(actor=actor, action="delete", object=request_id))
            return "deleted"

        return await self.writer.write(work)

    async def left(self) -> Sequence[Posted]:
        """Return what is still in Slack of answers that were deleted, and of half-made pictures."""
        part, ts = col(tables.Send.part), col(tables.Send.ts)
        gone = and_(col(tables.Request.notice) == DELETED, or_(part >= 0, part.in_(_REST)))
        over = and_(part >= SKETCH, col(tables.Request.state).in_(_ENDED))
        theirs = select(tables.Send).join(tables.Request).where(or_(gone, over))
        theirs = theirs.where(ts.is_not(None), ts != TAKEN_BACK)

        def work(session: Session) -> Sequence[Posted]:
            found = session.exec(theirs.limit(BATCH)).all()
            return [Posted(row.request_id, row.part, row.channel, row.ts or "") for row in found]

        return await self.writer.read(work)

    async def removed(self, message: Posted) -> None:
        """Write down that a message is no more."""

        def work(session: Session) -> None:
            session.get_one(tables.Send, (message.request_id, message.part)).ts = TAKEN_BACK

        await self.writer.write(work)
