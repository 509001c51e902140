"""What reviewers do with held answers: rounds of claiming and deciding, appeals, expiry.

A round ends with the first decision; an
appeal opens the second round, which whoever decided the first does not decide. None has a third.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from sqlmodel import Session, and_, col, or_, select

from bot.ledger import tables
from bot.ledger.accounts import Accounts
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.rows import (
    decision,
    now_ms,
    refusal,
    refused,
    requested,
    restored,
    stored,
    undecided,
)
from bot.ledger.sealed import DataKey, Unreadable
from bot.ledger.writer import Writer
from generators.draft import Call, Draft, Request, UserId, fingerprint, words
from moderation.gate import Assessment

CLAIM_MS = 15 * 60_000
"""So long a claim keeps others from deciding."""
ROUNDS = 2
REPORT = 3
"""The round of an answer that was shown, and that somebody reported (`bot.ledger.objections`)."""
BATCH = 100
CARD, CARD_FILE, CLAIMED = -1, -4, -5
_AGAIN: Final = MappingProxyType({CARD: -6, CARD_FILE: -8, CLAIMED: -7})
_REPORTED: Final = MappingProxyType({CARD: -(1 << 19), CARD_FILE: -(1 << 19) - 1})
"""The messages to the reviewers: those of the second round, and those about a report."""
Taken = Literal["taken", "decided", "own", "elsewhere", "again"]
"""What came of it: done; too late; it is their own request; another reviewer claimed it; they
decided the first round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a reviewer decides: `edit` is what is shown instead, as the gate cleared it."""

    approve: bool
    reason: str = ""
    """A name of `bot.views.review.REASONS`; only with a rejection."""
    note: str = ""
    """For the record, in the reviewer's words."""
    edit: tuple[Draft, Assessment] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A held answer as a list shows it: nothing of what it says."""

    request_id: str
    user: UserId
    categories: str
    opened_ms: int
    round: int
    claimed_by: UserId | None
    channel: str
    ts: str
    """Where its card is; empty where no reviewer could be asked."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The reviewers' part of the ledger."""

    writer: Writer
    keys: Keys
    accounts: Accounts = field(default_factory=Accounts)

    async def claim(self, request_id: str, reviewer: UserId) -> Taken:
        """Keep a held answer to one reviewer for a while, if it is theirs to take."""
        return await self.writer.write(lambda session: _claimed(session, request_id, reviewer))

    async def decide(self, request_id: str, who: UserId, ruling: Ruling) -> Taken:
        """Record a decision and its verdict, if it is theirs to take and nobody was faster.

        What it took to judge an edit is on the books, whatever comes of it.
        """

        def work(session: Session) -> Taken:
            taken = _decided(session, self.keys, (request_id, who), ruling)
            calls = ruling.edit[0].cost.calls if ruling.edit else ()
            self._spent(session, request_id, calls)
            return taken

        return await self.writer.write(work)

    async def refused(self, request_id: str, draft: Draft, assessment: Assessment) -> None:
        """Record the verdict on an edit that is not taken, and what it took: it is given back."""

        def work(session: Session) -> None:
            row = session.get_one(tables.Request, request_id)
            mark = self.keys.of(session, row.user).mark(fingerprint(draft.content))
            session.add(refusal(row, assessment, mark))
            row.verdict_rows += 1
            self._spent(session, request_id, draft.cost.calls)

        await self.writer.write(work)

    async def spent(self, request_id: str, calls: Sequence[Call]) -> None:
        """Record what it took to judge something of a request that no worker holds."""
        if calls:
            await self.writer.write(lambda session: self._spent(session, request_id, calls))

    async def appeal(self, request_id: str, person: UserId) -> bool:
        """Open the second round of a rejected answer for the person who asked; once."""
        return await self.writer.write(
            lambda session: _appealed(session, self.keys, request_id, person)
        )

    async def expire(self, before_ms: int) -> Sequence[Request]:
        """Reject what was opened before a moment and nobody decided; return what that was."""
        return await self.writer.write(lambda session: _expired(session, self.keys, before_ms))

    async def waiting(self, limit: int = BATCH) -> Sequence[Waiting]:
        """Return what reviewers have to look at, the oldest first."""
        return await self.writer.read(lambda session: _waiting(session, limit))

    async def round(self, request_id: str) -> int:
        """Return in which round a held answer is."""
        return await self.writer.write(lambda session: opened(session, request_id).round)

    async def asked(self, request_id: str) -> Request | None:
        """Return a request, without its words where they cannot be read any more."""
        return await self.writer.read(lambda session: _asked(session, self.keys, request_id))

    def _spent(self, session: Session, request_id: str, calls: Sequence[Call]) -> None:
        row = session.get(tables.Request, request_id)
        if row is not None and calls:
            session.flush()
            self.accounts.beside(session, row, calls)


def opened(session: Session, request_id: str) -> tables.Review:
    """Return the last round of a request, begun now if there is none."""
    rounds = select(tables.Review).where(tables.Review.request_id == request_id)
    last = session.exec(rounds.order_by(col(tables.Review.round).desc())).first()
    if last is None:
        last = tables.Review(request_id=request_id, round=1, opened_ms=now_ms())
        session.add(last)
    return last


def _claimed(session: Session, request_id: str, reviewer: UserId) -> Taken:
    row = session.get(tables.Request, request_id)
    taken = takeable(session, row, reviewer)
    if taken == "taken":
        review = opened(session, request_id)
        review.claimed_by, review.claimed_ms = reviewer, now_ms()
    return taken


def _decided(session: Session, keys: Keys, taker: tuple[str, UserId], ruling: Ruling) -> Taken:
    request_id, who = taker
    row = session.get(tables.Request, request_id)
    taken = takeable(session, row, who)
    output = newest(session, request_id)
    if row is None or output is None or taken != "taken":
        return "decided" if output is None else taken
    if not undecided(row):
        return "decided"  # what was shown and reported is another matter
    review = opened(session, request_id)
    key = keys.of(session, row.user)
    if ruling.edit is not None:
        _replace(session, review, output, (key, ruling.edit))
    row.state, row.owner, row.lease_until_ms = "ready", None, 0
    row.outcome = "delivered" if ruling.approve else "rejected"
    row.notice = None if ruling.approve else _refusal(review, ruling.reason)
    session.add(decision(row, output, who, approve=ruling.approve))
    row.verdict_rows += 1
    action = "approve" if ruling.approve else "reject"
    review.decision = "edit" if ruling.edit else action
    review.decided_by, review.decided_ms, review.reason = who, now_ms(), ruling.reason
    review.note = key.seal(_place(review, "note"), ruling.note) if ruling.note else b""
    entry = Entry(actor=keys.pseudonym(session, who), action=review.decision, object=request_id)
    keys.log(session, entry)
    return "taken"


def _appealed(session: Session, keys: Keys, request_id: str, person: UserId) -> bool:
    row = session.get(tables.Request, request_id)
    review = opened(session, request_id) if row else None
    if row is None or review is None or row.user != person or row.kept != tables.WHOLE:
        return False
    if not refused(row) or review.round >= ROUNDS:
        return False
    session.add(tables.Review(request_id=request_id, round=review.round + 1, opened_ms=now_ms()))
    row.state, row.outcome, row.notice, row.finished_ms = "held", None, "HELD", None
    row.owner, row.lease_until_ms = None, 0
    actor = keys.pseudonym(session, person)
    keys.log(session, Entry(actor=actor, action="appeal", object=request_id))
    return True


def _expired(session: Session, keys: Keys, before_ms: int) -> Sequence[Request]:
    open_rounds = (
        select(tables.Review, tables.Request)
        .join(tables.Request)
        .where(col(tables.Review.decision).is_(None), tables.Review.opened_ms < before_ms)
        .where(tables.Request.state == "held")
        .limit(BATCH)
    )
    found = session.exec(open_rounds).all()
    for review, row in found:
        review.decision, review.decided_ms = "expire", now_ms()
        row.state, row.owner, row.lease_until_ms = "ready", None, 0
        row.outcome, row.notice = "rejected", "REVIEW_EXPIRED"
        keys.log(session, Entry(actor="atelier", action="expire", object=row.id))
    return [asked for _, row in found if (asked := _asked(session, keys, row.id))]


def _waiting(session: Session, limit: int) -> Sequence[Waiting]:
    found = session.exec(
        select(tables.Review, tables.Request)
        .join(tables.Request)
        .where(
            col(tables.Review.decision).is_(None),
            or_(
                tables.Request.state == "held",
                and_(tables.Review.round == REPORT, tables.Request.state == "done"),
            ),
        )
        .order_by(col(tables.Review.opened_ms))
        .limit(limit)
    )
    return [_shown(session, review, row) for review, row in found]


def decisions(session: Session, keys: Keys) -> Iterator[dict[str, object]]:
    """Yield every decision with what it was about, while that is kept; a set to calibrate on."""
    found = session.exec(
        select(tables.Review, tables.Request)
        .join(tables.Request)
        .where(col(tables.Review.decision).is_not(None))
        .order_by(col(tables.Review.decided_ms))
    )
    for review, row in found:
        yield {
            "request": row.id,
            "round": review.round,
            "decision": review.decision,
            "reason": review.reason,
            "at_ms": review.decided_ms,
            "categories": _categories(session, row.id).split(),
            "verb": row.verb,
            **_contents(session, review, keys.find(session, row.user)),
        }


def part_of(part: int, number: int) -> int:
    """Return which part of a request a message to the reviewers is in a round."""
    if number == REPORT:
        return _REPORTED[part]
    return part if number == 1 else _AGAIN[part]


def _asked(session: Session, keys: Keys, request_id: str) -> Request | None:
    row = session.get(tables.Request, request_id)
    if row is None:
        return None
    try:
        return requested(row, keys.find(session, row.user))
    except Unreadable:
        return requested(row, None)


def under_report(session: Session, row: tables.Request) -> bool:
    """Tell whether somebody reported the answer, and nobody decided on that."""
    review = session.get(tables.Review, (row.id, REPORT))
    return row.state == "done" and review is not None and review.decision is None


def takeable(session: Session, row: tables.Request | None, who: UserId) -> Taken:
    """Tell whether a person may decide on a request's open round."""
    if row is None or not (undecided(row) or under_report(session, row)):
        return "decided"
    if row.user == who:
        return "own"
    review = opened(session, row.id)
    first = session.get(tables.Review, (row.id, 1))
    if review.round > 1 and first is not None and first.decided_by == who:
        return "again"
    fresh = now_ms() - (review.claimed_ms or 0) < CLAIM_MS
    return "elsewhere" if review.claimed_by not in {None, who} and fresh else "taken"


def _refusal(review: tables.Review, reason: str) -> str:
    """Return the name of the sentence that tells of a rejection."""
    if review.round >= ROUNDS:
        return "REJECTED_AGAIN"
    return f"REJECTED_{reason.upper()}" if reason else "REJECTED"


def _replace(
    session: Session,
    review: tables.Review,
    output: tables.Output,
    edit: tuple[DataKey, tuple[Draft, Assessment]],
) -> None:
    """Put an edit in the place of what was held, whose words stay with the decision."""
    key, (draft, assessment) = edit
    with suppress(Unreadable):
        review.original = key.seal(_place(review, "original"), words(restored(output, key)))
    session.merge(stored(draft, assessment, output.attempt, key))
    session.flush()


def newest(session: Session, request_id: str) -> tables.Output | None:
    """Return the latest output of a request."""
    outputs = select(tables.Output).where(tables.Output.request_id == request_id)
    return session.exec(outputs.order_by(col(tables.Output.attempt).desc())).first()


def _shown(session: Session, review: tables.Review, row: tables.Request) -> Waiting:
    card = session.get(tables.Send, (row.id, part_of(CARD, review.round)))
    fresh = now_ms() - (review.claimed_ms or 0) < CLAIM_MS
    return Waiting(
        request_id=row.id,
        user=UserId(row.user),
        categories=_categories(session, row.id),
        opened_ms=review.opened_ms,
        round=review.round,
        claimed_by=UserId(review.claimed_by) if review.claimed_by and fresh else None,
        channel=card.channel if card and card.ts else "",
        ts=(card.ts or "") if card else "",
    )


def _categories(session: Session, request_id: str) -> str:
    held = select(tables.Verdict.categories).where(
        tables.Verdict.request_id == request_id,
        tables.Verdict.direction == "output",
        tables.Verdict.action == "hold",
    )
    return session.exec(held.order_by(col(tables.Verdict.id))).first() or ""  # before any edit


def _contents(
    session: Session, review: tables.Review, key: DataKey | None
) -> dict[str, str | None]:
    texts: dict[str, str | None] = {"text": None, "edited": None, "note": None}
    output = newest(session, review.request_id)
    if key is None or output is None:
        return texts
    with suppress(Unreadable):
        shown = words(restored(output, key))
        original = key.read(_place(review, "original"), review.original) if review.original else ""
        texts["text"], texts["edited"] = (original, shown) if original else (shown, None)
        texts["note"] = key.read(_place(review, "note"), review.note) if review.note else None
    return texts


def _place(review: tables.Review, column: str) -> str:
    return f"review.{column}:{review.request_id}:{review.round}"
