"""Durable truth: what was asked, who works on it, what was decided, made, shown and used.

Knows no Slack and no model. A worker holds a request by a lease; every change it makes names the
lease's owner and attempt, so that a worker that was stopped past its lease can write nothing.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from sqlalchemy import bindparam, func, select, tuple_, update
from sqlmodel import Session, col

from bot.budgets import Asker, Reserve, Scope, Standing
from bot.ledger import sends, spares, stopping, tables, usage
from bot.ledger.accounts import Accounts, asker_of, newly_warned
from bot.ledger.keys import Keys
from bot.ledger.order import UNDONE, Place, Stage, join, take
from bot.ledger.pausing import is_paused
from bot.ledger.reviewing import opened
from bot.ledger.rows import (
    Kept,
    Lease,
    Made,
    Outcome,
    accepted,
    asked,
    fenced,
    judged,
    leased,
    now_ms,
    output,
    requested,
    restored,
    undecided,
)
from bot.ledger.schedules import Schedules
from bot.ledger.sealed import DataKey, Unreadable
from bot.ledger.sends import Sent
from bot.ledger.sketched import Sketched
from bot.ledger.statements import OUTPUTS, REQUESTS, VERDICTS, added, put, wanted
from bot.ledger.stopping import Pressed
from bot.ledger.usage import Span, Total
from bot.ledger.writer import Writer
from generators.draft import Cost, Draft, Request, UserId
from moderation.gate import Assessment
from moderation.policy import Direction

PLACEHOLDER = 0
FILE = -3
TABLE = REQUESTS
STAGES: tuple[Stage, ...] = ("greet", "show", "resume", "work")
WORK: Final = frozenset[Stage]({"resume", "work"})
"""What operators may pause: greeting people and showing what was made goes on."""
LEASED = ("accepted", "queued", "running", "ready")


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

    @property
    def schedules(self) -> Schedules:
        """What is to come again and again."""
        return Schedules(self._writer, self._keys)

    @property
    def sketched(self) -> Sketched:
        """What is shown half made."""
        return Sketched(self._writer, self._keys)

    async def accept(self, request: Request) -> bool:
        """Store a request; False when it is known already. Durable when this returns."""
        if key := self._keys.cached(request.user):
            return await self._writer.insert(TABLE, accepted(request, key))

        def work(session: Session) -> tuple[DataKey, bool]:
            key = self._keys.of(session, request.user)
            return key, added(session, REQUESTS, accepted(request, key))

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
        one, created_ms = lease.request, lease.created_ms
        place = Place(id=one.id.hex, team=one.team, user=one.user, created_ms=created_ms)

        def work(session: Session) -> int:
            fenced(session, lease, state="queued")
            return join(session, place, weight)

        return await self._writer.write(work)

    async def meant(self, lease: Lease, request: Request) -> Lease:
        """Keep a request as what it turned out to ask, before it is in line; the lease goes on."""

        def work(session: Session) -> None:
            key = self._keys.of(session, request.user)
            fenced(session, lease, verb=request.verb, **asked(request, key))

        await self._writer.write(work)
        return replace(lease, request=request)

    async def paused(self) -> bool:
        """Tell whether operators have paused the work."""
        return await self._writer.read(is_paused)

    async def greeted(self, lease: Lease) -> None:
        """Record that the person sees that a request is in line; whoever is free takes it."""
        await self._writer.write(
            lambda session: fenced(session, lease, owner=None, lease_until_ms=0)
        )

    async def again(self, lease: Lease, wait_s: float, cost: Cost | None, *, fault: bool) -> None:
        """Put a request back in its place, to be taken in `wait_s`; `fault`: the engine broke."""

        def work(session: Session) -> None:
            self._accounts.used(session, lease, cost or Cost(model=""), "error")
            due_ms = now_ms() + int(wait_s * 1000)
            broken = {"faults": int(fault)}
            fenced(session, lease, broken, state="queued", owner=None, lease_until_ms=due_ms)

        await self._writer.write(work)

    async def beat(self, lease: Lease) -> bool:
        """Prolong a lease; tell whether who asked has stopped it. Raises LeaseLost."""

        def work(session: Session) -> bool:
            fenced(session, lease, lease_until_ms=now_ms() + self._lease_ms)
            return stopping.is_stopped(session, lease.request.id.hex)

        return await self._writer.write(work)

    async def stop(self, channel: str, thread_ts: str, user: UserId) -> Pressed:
        """Let what a person asked in a thread end, as far as it is not made yet."""
        return await self._writer.write(
            lambda session: stopping.stop(session, (channel, thread_ts), user, now_ms())
        )

    async def load(self, user: UserId, before: Lease | None = None) -> Load:
        """Count the requests that are not done; where one is given, those that came before it."""

        def work(session: Session) -> Load:
            given = {"me": user, "at": _NEVER, "id": ""}
            if before is not None:
                given |= {"at": before.created_ms, "id": before.request.id.hex}
            own, everybody = session.connection().execute(_LOAD, given).one()
            return Load(own=own, all=everybody)

        return await self._writer.read(work)

    async def admitted(self, lease: Lease, request: Request, assessment: Assessment) -> None:
        """Record the verdict on what was asked, and keep that only as the models may see it."""

        def work(session: Session) -> None:
            key = self._keys.of(session, request.user)
            judged(session, lease, assessment, Direction.INPUT, key)
            fenced(session, lease, verb=request.verb, **asked(request, key))

        await self._writer.write(work)

    async def judged(
        self, lease: Lease, assessment: Assessment | None, cost: Cost | None = None
    ) -> None:
        """Record the verdict on what is about to be shown, if there is one, and what it took."""

        def work(session: Session) -> None:
            key = self._keys.of(session, lease.request.user)
            if assessment is not None:
                judged(session, lease, assessment, Direction.OUTPUT, key)
            if cost is not None:
                self._accounts.used(session, lease, cost, "ok")

        await self._writer.write(work)

    async def settle(
        self, lease: Lease, draft: Draft, assessment: Assessment, outcome: Outcome | None
    ) -> None:
        """Record output, verdict, usage and state together; no outcome means a reviewer decides."""

        def work(session: Session) -> None:
            key = self._keys.of(session, lease.request.user)
            judged(session, lease, assessment, Direction.OUTPUT, key)
            put(session, OUTPUTS, output(draft, assessment, lease.attempt, key))
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
            opened(session, lease.request.id.hex)
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

    async def refuse(self, lease: Lease, assessment: Assessment, cost: Cost | None = None) -> None:
        """Record that the prompt was not let in, and what it took to tell."""

        def work(session: Session) -> None:
            key = self._keys.of(session, lease.request.user)
            judged(session, lease, assessment, Direction.INPUT, key)
            if cost is not None:
                self._accounts.used(session, lease, cost, "error")
            fenced(session, lease, state="ready", outcome="refused", notice="PROMPT_REFUSED")

        await self._writer.write(work)

    async def sending(self, request: Request, part: int, channel: str) -> Sent | None:
        """Record that a message is about to be posted; return an earlier record if any."""
        return await self._writer.write(
            lambda session: sends.sending(session, request.id.hex, part, channel)
        )

    async def sent(self, request: Request, part: int, channel: str, ts: str) -> None:
        """Record where a message is, unless another worker has posted and recorded it already."""
        spot = channel, ts
        await self._writer.write(lambda session: sends.sent(session, request.id.hex, part, spot))

    async def unsent(self, request: Request, part: int) -> None:
        """Record that Slack did not take a message, so that it may be posted again."""
        await self._writer.write(lambda session: sends.unsent(session, request.id.hex, part))

    async def parts(self, request: Request) -> frozenset[int]:
        """Return which messages of a request were posted, or were about to be."""
        return await self._writer.read(lambda session: spares.parts(session, request.id.hex))

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
            newest = session.connection().execute(_NEWEST, {"is_request_id": request.id.hex})
            row, key = newest.first(), self._keys.find(session, request.user)
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

    async def reviewer(self, request: Request, sha256: str) -> UserId | None:
        """Return who approved exactly this output, if somebody did."""

        def work(session: Session) -> UserId | None:
            key = self._keys.find(session, request.user)
            if key is None:
                return None
            given = {"is_request_id": request.id.hex, "is_sha256": key.mark(sha256)}
            found = session.connection().execute(_APPROVED, given).scalar()
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

    def ran_out(self) -> None:
        """Hear that a lease ran out whose request is taken anew."""

    def reconciled(self, how: str) -> None:
        """Hear what a post of unknown outcome came to: `found`, or made `again`."""

    def _claim(self, session: Session, stages: Sequence[Stage]) -> Lease | None:
        now = now_ms()
        until = now + self._lease_ms
        for stage in stages:
            if stage in WORK and is_paused(session):
                continue
            row = take(session, stage, owner=self._owner, now_ms=now, until_ms=until)
            if row is not None:
                if row.lease_until_ms > until:
                    self.ran_out()
                if stage == "resume":
                    self._accounts.aborted(session, row)
                return self._opened(session, row)
        return None

    def _opened(self, session: Session, row: Kept) -> Lease:
        """Return a row's lease; where its words cannot be read, all that is left is to say so."""
        key = self._keys.find(session, row.user)
        with suppress(Unreadable):
            if key or row.kept:
                return leased(row, key)
        lost = leased(row, None)
        fenced(session, lost, state="ready", outcome="failed", notice="FAILED")
        return replace(lost, state="ready", outcome="failed", notice="FAILED")


_NEVER: Final = 1 << 62
_NEWEST: Final = (
    select(OUTPUTS)
    .where(OUTPUTS.c.request_id == wanted(OUTPUTS.c.request_id))
    .order_by(OUTPUTS.c.attempt.desc())
    .limit(1)
)
_APPROVED: Final = select(VERDICTS.c.reviewer).where(
    VERDICTS.c.request_id == wanted(VERDICTS.c.request_id),
    VERDICTS.c.sha256 == wanted(VERDICTS.c.sha256),
    VERDICTS.c.action == "allow",
    VERDICTS.c.reviewer.is_not(None),
)
_MINE: Final = REQUESTS.c.user == bindparam("me")
# The person is asked for beside the count, and not in WHERE: what they have waiting is little, and
# what they ever asked is not.
_LOAD: Final = select(func.count().filter(_MINE), func.count()).where(
    REQUESTS.c.state.in_(UNDONE),
    tuple_(REQUESTS.c.created_ms, REQUESTS.c.id) < tuple_(bindparam("at"), bindparam("id")),
)
