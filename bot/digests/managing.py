"""What `/digest` with words does: keep a schedule, list, pause, resume, change, run, delete it.

A generator, so that its answers are moderated, accounted and delivered the one way there is. What
it changes is keyed by its request: an answer that is made twice changes one thing.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from bot.digests import own
from bot.digests.byhand import ByHand
from bot.digests.choosing import HOLIDAYS, Choosing, Chosen
from bot.digests.clock import planned, quiet_of
from bot.digests.kinds import KINDS
from bot.digests.phrases import Refused
from bot.digests.said import brought, moment, say, standing, together
from bot.digests.speech import speech
from bot.digests.timed import SHOWN, timed, works
from bot.digests.zones import named
from bot.ledger.reckoning import FAILURES
from bot.ledger.rows import now_ms
from bot.ledger.schedules import Scheduled, Schedules, State, TooMany
from generators.draft import Cost, Draft, PromptRejected, Request, Text

if TYPE_CHECKING:
    from bot.reports import BotTools

Act = Literal["list", "pause", "resume", "delete", "now", "edit"]

_WORDS: Final[Mapping[Act, str]] = MappingProxyType(
    {
        "list": "list|show|列表|列出|查看",
        "pause": "pause|暂停",
        "resume": "resume|unpause|恢复|继续",
        "delete": "delete|remove|cancel|undo|删除|取消|撤销",
        "now": "now|run now|run|现在|立即|马上",
        "edit": "edit|change|修改|更改|改",
    }
)
_NUMBERED: Final = r"\s*(?:#|no\.?|number|第)?\s*(?P<number>\d{1,6})?\s*(?:now|个|号)?\s*"
_FORMS: Final[Mapping[Act, re.Pattern[str]]] = MappingProxyType(
    {
        act: re.compile(f"(?:{words})(?![a-z]){_NUMBERED}(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
        for act, words in _WORDS.items()
    }
)
_QUIETLY: Final = re.compile(
    r"[,;，；]?\s*(?:(?:and|but)\s+)?(?:skip|not)\s+(?:it\s+)?"
    r"(?:if|when)\s+(?:it(?:'s| is)\s+)?quiet"
    r"|[,，；]?\s*(?:如果)?(?:安静|没有?消息|没人说话)(?:时|的话)?就?(?:跳过|不发)",
    re.IGNORECASE,
)


class Scheduling:
    """Keeps, shows and changes what a channel gets again and again."""

    def __init__(self, tools: "BotTools", *, holidays: str = "") -> None:
        """Take the ledger, who people are, and whose public holidays are meant if nobody says."""
        self._schedules: Schedules = tools.ledger.schedules
        self._roles = tools.roles
        self._choosing = Choosing(tools)
        self._hand = ByHand(tools)
        self._holidays = holidays

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one answer; raise `PromptRejected` for what is not understood or not theirs."""
        said = await self._answer(request)
        yield Draft(request=request, content=Text(said), cost=Cost(model="atelier"))

    async def _answer(self, request: Request) -> str:
        if "paused" in request.flags:
            return await self._told(request)
        asked = request.prompt.strip()
        for act, form in _FORMS.items():
            found = form.fullmatch(asked)
            if found and _fits(request, act, found["rest"]):
                return await self._act(request, act, found)
        return await self._list(request) if not asked else await self._keep(request)

    async def _keep(self, request: Request) -> str:
        chosen = await self._choosing.of(request, _QUIETLY.sub("", request.prompt).strip())
        await self._alone(request, chosen, request.id.hex)
        when = await timed(request, chosen, await self._zone(request), self._holidays)
        at_ms = now_ms()
        wanted = Scheduled(
            id=request.id.hex,
            number=0,
            kind=KINDS[chosen.kind].verb,
            team=request.team,
            channel=chosen.channel,
            owner=request.user,
            phrase=chosen.when,
            zone=when.zone,
            options={**chosen.options, **when.options},
            first=when.runs[0].date(),
            created_ms=at_ms,
            done_ms=at_ms,
        )
        try:
            kept = await self._schedules.keep(wanted)
        except TooMany as error:
            raise PromptRejected(say("many", request)) from error
        elsewhere = kept.channel != request.reply_to.channel
        return self._echo("kept directly" if elsewhere else "kept", request, kept, when.runs)

    async def _alone(self, request: Request, chosen: Chosen, known: str) -> None:
        """Refuse a second watch over a channel beside a known one. Raises PromptRejected."""
        here = await self._schedules.of(request.reply_to.channel)
        found = next((one for one in here if one.kind == chosen.kind == "watch"), None)
        if found is not None and found.id != known:
            raise PromptRejected(own.say("twice", request, n=found.number))

    async def _zone(self, request: Request) -> str:
        person = await self._roles.people.person(request.user)
        known = named(person.tz) if person and person.tz else None
        return known or "UTC"

    def _echo(self, how: str, request: Request, one: Scheduled, runs: Sequence[datetime]) -> str:
        said = say(how, request, n=one.number, phrase=own.said(one).phrase, zone=one.zone)
        speak = speech(request.prompt)
        listed = "\n".join(f"- {moment(run, speak)}" for run in runs)
        return f"{said}\n{listed}\n\n{_rest(request, one)}"

    async def _act(self, request: Request, act: Act, found: re.Match[str]) -> str:
        if act == "list":
            return await self._list(request)
        here = await self._schedules.of(request.reply_to.channel)
        one = _chosen(request, here, found["number"])
        if act == "now":
            return await self._hand.run(request, one)
        if one.owner != request.user and not await self._roles.may(request.user, "operate"):
            raise PromptRejected(say("not yours", request, n=one.number))
        if act == "edit":
            return await self._edit(request, one, found["rest"])
        turned: Mapping[Act, State] = {"pause": "paused", "resume": "active", "delete": "deleted"}
        await self._schedules.turn(one, turned[act], request.user)
        if act == "resume":
            return self._echo(act, request, one, _next(one))
        return say(act, request, n=one.number, phrase=own.said(one).phrase)

    async def _edit(self, request: Request, one: Scheduled, rest: str) -> str:
        """Change when it comes and with what; what it brings stays, where nothing else is said."""
        phrase = _QUIETLY.sub("", rest).strip()
        chosen = await self._choosing.of(request, phrase)
        if not chosen.says and one.kind != "digest" and {"length", "quiet"} & set(request.flags):
            raise PromptRejected(say("only digests", request))
        if chosen.channel != one.channel:
            raise PromptRejected(say("moves", request))
        await self._alone(request, chosen, one.id)
        zone = await self._zone(request) if chosen.when else one.zone
        chosen = _as_before(one, chosen)
        when = await timed(request, chosen, zone, self._holidays)
        new = replace(
            one,
            phrase=chosen.when,
            zone=when.zone,
            kind=KINDS[chosen.kind].verb if chosen.says else one.kind,
            options={**_left(one, chosen), **chosen.options, **when.options},
            first=when.runs[0].date(),
        )
        await self._schedules.change(new, request.user)
        return self._echo("edit", request, new, when.runs)

    async def _list(self, request: Request) -> str:
        here = await self._schedules.of(request.reply_to.channel)
        if not here:
            return f"{say('none', request)} {say('acts', request)}"
        rows = "\n".join(f"- {standing(own.said(one), _next(one), request)}" for one in here)
        return f"{say('all', request)}\n{rows}\n\n{say('acts', request)}"

    async def _told(self, request: Request) -> str:
        """Say to an owner why what they scheduled is paused."""
        one = await self._schedules.get(request.flags["paused"])
        if one is None:
            raise PromptRejected(say("gone", request))
        told = {"phrase": own.said(one).phrase, "channel": one.channel, "times": FAILURES}
        speak = own.say if one.kind in own.KINDS else say
        return speak("failing", request, n=one.number, **told)


def _chosen(request: Request, here: Sequence[Scheduled], number: str | None) -> Scheduled:
    """Return the schedule that is meant. Raises PromptRejected where none is, or several are."""
    meant = [one for one in here if number is None or one.number == int(number)]
    if len(meant) == 1:
        return meant[0]
    numbers = ", ".join(str(one.number) for one in here)
    raise PromptRejected(say("which", request, numbers=numbers) if here else say("none", request))


def _fits(request: Request, act: Act, rest: str) -> bool:
    """Tell whether what stands after an act goes with it; only a change says more, or options."""
    if act == "edit":
        return bool(rest.strip() or request.flags)
    return not rest.strip()


def _next(one: Scheduled) -> Sequence[datetime]:
    made = planned(one)
    if isinstance(made, Refused):
        return ()
    return tuple(islice(made.runs(datetime.now(UTC), one.first), SHOWN))


def _as_before(one: Scheduled, chosen: Chosen) -> Chosen:
    """Return a change with what is not said of when, and of whose holidays, as it was."""
    whose = one.options.get(HOLIDAYS, "")
    unsaid = chosen.region == "?" or not (chosen.region or chosen.frees)
    return replace(
        chosen,
        when=chosen.when or one.phrase,
        region=whose if whose and unsaid else chosen.region,
    )


def _left(one: Scheduled, chosen: Chosen) -> Mapping[str, str]:
    """Return the options that stay when a schedule is changed."""
    kept = set(one.options)
    if chosen.says:
        kept = {HOLIDAYS, *(("length", "quiet") if KINDS[chosen.kind].reads else ())}
    return {name: one.options[name] for name in kept & set(one.options) if chosen.keeps(name)}


def _rest(request: Request, one: Scheduled) -> str:
    """Return what else there is to know of a schedule."""
    if one.kind in own.KINDS:
        return own.say(one.kind, request, n=one.number)
    direct = one.channel != request.reply_to.channel
    what, where, quiet = brought(one, request), one.options.get(HOLIDAYS), quiet_of(one)
    if direct and one.options.get("names"):
        what = ""  # others may read this
    parts = [
        say("tells", request, brings=what) if what else "",
        say("closed", request, region=where) if where else "",
        say("worked", request) if where and works(one) else "",
        say("directly", request) if direct else "",
        say("quietly" if quiet else "always", request, quiet=quiet, n=one.number),
    ]
    return together(parts, request)
