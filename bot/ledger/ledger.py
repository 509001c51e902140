"""Durable truth: what was asked, who works on it, what was decided, made, shown and used.

Knows no Slack and no model. A worker holds a request by a lease; every change it makes names the
lease's owner and attempt, so that a worker that was stopped past its lease can write nothing.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select, tuple_, update
from sqlmodel.sql.expression import SelectOfScalar

from bot.budgets import Asker, Reserve, Scope, Standing
from bot.ledger import tables, usage
from bot.ledger.accounts import Accounts, asker_of, newly_warned
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.order import UNDONE, Stage, join, take
from bot.ledger.rows import (
    Lease,
    Made,
    Outcome,
    accepted,
    asked,
    decision,
    fenced,
    judged,
    leased,
    now_ms,
    requested,
    restored,
    stored,
    undecided,
)
from bot.ledger.sealed import DataKey, Unreadable
from bot.ledger.usage import Span, Total
from bot.ledger.writer import Writer
from generators.draft import Cost, Draft, Request, UserId
from moderation.gate import Assessment
from moderation.policy import Direction

PLACEHOLDER = 0
CARD = -1
FILE, CARD_FILE = -3, -4
TABLE = SQLModel.metadata.tables["request"]
STAGES: tuple[Stage, ...] = ("greet", "show", "resume", "work")
LEASED = ("accepted", "queued", "running", "ready")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was about to be posted, and its `ts` if Slack was heard to take it."""

    channel: str
    sent_ms: int
    ts: str | None


@dataclass(frozen=True, slots=True)
class Load:
    """How much waits or runs: of one person, and of everybody."""

    own: int
    all: int


class Ledger:
    """The requests, and everything that is known of each."""

    def __init__(
        self, writer: Writer, lease_s: float, keys: Keys, accounts: Accounts | None = None
    ) -> None:
        """Take the writer, how long a lease lasts without a heartbeat, keys, prices and budgets."""
        self._writer = writer
        self._keys = keys
        self._accounts = accounts or Accounts()
        self._lease_ms = int(lease_s * 1000)
        self._owner = uuid4().hex

    @property
    def owner(self) -> str:
        """By which the leases of this process are known."""
        return self._owner

    async def accept(self, request: Request) -> bool:
        """Store a request; False when it is known already. Durable when this returns."""
        if key := self._keys.cached(request.user):
            return await self._writer.insert(TABLE, accepted(request, key))

        def work(session: Session) -> tuple[DataKey, bool]:
            key = self._keys.of(session, request.user)
            new = session.get(tables.Request, request.id.hex) is None
            if new:  # and nobody else writes meanwhile
                session.add(tables.Request(**accepted(request, key)))
            return key, new

        key, new = await self._writer.write(work)
        self._keys.remember(request.user, key)  # which is durable now
        return new

    async def begin(self, request: Request) -> Lease:
        """Store a request that this process answers itself, at once."""

        def work(session: Session) -> Lease:
            key = self._keys.of(session, request.user)
            row = tables.Request(**accepted(request, key))
            row.state, row.owner, row.attempt = "running", self._owner, 1
            row.lease_until_ms = now_ms() + self._lease_ms
            session.add(row)
            return leased(row, key)

        return await self._writer.write(work)

    async def claim(self, *stages: Stage) -> Lease | None:
        """Take the next request of these stages, or of any: the first in line that nobody holds."""
        return await self._writer.write(lambda session: self._claim(session, stages or STAGES))

    async def queue(self, lease: Lease, weight: float) -> int:
        """Put a request in line and return how many are before it; the lease goes on."""

        def work(session: Session) -> int:
            fenced(session, lease, state="queued")
            row = session.get_one(tables.Request, lease.request.id.hex, populate_existing=True)
            return join(session, row, weight)

        return await self._writer.write(work)

    async def greeted(self, lease: Lease) -> None:
        """Record that the person sees that a request is in line; whoever is free takes it."""
        await self._writer.write(
            lambda session: fenced(session, lease, owner=None, lease_until_ms=0)
        )

    async def again(self, lease: Lease, wait_s: float, cost: Cost | None, *, fault: bool) -> None:
        """Put a request back in its place, to be taken in `wait_s`; `fault`: the engine broke."""

        def work(session: Session) -> None:
            self._accounts.used(session, lease, cost or Cost(model=""), "error")
            faults = col(tables.Request.faults) + int(fault)
            due_ms = now_ms() + int(wait_s * 1000)
            fenced(session, lease, state="queued", owner=None, lease_until_ms=due_ms, faults=faults)

        await self._writer.write(work)

    async def beat(self, lease: Lease) -> None:
        """Prolong a lease. Raises LeaseLost."""
        until = now_ms() + self._lease_ms
        await self._writer.write(lambda session: fenced(session, lease, lease_until_ms=until))

    async def load(self, user: UserId, before: Lease | None = None) -> Load:
        """Count the requests that are not done; where one is given, those that came before it."""

        def work(session: Session) -> Load:
            waiting = select(func.count()).where(col(tables.Request.state).in_(UNDONE))
            if before is not None:
                order = tuple_(col(tables.Request.created_ms), col(tables.Request.id))
                waiting = waiting.where(order < (before.created_ms, before.request.id.hex))
            own = session.exec(waiting.where(tables.Request.user == user)).one()
            return Load(own=own, all=session.exec(waiting).one())

        return await self._writer.read(work)

    async def admitted(self, lease: Lease, request: Request, assessment: Assessment) -> None:
        """Record the verdict on what was asked, and keep that only as the models may see it."""

        def work(session: Session) -> None:
            key = self._keys.of(session, request.user)
            judged(session, lease, assessment, Direction.INPUT, key)
            fenced(session, lease, **asked(request, key))

        await self._writer.write(work)

    async def judged(self, lease: Lease, assessment: Assessment) -> None:
        """Record the verdict on a part of an answer before that part is shown."""

        def work(session: Session) -> None:
            key = self._keys.of(session, lease.request.user)
            judged(session, lease, assessment, Direction.OUTPUT, key)

        await self._writer.write(work)

    async def settle(
        self, lease: Lease, draft: Draft, assessment: Assessment, outcome: Outcome | None
    ) -> None:
        """Record output, verdict, usage and state together; no outcome means a reviewer decides."""

        def work(session: Session) -> None:
            key = self._keys.of(session, lease.request.user)
            judged(session, lease, assessment, Direction.OUTPUT, key)
            session.merge(stored(draft, assessment, lease.attempt, key))
            self._accounts.used(session, lease, draft.cost, "ok")
            notice = None if outcome else "HELD"
            fenced(session, lease, state="ready", outcome=outcome, notice=notice)

        await self._writer.write(work)

    async def fail(
        self,
        lease: Lease,
        outcome: Outcome,
        notice: str,
        cost: Cost | None = None,
        full: Standing | None = None,
    ) -> None:
        """Record that a fixed sentence ends this request, and what the attempt used up to then.

        `full` is the budget that had no room for it.
        """
        refusal = full.model_dump_json() if full else None

        def work(session: Session) -> None:
            if cost is not None:
                self._accounts.used(session, lease, cost, "error")
            fenced(session, lease, state="ready", outcome=outcome, notice=notice, refusal=refusal)

        await self._writer.write(work)

    async def block(self, lease: Lease, draft: Draft, assessment: Assessment) -> None:
        """Record that an answer may not be shown; what it says is not kept."""

        def work(session: Session) -> None:
            key = self._keys.of(session, lease.request.user)
            judged(session, lease, assessment, Direction.OUTPUT, key)
            self._accounts.used(session, lease, draft.cost, "ok")
            fenced(session, lease, state="ready", outcome="blocked", notice="BLOCKED")

        await self._writer.write(work)

    async def hold(self, lease: Lease) -> None:
        """Record that reviewers were asked; nobody works on it until one decides.

        One may have decided already: the buttons were there before this is written.
        """

        def work(session: Session) -> None:
            row = session.get_one(tables.Request, lease.request.id.hex)
            if row.owner is not None or row.state != "ready":
                fenced(session, lease, state="held", owner=None)

        await self._writer.write(work)

    async def release(self) -> None:
        """Hand back every lease of this process, so that another takes over at once."""

        def work(session: Session) -> None:
            mine = update(tables.Request).where(col(tables.Request.owner) == self._owner)
            session.execute(
                mine.where(col(tables.Request.state).in_(LEASED)).values(lease_until_ms=0)
            )

        await self._writer.write(work)

    async def refuse(self, lease: Lease, assessment: Assessment) -> None:
        """Record that the prompt was not let in."""

        def work(session: Session) -> None:
            key = self._keys.of(session, lease.request.user)
            judged(session, lease, assessment, Direction.INPUT, key)
            fenced(session, lease, state="ready", outcome="refused", notice="PROMPT_REFUSED")

        await self._writer.write(work)

    async def sending(self, request: Request, part: int, channel: str) -> Sent | None:
        """Record that a message is about to be posted; return an earlier record if any."""

        def work(session: Session) -> Sent | None:
            row = session.get(tables.Send, (request.id.hex, part))
            if row is not None:
                return Sent(row.channel, row.sent_ms, row.ts)
            session.add(
                tables.Send(request_id=request.id.hex, part=part, channel=channel, sent_ms=now_ms())
            )
            return None

        return await self._writer.write(work)

    async def sent(self, request: Request, part: int, channel: str, ts: str) -> None:
        """Record where a message is, unless another worker has posted and recorded it already."""

        def work(session: Session) -> None:
            row = session.get_one(tables.Send, (request.id.hex, part))
            if row.ts is None:
                row.channel, row.ts = channel, ts

        await self._writer.write(work)

    async def unsent(self, request: Request, part: int) -> None:
        """Record that Slack did not take a message, so that it may be posted again."""

        def work(session: Session) -> None:
            session.delete(session.get_one(tables.Send, (request.id.hex, part)))

        await self._writer.write(work)

    async def done(self, lease: Lease, outcome: Outcome) -> None:
        """Record that the final message stands."""
        now = now_ms()
        await self._writer.write(
            lambda session: fenced(
                session, lease, state="done", outcome=outcome, owner=None, finished_ms=now
            )
        )

    async def output(self, request: Request) -> Made | None:
        """Return the latest output of a request, if there is one and it can be read."""

        def work(session: Session) -> Made | None:
            row = session.exec(_newest(request.id.hex)).first()
            key = self._keys.find(session, request.user)
            with suppress(Unreadable):
                return Made(restored(row, key), row.model) if row and key else None
            return None

        return await self._writer.read(work)

    async def held(self, request_id: str) -> Request | None:
        """Return a request that waits for a reviewer; None when it does not (any more)."""

        def work(session: Session) -> Request | None:
            row = session.get(tables.Request, request_id)
            if row is None or not undecided(row):
                return None
            with suppress(Unreadable):
                return requested(row, self._keys.find(session, row.user))
            return None

        return await self._writer.read(work)

    async def decide(self, request_id: str, reviewer: UserId, *, approve: bool) -> bool:
        """Record a reviewer's decision; False when somebody was faster, or it is their own."""

        def work(session: Session) -> bool:
            row = session.get(tables.Request, request_id)
            output = session.exec(_newest(request_id)).first()
            if row is None or output is None or not undecided(row) or row.user == reviewer:
                return False
            row.state, row.owner, row.lease_until_ms = "ready", None, 0
            row.outcome = "delivered" if approve else "rejected"
            row.notice = None if approve else "REJECTED"
            session.add(decision(row, output, reviewer, approve=approve))
            row.verdict_rows += 1
            who = self._keys.pseudonym(session, reviewer)
            action = "approve" if approve else "reject"
            self._keys.log(session, Entry(actor=who, action=action, object=request_id))
            return True

        return await self._writer.write(work)

    async def reviewer(self, request: Request, sha256: str) -> UserId | None:
        """Return who approved exactly this output, if somebody did."""

        def work(session: Session) -> UserId | None:
            key = self._keys.find(session, request.user)
            found = session.exec(
                select(tables.Verdict.reviewer).where(
                    tables.Verdict.request_id == request.id.hex,
                    tables.Verdict.sha256 == (key.mark(sha256) if key else None),
                    tables.Verdict.action == "allow",
                    col(tables.Verdict.reviewer).is_not(None),
                )
            ).first()
            return UserId(found) if found else None

        return await self._writer.read(work)

    async def totals(self, scope: Scope, who: str, span: Span) -> Sequence[Total]:
        """Sum up by model what a person, a channel, a team, or everybody, used in a span."""
        return await self._writer.read(lambda session: usage.totals(session, scope, who, span))

    async def rebuild(self) -> None:
        """Make the sums of usage by day anew from its rows."""
        await self._writer.write(usage.rebuild)

    async def reserve(self, lease: Lease, reserve: Reserve) -> Standing | None:
        """Set aside what a request may use; return the budget that has no room for it."""
        if not self._accounts.budgets or not reserve.requests:
            return None
        return await self._writer.write(
            lambda session: self._accounts.reserve(session, lease, reserve)
        )

    async def standings(self, asker: Asker) -> Sequence[Standing]:
        """Return how every budget stands that counts what this asker uses."""
        return await self._writer.read(
            lambda session: self._accounts.standings(session, asker, now_ms())
        )

    async def nearly(self, request: Request) -> Sequence[Standing]:
        """Return the budgets that are nearly used, each once in its window for each person."""
        if not self._accounts.budgets:
            return []
        near = [one for one in await self.standings(asker_of(request)) if one.nearly]
        if not near:
            return []
        return await self._writer.write(lambda session: newly_warned(session, request.user, near))

    def _claim(self, session: Session, stages: Sequence[Stage]) -> Lease | None:
        now = now_ms()
        for stage in stages:
            row = take(session, stage, owner=self._owner, now_ms=now, until_ms=now + self._lease_ms)
            if row is not None:
                if stage == "resume":
                    self._accounts.aborted(session, row)
                return self._opened(session, row)
        return None

    def _opened(self, session: Session, row: tables.Request) -> Lease:
        """Return a row's lease; where its words cannot be read, all that is left is to say so."""
        key = self._keys.find(session, row.user)
        with suppress(Unreadable):
            if key or row.kept:
                return leased(row, key)
        row.state, row.outcome, row.notice = "ready", "failed", "FAILED"
        return leased(row, None)


def _newest(request_id: str) -> SelectOfScalar[tables.Output]:
    outputs = select(tables.Output).where(tables.Output.request_id == request_id)
    return outputs.order_by(col(tables.Output.attempt).desc())
