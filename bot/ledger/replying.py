"""What becomes of drafted replies: decided on once, written down, and then sent once.

Whoever changes the row of a draft from `open` has decided; all bots on one database see one row.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid5

from sqlmodel import Session, col, select, update

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.reviewing import newest
from bot.ledger.rows import accepted, now_ms, requested, restored, seen
from bot.ledger.sealed import DataKey, Unreadable
from bot.ledger.statements import REQUESTS, added
from bot.ledger.writer import Writer
from generators.draft import Request, UserId, fingerprint, words
from moderation.gate import Assessment
from moderation.policy import Direction

REPLY: Final = -9
"""The part of a draft's request that is the message to the customer."""
ANNOUNCED: Final = -(1 << 19)
"""The part that tells approvers of an article that its reply suggests."""
BATCH: Final = 20
_IDS: Final = UUID("5f8e6a52-3c7b-4f0e-8a0d-0a4a3e6f5b11")
_ROW = tables.Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A draft that nobody decided on yet."""

    request: Request
    body: str
    """What was drafted, as it is shown to who asked."""
    model: str
    seen_ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person decides about a draft."""

    decision: str
    reason: str = ""
    sent: Assessment | None = None
    """What the gate says of the words that are to be sent."""
    distance: int = 0
    """How far they are from the draft, in thousandths."""
    sends: bool = False
    """Whether something goes to the customer: these words, or a fixed sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A reply that was decided on, and of which nobody knows that it is there."""

    request: Request
    text: str
    """Empty: the fixed sentence that a person takes over."""
    body: str
    """What was drafted."""
    model: str
    who: UserId


@dataclass(frozen=True, slots=True)
class Replies:
    """The part of the ledger for drafted replies."""

    writer: Writer
    keys: Keys

    async def read(self, request_id: str, seen_ts: str) -> None:
        """Record how far a customer's thread was read for a draft that is about to be made."""

        def work(session: Session) -> None:
            row = session.get(_ROW, request_id)
            if row is None:
                given = {"request_id": request_id, "seen_ts": seen_ts, "opened_ms": now_ms()}
                session.add(_ROW(**given))
            elif row.state == "open":
                row.seen_ts = seen_ts

        await self.writer.write(work)

    async def pending(self, request_id: str) -> Pending | None:
        """Return a draft that can be decided on; None where there is none (any more)."""
        return await self.writer.read(lambda session: _pending(session, self.keys, request_id))

    async def decide(self, request_id: str, who: UserId, choice: Choice) -> bool:
        """Record a decision with its verdict; False where somebody was faster."""
        return await self.writer.write(
            lambda session: _decided(session, self.keys, (request_id, who), choice)
        )

    async def anew(self, request_id: str, who: UserId, style: str) -> bool:
        """Ask for another draft, for who asked for this one; False where this one is decided."""

        def work(session: Session) -> bool:
            old = _pending(session, self.keys, request_id)
            choice = Choice(decision=style)
            if old is None or not _decided(session, self.keys, (request_id, who), choice):
                return False
            new = uuid5(_IDS, old.request.id.hex)
            flags = {**old.request.flags, "style": style}
            anew = replace(old.request, id=new, flags=flags)
            return added(session, REQUESTS, accepted(anew, self.keys.of(session, anew.user)))

        return await self.writer.write(work)

    async def sent(self, request_id: str, *, lost: bool = False) -> None:
        """Record that a reply is in the customer's thread, or that Slack does not take it."""

        def work(session: Session) -> None:
            mine = update(_ROW).where(col(_ROW.request_id) == request_id)
            state = "lost" if lost else "sent"
            session.execute(mine.where(col(_ROW.state) == "sending").values(state=state))

        await self.writer.write(work)

    async def unsent(self, before_ms: int) -> Sequence[Unsent]:
        """Return what was decided before a moment and is not known to be there."""
        return await self.writer.read(lambda session: _unsent(session, self.keys, before_ms))


def _pending(session: Session, keys: Keys, request_id: str) -> Pending | None:
    row, asked = session.get(_ROW, request_id), session.get(tables.Request, request_id)
    if row is None or asked is None or row.state != "open" or asked.kept != tables.WHOLE:
        return None
    if not seen(asked):
        return None
    output, key = newest(session, request_id), keys.find(session, asked.user)
    with suppress(Unreadable):
        if output is not None and key is not None:
            return Pending(
                request=requested(asked, key),
                body=words(restored(output, key)),
                model=output.model,
                seen_ts=row.seen_ts,
            )
    return None


def _decided(session: Session, keys: Keys, taker: tuple[str, UserId], choice: Choice) -> bool:
    request_id, who = taker
    asked = session.get(tables.Request, request_id)
    open_ = col(_ROW.request_id) == request_id, col(_ROW.state) == "open"
    taken = (
        update(_ROW)
        .where(*open_)
        .values(
            state="sending" if choice.sends else "closed",
            decision=choice.decision,
            decided_by=who,
            decided_ms=now_ms(),
            reason=choice.reason,
            distance=choice.distance,
        )
    )
    if asked is None or not session.scalars(taken.returning(col(_ROW.request_id))).all():
        return False
    if choice.sent is not None:
        _kept(session, asked, choice.sent, keys.of(session, asked.user))
    actor, detail = keys.pseudonym(session, who), choice.reason
    action = f"reply_{choice.decision}"
    keys.log(session, Entry(actor=actor, action=action, object=request_id, detail=detail))
    return True


def _kept(session: Session, asked: tables.Request, sent: Assessment, key: DataKey) -> None:
    """Keep the words that are to be sent, and the verdict on exactly them."""
    said = words(sent.content)
    text = key.seal(f"reply.text:{asked.id}", said)
    session.execute(update(_ROW).where(col(_ROW.request_id) == asked.id).values(text=text))
    session.add(
        tables.Verdict(
            request_id=asked.id,
            attempt=asked.attempt,
            direction=Direction.OUTPUT,
            action=sent.action.name.lower(),
            sha256=key.mark(fingerprint(sent.content)),
            categories=" ".join(sent.categories),
            policy_sha256=sent.policy_sha256,
            at_ms=now_ms(),
        )
    )
    asked.verdict_rows += 1


def _unsent(session: Session, keys: Keys, before_ms: int) -> Sequence[Unsent]:
    waiting = select(_ROW, tables.Request).join(tables.Request).where(_ROW.state == "sending")
    late = waiting.where(col(_ROW.decided_ms) < before_ms).order_by(col(_ROW.decided_ms))
    return [
        one
        for row, asked in session.exec(late.limit(BATCH)).all()
        if (one := _left(session, keys, row, asked)) is not None
    ]


def _left(session: Session, keys: Keys, row: tables.Reply, asked: tables.Request) -> Unsent | None:
    key, output = keys.find(session, asked.user), newest(session, asked.id)
    with suppress(Unreadable):
        if key is not None and output is not None:
            return Unsent(
                request=requested(asked, key),
                text=key.read(f"reply.text:{asked.id}", row.text) if row.text else "",
                body=words(restored(output, key)),
                model=output.model,
                who=UserId(row.decided_by or ""),
            )
    return None
