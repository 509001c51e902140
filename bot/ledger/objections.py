"""Reports of answers that people can see: each is one more round of deciding, after all others.

The answer stays until a reviewer decides. Whoever asked decides nothing about it, nor does whoever
decided the first time (`bot.ledger.reviewing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.posted import TAKEN_BACK, Posted
from bot.ledger.reviewing import BATCH, REPORT, Taken, newest, takeable, under_report
from bot.ledger.rows import decision, now_ms, seen
from bot.ledger.writer import Writer
from generators.draft import UserId

Filed = Literal["opened", "merged", "closed"]
"""The first report of an answer; one more; or none, for there is nothing to decide (any more)."""
REPORTERS: Final = -(1 << 20)
"""The parts from here downwards are the messages to those who reported a request's answer."""
_REST: Final = (-2, -3)
"""What belongs to an answer beside its message: the one in direct messages, and the file."""
_FILES: Final = (1 - (1 << 19), -10)
"""Between these are the parts that are files in place of others."""


@dataclass(frozen=True, slots=True)
class Objections:
    """The part of the ledger for what people report."""

    writer: Writer
    keys: Keys

    async def file(self, request_id: str, person: UserId, reason: str) -> Filed:
        """Record that a person reports an answer; the first opens the round."""
        return await self.writer.write(
            lambda session: _filed(session, self.keys, (request_id, person), reason)
        )

    async def rule(self, request_id: str, who: UserId, *, take_back: bool) -> Taken:
        """Record what a reviewer decides: the answer is taken back, or stays."""
        return await self.writer.write(
            lambda session: _ruled(session, self.keys, (request_id, who), take_back=take_back)
        )

    async def at(self, channel: str, ts: str) -> str | None:
        """Return the id of the request whose answer a message is (a part of)."""

        def work(session: Session) -> str | None:
            here = tables.Send.channel == channel, tables.Send.ts == ts, col(tables.Send.part) >= 0
            return session.exec(select(tables.Send.request_id).where(*here)).first()

        return await self.writer.read(work)

    async def told(self, request_id: str) -> Sequence[Posted]:
        """Return the messages to those who reported it."""
        mine = tables.Send.request_id == request_id, col(tables.Send.part) <= REPORTERS
        return await self.writer.read(lambda session: _posted(session, *mine))

    async def left(self) -> Sequence[Posted]:
        """Return what is still there beside the messages of answers that were taken back."""
        part = col(tables.Send.part)
        rest = or_(part > 0, part.in_(_REST), part.between(*_FILES))
        gone = select(tables.Review.request_id).where(tables.Review.decision == "take_back")
        which = col(tables.Send.request_id).in_(gone), rest
        return await self.writer.read(lambda session: _posted(session, *which))

    async def removed(self, message: Posted) -> None:
        """Write down that a message is no more."""

        def work(session: Session) -> None:
            session.get_one(tables.Send, (message.request_id, message.part)).ts = TAKEN_BACK

        await self.writer.write(work)


def _posted(session: Session, *which: ColumnElement[bool] | bool) -> Sequence[Posted]:
    there = col(tables.Send.ts).is_not(None), col(tables.Send.ts) != TAKEN_BACK
    found = session.exec(select(tables.Send).where(*which, *there).limit(BATCH)).all()
    return [Posted(row.request_id, row.part, row.channel, row.ts or "") for row in found]


def _filed(session: Session, keys: Keys, about: tuple[str, UserId], reason: str) -> Filed:
    request_id, person = about
    row = session.get(tables.Request, request_id)
    if row is None or not _is_shown(session, row):
        return "closed"
    review = session.get(tables.Review, (request_id, REPORT))
    if review is not None and review.decision is not None:
        return "closed"
    actor = keys.pseudonym(session, person)
    keys.log(session, Entry(actor=actor, action="report", object=request_id, detail=reason))
    if review is not None:
        return "merged"
    session.add(tables.Review(request_id=request_id, round=REPORT, opened_ms=now_ms()))
    return "opened"


def _is_shown(session: Session, row: tables.Request) -> bool:
    """Tell whether it has an answer that people see, and that can be read yet."""
    return seen(row) and row.kept == tables.WHOLE and newest(session, row.id) is not None


def _ruled(session: Session, keys: Keys, taker: tuple[str, UserId], *, take_back: bool) -> Taken:
    request_id, who = taker
    row = session.get(tables.Request, request_id)
    if row is None or not under_report(session, row):
        return "decided"
    taken, output = takeable(session, row, who), newest(session, request_id)
    if taken != "taken":
        return taken
    review = session.get_one(tables.Review, (request_id, REPORT))
    review.decision = "take_back" if take_back else "dismiss"
    review.decided_by, review.decided_ms = who, now_ms()
    if take_back and output is not None:
        row.state, row.owner, row.lease_until_ms = "ready", None, 0
        row.outcome, row.notice, row.finished_ms = "rejected", "TAKEN_BACK", None
        session.add(decision(row, output, who, approve=False))
        row.verdict_rows += 1
    actor = keys.pseudonym(session, who)
    keys.log(session, Entry(actor=actor, action=review.decision, object=request_id))
    return "taken"
