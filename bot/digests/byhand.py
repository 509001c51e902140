"""A run that somebody asks for: of a digest, of a feed, of a watch.

It is the request of who asks, within what they may and their budgets, and counts as no failure of
the schedule. Asked again, as after a crash, it is the same run.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.digests import own
from bot.digests.clock import fired
from bot.digests.said import moment, say, together
from bot.digests.speech import speech
from bot.digests.turning import LEARNED, LIMIT, Turning
from bot.ledger.memory import Memory, Outrun, Watched
from bot.ledger.reckoning import NOW
from bot.ledger.schedules import Period, Scheduled
from generators.draft import ContextUnavailable, EngineUnavailable, PromptRejected, Request

if TYPE_CHECKING:
    from bot.reports import BotTools

_TRIES: Final = 3
"""How often it is looked again where somebody else has looked meanwhile."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """Lets a schedule run now, besides its own times."""

    tools: "BotTools"

    async def run(self, request: Request, one: Scheduled) -> str:
        """Return what is said of it. Raises PromptRejected, EngineUnavailable."""
        now = datetime.now(UTC)
        key, now_ms = f"{NOW} {request.id.hex}", int(now.timestamp() * 1000)
        period = Period(schedule=one, key=key, due_ms=now_ms)
        if one.kind in own.KINDS:
            return await self._found(request, period)
        asked = _asked(fired(period, now), request)
        await self.tools.ledger.schedules.settle(period, "asked", asked)
        return say("now", request, n=one.number)

    async def _found(self, request: Request, period: Period) -> str:
        schedules, one = self.tools.ledger.schedules, period.schedule
        outcome: str | None = await schedules.outcome(period)
        if outcome is None:
            outcome = await self._looked(request, period)
        if one.kind == "watch":
            kept = await Memory(schedules.writer, schedules.keys).watched(one.id)
            return standing(request, one, kept, told=outcome != "quiet")
        return own.say("nothing" if outcome == "quiet" else "now", request, n=one.number)

    async def _looked(self, request: Request, period: Period) -> str:
        """Look, and settle what is found; return how. Raises PromptRejected, EngineUnavailable."""
        one, finder = period.schedule, self.tools.finders.by_kind.get(period.schedule.kind)
        if finder is None:
            raise PromptRejected(own.say("no hand", request))
        for _ in range(_TRIES):
            try:
                run = await finder.run(period, datetime.now(UTC))
                asked = run.request and _asked(run.request, request)
                await self.tools.ledger.schedules.settle(period, run.outcome, asked, run.beside)
            except ContextUnavailable as error:
                raise PromptRejected(own.say("not now", request, n=one.number)) from error
            except Outrun:
                continue
            return run.outcome
        raise EngineUnavailable("others look at it all the time")


def _asked(run: Request, request: Request) -> Request:
    """Return a run as the request of who asked for it."""
    return replace(run, user=request.user, team=request.team)


def standing(request: Request, one: Scheduled, kept: Watched, *, told: bool) -> str:
    """Return how a watch stands, in sentences; `told`: an alert was asked for with this look."""
    state, parts = Turning.of(kept.state), [own.say("watches", request, n=one.number)]
    if state.base < LEARNED:
        counts = {"n": round(state.base), "of": LEARNED, "bad": round(state.base_negative)}
        parts.append(own.say("learns", request, **counts))
    else:
        parts.append(own.say("usual", request, usual=round(100 * state.usual)))
        parts.append(_turn(request, state, told=told))
    until = datetime.fromtimestamp(kept.quiet_ms / 1000, ZoneInfo(one.zone))
    if until > datetime.now(UTC):
        when = moment(until, speech(request.prompt))
        parts.append(own.say("silent", request, when=when, zone=one.zone))
    return together(parts, request)


def _turn(request: Request, state: Turning, *, told: bool) -> str:
    if told:
        return own.say("turned", request)
    if not state.run:
        return own.say("calm", request)
    share = min(99, round(100 * state.sum / LIMIT))
    counts = {"bad": state.run_negative, "all": state.run, "share": share}
    return own.say("turning", request, **counts)
