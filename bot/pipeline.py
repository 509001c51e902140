"""The whole product in one class: from a claimed request to its one final message."""

import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from bot.admission import ATTEMPTS, DENIALS, Limits, blanks, late, refusal
from bot.ahead import shown_ahead
from bot.budgets import Reserve
from bot.delivery.posting import Place, Undeliverable
from bot.delivery.slack import OutcomeUnknown, SlackRefused
from bot.heartbeat import alive
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, LeaseLost, Outcome, now_ms
from bot.ledger.writer import LedgerUnavailable
from bot.life.logs import frames
from bot.meaning import Literal
from bot.roles import Everybody
from bot.seams import Allowing, Asking, Reading, Showing, Understanding
from bot.stops import Stopped, Stops
from bot.views.amounts import Blank, told
from bot.views.notices import Notice
from bot.watching import Watched, closing
from generators.draft import (
    AccessRefused,
    ContextUnavailable,
    Cost,
    DeadlineExceeded,
    Draft,
    EngineCrashed,
    GenerationError,
    Generator,
    ModelMissing,
    PromptRejected,
    Request,
    Text,
    fingerprint,
)
from generators.draft import EngineUnavailable as Away
from generators.metering import metered
from generators.urgency import prioritised
from moderation.gate import Admitted, Blocked, Cleared, Gate, Held, Refused, Verdict

log = logging.getLogger(__name__)

SHOWN = 10
"""How often showing what was made is tried beyond that."""
FAULTS = 3
"""How often the engine may break while it works on one request."""
MAX_WAIT_S = 30.0
"""So long a request waits before an engine is asked again that has not answered for a while."""

NOTICES: Mapping[type[GenerationError], Notice] = {
    ModelMissing: Notice.NO_MODEL,
    DeadlineExceeded: Notice.TOO_LATE,
    ContextUnavailable: Notice.UNREADABLE,
    AccessRefused: Notice.ACCESS_REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a request ends: what is shown, and what the ledger calls it."""

    item: Cleared | Notice
    outcome: Outcome
    model: str = ""
    held: Held | None = None
    blanks: Mapping[str, Blank] = field(default_factory=dict)


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
    priorities: Mapping[str, int] = field(default_factory=dict)
    """How soon an engine that takes priorities works for a verb: lower first, 0 where none is."""
    reserves: Mapping[str, Reserve] = field(default_factory=dict)
    """What is set aside of the budgets for a request of a verb."""
    access: Allowing = field(default_factory=Everybody)
    meaning: Understanding = field(default_factory=Literal)
    stops: Stops = field(default_factory=Stops)
    """What is told when a person presses stop."""

    async def handle(self, lease: Lease, answered: Callable[[], None] = lambda: None) -> None:
        """Take one claimed request a stage further: greet it, answer it, or show its answer.

        `answered` is called once no model is needed any more.
        """
        try:
            async with alive(self.ledger, lease, self.limits.beat_s, self.stops):
                if lease.state == "accepted":
                    await self._greet(lease)
                else:
                    await self._carry(lease, answered)
        except LeaseLost:
            log.warning("%(request)s went on elsewhere", {"request": lease.request.name})
        except (OutcomeUnknown, SlackRefused, LedgerUnavailable) as error:
            about = {"request": lease.request.name, "code": str(error)}
            about |= {"error": type(error).__name__}
            log.warning("%(request)s waits for its next attempt: %(error)s, %(code)s", about)

    async def _greet(self, lease: Lease) -> None:
        """Put a request in line, and then show the person that it is there."""
        meant = await self.meaning.meant(lease.request)
        if meant is not lease.request:
            lease = await self.ledger.meant(lease, meant)
        reserve = self._reserve(lease)
        if no := await refusal(lease, self.ledger, self.access, self.limits, reserve):
            outcome, name, full = no.outcome, no.notice.name, no.full
            await self.ledger.fail(lease, outcome, name, full=full)
            said = replace(lease, state="ready", outcome=outcome, notice=name, refusal=full)
            await self._carry(said, lambda: None)
            return
        ahead = await self.ledger.queue(lease, self.weights.get(lease.request.verb, 1.0))
        try:
            if await self.ledger.paused():
                await self.delivery.place(lease.request, Notice.PAUSED)
            elif ahead < self.limits.at_work:
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
            place = await self.delivery.place(lease.request, Notice.CHECKING)  # mostly, it is there
            try:
                made = lease.state == "ready"
                end = await (self._made(lease) if made else self._end(lease, place))
            finally:
                answered()
            if end is None:
                return
            place, end = await self._allowed(lease, place, end)
            place = replace(place, stopped=end.outcome == "stopped")
            await self.delivery.show(place, end.item, end.model, **end.blanks)
        except Undeliverable:
            await self.ledger.done(lease, "undeliverable")
            return
        if end.held:
            await self.reviews.ask(end.held)
            await self.ledger.hold(lease)
        else:
            await self.ledger.done(lease, end.outcome)
        await self._warn(lease, place)

    async def _allowed(self, lease: Lease, place: Place, end: End) -> tuple[Place, End]:
        """Return where and how it ends, for who asked may be gone, and others may read the channel.

        Then the answer goes to the person's direct messages, and is judged anew for them.
        """
        if not isinstance(end.item, Cleared):
            return place, end
        waited = lease.state == "ready"  # for a reviewer, or for a process that came after a crash
        if denial := await self.access.denial(lease.request, fresh=waited):
            return place, End(item=DENIALS[denial], outcome="refused")
        if not place.ts or await self._open(place):
            return place, end
        try:
            aside = await self.delivery.move(place)
        except Undeliverable:
            return place, End(item=Notice.NOT_HERE, outcome="refused")
        made = replace(lease, request=aside.request, outcome=end.outcome, notice=None)
        return aside, await self._made(made)

    async def _warn(self, lease: Lease, place: Place) -> None:
        """Tell a person once in its window that a budget which counts their requests runs low."""
        if lease.refusal or not self._reserve(lease).requests:
            return
        for standing in await self.ledger.nearly(lease.request):
            await self.delivery.warn(place, Notice.BUDGET_SOON, **told(standing))

    def _reserve(self, lease: Lease) -> Reserve:
        reserve = self.reserves.get(lease.request.verb) or Reserve()
        return reserve.times(lease.request.flags.get("n", ""))

    async def _end(self, lease: Lease, place: Place) -> End | None:
        """Return how it ends; None where the engine does not answer, and it is tried again."""
        if over := late(lease, self.limits):
            return await self._failed(lease, over.notice, Watched(), over.outcome)
        seen = Watched()
        try:
            with metered() as seen.calls, prioritised(self.priorities.get(lease.request.verb, 0)):
                return await self._answer(lease, place, seen)
        except PromptRejected as error:
            return await self._explained(lease, str(error), seen)
        except Away as error:
            return await self._waits(lease, place, seen, error)
        except GenerationError as error:
            return await self._failed(lease, NOTICES.get(type(error), Notice.FAILED), seen)
        except (LeaseLost, LedgerUnavailable, Undeliverable, OutcomeUnknown, SlackRefused):
            raise
        except Exception as error:  # noqa: BLE001 - whatever broke, the person is told so
            about = {"request": lease.request.name, "error": type(error).__name__}
            about |= {"frames": frames(error)}  # and not what it says, which could quote a prompt
            log.error("%(request)s failed: %(error)s", about)  # noqa: TRY400 - see above
            return await self._failed(lease, Notice.FAILED, seen)

    async def _answer(self, lease: Lease, place: Place, seen: Watched) -> End:
        try:
            async with self.stops.during(lease.request.id.hex):
                verdict = await self._judged(lease, place, seen)
        except Stopped:
            return await self._stopped(lease, seen)
        match verdict:
            case Refused(assessment=assessment):
                await self.ledger.refuse(lease, assessment, seen.cost)
                return End(item=Notice.PROMPT_REFUSED, outcome="refused")
            case Cleared(draft, assessment):
                await self.ledger.settle(lease, seen.billed(draft), assessment, "delivered")
                return End(item=verdict, outcome="delivered", model=draft.cost.model)
            case Held(draft, assessment):
                await self.ledger.settle(lease, seen.billed(draft), assessment, None)
                return End(item=Notice.HELD, outcome="delivered", held=verdict)
            case Blocked(draft, assessment):
                await self.ledger.block(lease, seen.billed(draft), assessment)
                return End(item=Notice.BLOCKED, outcome="blocked")
            case None:
                return await self._failed(lease, Notice.EMPTY, seen)

    async def _judged(self, lease: Lease, place: Place, seen: Watched) -> Refused | Verdict | None:
        """Return what the gate says of the request, and then of its whole answer."""
        asked = await self.gate.admit(await self.reading.gather(lease.request))
        match asked:
            case Refused():
                return asked
            case Admitted(request, assessment):
                await self.ledger.admitted(lease, request, assessment)
                return await self._generate(lease, request, place, seen)

    async def _generate(
        self, lease: Lease, request: Request, place: Place, seen: Watched
    ) -> Verdict | None:
        """Show what is cleared of a growing answer, and return the verdict over the whole."""
        await self.delivery.progress(place, Notice.WRITING)
        verdict = None
        async with (
            shown_ahead(self.delivery, place) as ahead,
            closing(self.generators[request.verb].drafts(request)) as drafts,
            aclosing(seen.watch(drafts)) as watched,
            closing(self.gate.stream(watched)) as verdicts,
        ):
            async for verdict in verdicts:
                await ahead.settled()
                if isinstance(verdict, Cleared) and not verdict.whole and await self._open(place):
                    await self.ledger.judged(lease, verdict.assessment)
                    seen.shown = seen.shown if verdict.draft.rough else verdict.draft
                    await self.delivery.show(place, verdict, verdict.draft.cost.model)
        return verdict if seen.last and not _empty(seen.last) else None

    async def _open(self, place: Place) -> bool:
        """Tell whether a part of an answer may be shown there."""
        return bool(place.ts) and not await self.access.is_shared(place.channel)

    async def _made(self, lease: Lease) -> End:
        """Return the end of a request that was answered, but not shown, or was just decided."""
        outcome = lease.outcome or "delivered"
        row = await self.ledger.output(lease.request)
        unreadable = row is None and lease.notice in {None, "HELD"}
        if unreadable or lease.attempt > ATTEMPTS + SHOWN:  # Slack takes it in no form
            return End(item=Notice.FAILED, outcome="failed")
        if row is None or (lease.notice and lease.notice != "HELD"):
            item = Notice[lease.notice or "FAILED"]
            return End(item=item, outcome=outcome, blanks=blanks(lease, self.limits))
        draft = Draft(request=lease.request, content=row.content, cost=Cost(model=row.model))
        return await self._again(lease, draft, outcome)

    async def _again(self, lease: Lease, draft: Draft, outcome: Outcome) -> End:
        """Judge what was made by the rules of this moment, which may redact more."""
        seen = Watched()
        with metered() as seen.calls:
            verdict = await self.gate.review(draft)
        stored = verdict.assessment if isinstance(verdict, Cleared) else None
        if stored or seen.calls:
            await self.ledger.judged(lease, stored, seen.cost)
        if isinstance(verdict, Held):
            reviewer = await self.ledger.reviewer(lease.request, fingerprint(draft.content))
            if reviewer is None:
                return End(item=Notice.HELD, outcome=outcome, held=verdict)
            verdict = self.gate.approve(verdict, reviewer)
        if isinstance(verdict, Blocked):
            return End(item=Notice.BLOCKED, outcome="blocked")
        return End(item=verdict, outcome=outcome, model=draft.cost.model)

    async def _waits(self, lease: Lease, place: Place, seen: Watched, why: Away) -> End | None:
        """Put a request back in line until the engine answers, unless it broke it too often."""
        fault = isinstance(why, EngineCrashed)
        longest_s = max(MAX_WAIT_S, self.limits.patience_s / 10)  # or its attempts end before it
        wait_s = max(why.after_s, min(2.0**lease.attempt, longest_s))
        waited_s = (now_ms() - lease.created_ms) / 1000
        if lease.faults + fault >= FAULTS or waited_s + wait_s > self.limits.patience_s:
            item = Notice.FAILED if fault else Notice.ENGINE_UNAVAILABLE
            return await self._failed(lease, item, seen)
        await self.delivery.progress(place, Notice.WAITING)
        await self.ledger.again(lease, wait_s, seen.cost, fault=fault)
        return None

    async def _explained(self, lease: Lease, sentence: str, seen: Watched) -> End:
        """Say what is wrong with a request; the sentence may quote it, so it is reviewed too."""
        draft = Draft(request=lease.request, content=Text(sentence), cost=Cost(model="atelier"))
        with metered() as judging:
            verdict = await self.gate.review(draft)
        seen.calls += judging
        if not isinstance(verdict, Cleared):
            return await self._failed(lease, Notice.PROMPT_REJECTED, seen)
        await self.ledger.settle(lease, seen.billed(draft), verdict.assessment, "refused")
        return End(item=verdict, outcome="refused")

    async def _stopped(self, lease: Lease, seen: Watched) -> End:
        """End with what people have read by then, if it still passes as a whole."""
        verdict = await self.gate.review(seen.shown) if seen.shown else None
        if not isinstance(verdict, Cleared):
            return await self._failed(lease, Notice.STOPPED, seen, "stopped")
        draft = verdict.draft
        await self.ledger.settle(lease, seen.billed(draft), verdict.assessment, "stopped")
        return End(item=verdict, outcome="stopped", model=draft.cost.model)

    async def _failed(
        self, lease: Lease, item: Notice, seen: Watched, outcome: Outcome = "failed"
    ) -> End:
        await self.ledger.fail(lease, outcome, item.name, seen.cost)
        return End(item=item, outcome=outcome)


def _empty(draft: Draft) -> bool:
    return isinstance(draft.content, Text) and not draft.content.body.strip()
