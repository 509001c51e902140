"""The whole product in one class: from a claimed request to its one final message."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from traceback import format_tb
from typing import Protocol, TypeVar

from bot.delivery.delivery import Place, Undeliverable
from bot.delivery.slack import OutcomeUnknown, SlackRefused
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, LeaseLost, Outcome, now_ms, restored
from bot.ledger.writer import LedgerUnavailable
from bot.views.notices import Notice
from generators.draft import (
    ContextUnavailable,
    Cost,
    DeadlineExceeded,
    Draft,
    EngineCrashed,
    EngineUnavailable,
    GenerationError,
    Generator,
    ModelMissing,
    PromptRejected,
    Request,
    Text,
)
from moderation.gate import Admitted, Blocked, Cleared, Gate, Held, Refused, Verdict

log = logging.getLogger(__name__)

T = TypeVar("T")

UPDATE_EVERY_S = 1.5
"""Slack takes about 50 updates a minute of one app (chat.update is tier 3)."""

ATTEMPTS = 20
"""How often a request is taken up, which counts every stage and every death of a process."""
SHOWN = 10
"""How often showing what was made is tried beyond that."""
FAULTS = 3
"""How often the engine may break while it works on one request."""
MAX_WAIT_S = 30.0
"""How long a request waits at most before an engine that did not answer is asked again."""

NOTICES: Mapping[type[GenerationError], Notice] = {
    ModelMissing: Notice.NO_MODEL,
    DeadlineExceeded: Notice.TOO_LATE,
    ContextUnavailable: Notice.UNREADABLE,
}


class Reading(Protocol):
    """Where the messages come from that a request is about."""

    async def gather(self, request: Request) -> Request:
        """Return the request with its messages. Raises ContextUnavailable."""
        ...


class Showing(Protocol):
    """What makes people see an answer: Slack, or a terminal."""

    async def place(
        self, request: Request, opening: Notice = Notice.WORKING, **blanks: int
    ) -> Place:
        """Show that the request was heard; once, however often it is called."""
        ...

    async def progress(self, place: Place, item: Notice, **blanks: int) -> None:
        """Say how far it is."""
        ...

    async def show(self, place: Place, item: Cleared | Notice, model: str, **blanks: int) -> None:
        """Make the one message of the request say this."""
        ...


class Asking(Protocol):
    """Who is asked about what was held."""

    async def ask(self, held: Held) -> None:
        """Show it to the reviewers, once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request, and one person, may take."""

    per_user: int
    overall: int
    deadline_s: float
    beat_s: float
    patience_s: float
    """How long a request waits for an engine that does not answer."""
    at_work: int
    """How many are at work at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a request ends: what is shown, and what the ledger calls it."""

    item: Cleared | Notice
    outcome: Outcome
    model: str = ""
    held: Held | None = None
    number: int = 0


@dataclass(slots=True)
class Watched:
    """Drafts passing by, the last of which tells what was used, whatever happens then."""

    last: Draft | None = None

    async def watch(self, drafts: AsyncIterator[Draft]) -> AsyncGenerator[Draft, None]:
        """Pass on the newest draft, at most one every `UPDATE_EVERY_S`, and always the last."""
        due, passed = time.monotonic() + UPDATE_EVERY_S, None
        async for draft in drafts:
            self.last = draft
            if time.monotonic() >= due:
                due, passed = time.monotonic() + UPDATE_EVERY_S, draft
                yield draft
        if self.last is not None and self.last is not passed:
            yield self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Request, drafts, verdicts, message, record."""

    generators: Mapping[str, Generator]
    gate: Gate
    delivery: Showing
    ledger: Ledger
    reading: Reading
    reviews: Asking
    limits: Limits
    weights: Mapping[str, float] = field(default_factory=dict)
    """How much of the engine a verb may take beside others; 1 where none is given."""

    async def handle(self, lease: Lease, answered: Callable[[], None] = lambda: None) -> None:
        """Take one claimed request a stage further: greet it, answer it, or show its answer.

        `answered` is called once no model is needed any more.
        """
        try:
            async with self._alive(lease):
                if lease.state == "accepted":
                    await self._greet(lease)
                else:
                    await self._carry(lease, answered)
        except LeaseLost:
            log.warning("%s went on elsewhere", lease.request.name)
        except (OutcomeUnknown, SlackRefused, LedgerUnavailable) as error:
            log.warning("%s waits for its next attempt: %s", lease.request.name, error)

    async def _greet(self, lease: Lease) -> None:
        """Put a request in line, and then show the person that it is there."""
        if refusal := await self._too_much(lease):
            await self.ledger.fail(lease, refusal.outcome, refusal.notice.name)
            said = replace(
                lease, state="ready", outcome=refusal.outcome, notice=refusal.notice.name
            )
            await self._carry(said, lambda: None)
            return
        ahead = await self.ledger.queue(lease, self.weights.get(lease.request.verb, 1.0))
        try:
            if ahead < self.limits.at_work:
                await self.delivery.place(lease.request)
            else:
                number = ahead - self.limits.at_work + 1
                await self.delivery.place(lease.request, Notice.QUEUED, n=number)
        except Undeliverable:
            await self.ledger.done(lease, "undeliverable")
            return
        await self.ledger.greeted(lease)

    async def _carry(self, lease: Lease, answered: Callable[[], None]) -> None:
        try:
            place = await self.delivery.place(lease.request)
            try:
                made = lease.state == "ready"
                end = await (self._made(lease) if made else self._end(lease, place))
            finally:
                answered()
            if end is None:
                return
            await self.delivery.show(place, end.item, end.model, n=end.number)
        except Undeliverable:
            await self.ledger.done(lease, "undeliverable")
            return
        if end.held:
            await self.reviews.ask(end.held)
            await self.ledger.hold(lease)
        else:
            await self.ledger.done(lease, end.outcome)

    async def _end(self, lease: Lease, place: Place) -> End | None:
        """Return how it ends; None where the engine does not answer, and it is tried again."""
        if refusal := self._too_late(lease):
            return await self._failed(lease, refusal.notice, Watched(), refusal.outcome)
        seen = Watched()
        try:
            return await self._answer(lease, place, seen)
        except PromptRejected as error:
            return await self._explained(lease, str(error))
        except EngineUnavailable as error:
            return await self._waits(lease, place, seen, fault=isinstance(error, EngineCrashed))
        except GenerationError as error:
            return await self._failed(lease, NOTICES.get(type(error), Notice.FAILED), seen)
        except (LeaseLost, LedgerUnavailable, Undeliverable, OutcomeUnknown, SlackRefused):
            raise
        except Exception as error:  # noqa: BLE001 - whatever broke, the person is told so
            frames = "".join(format_tb(error.__traceback__))  # the message could quote a prompt
            log.error("%s: %s\n%s", lease.request.name, type(error).__name__, frames)  # noqa: TRY400
            return await self._failed(lease, Notice.FAILED, seen)

    async def _answer(self, lease: Lease, place: Place, seen: Watched) -> End:
        asked = await self.gate.admit(await self.reading.gather(lease.request))
        match asked:
            case Refused(assessment=assessment):
                await self.ledger.refuse(lease, assessment)
                return End(item=Notice.PROMPT_REFUSED, outcome="refused")
            case Admitted(request, assessment):
                await self.ledger.admitted(lease, request, assessment)
                verdict = await self._generate(lease, request, place, seen)
        match verdict:
            case Cleared(draft, assessment):
                await self.ledger.settle(lease, draft, assessment, "delivered")
                return End(item=verdict, outcome="delivered", model=draft.cost.model)
            case Held(draft, assessment):
                await self.ledger.settle(lease, draft, assessment, None)
                return End(item=Notice.HELD, outcome="delivered", held=verdict)
            case Blocked(draft, assessment):
                await self.ledger.block(lease, draft, assessment)
                return End(item=Notice.BLOCKED, outcome="blocked")
            case None:
                return await self._failed(lease, Notice.EMPTY, seen)

    async def _generate(
        self, lease: Lease, request: Request, place: Place, seen: Watched
    ) -> Verdict | None:
        """Show what is cleared of a growing answer, and return the verdict over the whole."""
        await self.delivery.progress(place, Notice.WRITING)
        verdict = None
        async with (
            closing(self.generators[request.verb].drafts(request)) as drafts,
            aclosing(seen.watch(drafts)) as watched,
            closing(self.gate.stream(watched)) as verdicts,
        ):
            async for verdict in verdicts:
                if isinstance(verdict, Cleared) and not verdict.whole and place.ts:
                    await self.ledger.judged(lease, verdict.assessment)
                    await self.delivery.show(place, verdict, verdict.draft.cost.model)
        return verdict if seen.last and not _empty(seen.last) else None

    async def _made(self, lease: Lease) -> End:
        """Return the end of a request that was answered, but not shown, or was just decided."""
        outcome = lease.outcome or "delivered"
        row = await self.ledger.output(lease.request)
        if lease.attempt > ATTEMPTS + SHOWN:  # Slack takes it in no form
            return End(item=Notice.FAILED, outcome="failed")
        if row is None or (lease.notice and lease.notice != "HELD"):
            number = self.limits.per_user if lease.notice == "BUSY" else self.limits.overall
            return End(item=Notice[lease.notice or "FAILED"], outcome=outcome, number=number)
        draft = Draft(request=lease.request, content=restored(row), cost=Cost(model=row.model))
        verdict = await self.gate.review(draft)
        if isinstance(verdict, Cleared):  # by today's rules, which may redact more
            await self.ledger.judged(lease, verdict.assessment)
        if isinstance(verdict, Held):
            reviewer = await self.ledger.reviewer(lease.request, row.sha256)
            if reviewer is None:
                return End(item=Notice.HELD, outcome=outcome, held=verdict)
            verdict = self.gate.approve(verdict, reviewer)
        if isinstance(verdict, Blocked):
            return End(item=Notice.BLOCKED, outcome="blocked")
        return End(item=verdict, outcome=outcome, model=row.model)

    async def _too_much(self, lease: Lease) -> "_Refusal | None":
        """Judge a request as it comes: what waits before it, of the same person and of all."""
        if late := self._too_late(lease):
            return late
        load = await self.ledger.load(lease.request.user, before=lease)
        if load.own >= self.limits.per_user:
            return _Refusal(Notice.BUSY, "refused")
        if load.all >= self.limits.overall:
            return _Refusal(Notice.FULL, "refused")
        return None

    def _too_late(self, lease: Lease) -> "_Refusal | None":
        if now_ms() - lease.created_ms > self.limits.deadline_s * 1000:
            return _Refusal(Notice.EXPIRED, "expired")
        return _Refusal(Notice.FAILED, "failed") if lease.attempt > ATTEMPTS else None

    async def _waits(self, lease: Lease, place: Place, seen: Watched, *, fault: bool) -> End | None:
        """Put a request back in line until the engine answers, unless it broke it too often."""
        wait_s = min(2.0**lease.attempt, MAX_WAIT_S)
        waited_s = (now_ms() - lease.created_ms) / 1000
        if lease.faults + fault >= FAULTS or waited_s + wait_s > self.limits.patience_s:
            item = Notice.FAILED if fault else Notice.ENGINE_UNAVAILABLE
            return await self._failed(lease, item, seen)
        cost = seen.last.cost if seen.last else None
        await self.delivery.progress(place, Notice.WAITING)
        await self.ledger.again(lease, wait_s, cost, fault=fault)
        return None

    async def _explained(self, lease: Lease, sentence: str) -> End:
        """Say what is wrong with a request; the sentence may quote it, so it is reviewed too."""
        draft = Draft(request=lease.request, content=Text(sentence), cost=Cost(model="atelier"))
        verdict = await self.gate.review(draft)
        if not isinstance(verdict, Cleared):
            return await self._failed(lease, Notice.PROMPT_REJECTED, Watched())
        await self.ledger.settle(lease, draft, verdict.assessment, "refused")
        return End(item=verdict, outcome="refused")

    async def _failed(
        self, lease: Lease, item: Notice, seen: Watched, outcome: Outcome = "failed"
    ) -> End:
        cost = seen.last.cost if seen.last else None
        await self.ledger.fail(lease, outcome, item.name, cost)
        return End(item=item, outcome=outcome)

    @asynccontextmanager
    async def _alive(self, lease: Lease) -> AsyncGenerator[None]:
        """Keep a lease while the work in this block lasts, and stop the work when it is lost."""
        work = asyncio.current_task()

        async def beat() -> None:
            try:
                while True:
                    await asyncio.sleep(self.limits.beat_s)
                    with suppress(LedgerUnavailable):  # the next beat may come in time
                        await self.ledger.beat(lease)
            except LeaseLost:
                if work is not None:
                    work.cancel()

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()


@dataclass(frozen=True, slots=True)
class _Refusal:
    notice: Notice
    outcome: Outcome


def _empty(draft: Draft) -> bool:
    return isinstance(draft.content, Text) and not draft.content.body.strip()


@asynccontextmanager
async def closing(values: AsyncIterator[T]) -> AsyncGenerator[AsyncIterator[T]]:
    """Close an iterator at the end of the block if it can be closed: that cancels its work."""
    try:
        yield values
    finally:
        if isinstance(values, AsyncGenerator):
            await values.aclose()
