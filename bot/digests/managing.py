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
from bot.digests.clock import QUIET, fired
from bot.digests.phrases import Refused, following, read
from bot.digests.said import moment, say, standing
from bot.digests.zones import named
from bot.ledger.schedules import FAILURES, Period, Scheduled, Schedules, State, TooMany
from generators.draft import Cost, Draft, PromptRejected, Request, Text
from generators.sentences import language

if TYPE_CHECKING:
    from bot.reports import BotTools

Act = Literal["list", "pause", "resume", "delete", "now", "edit"]

SHOWN: Final = 3
"""Runs that are shown of what was kept."""
LENGTHS: Final = ("short", "normal", "long")
MOST_QUIET: Final = 1000
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

    def __init__(self, tools: "BotTools", *, kind: str = "digest") -> None:
        """Take the ledger, who people are, and the verb that is asked for at each run."""
        self._schedules: Schedules = tools.ledger.schedules
        self._roles = tools.roles
        self._feeds = tools.feeds
        self._kind = kind

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
            if found and (act == "edit") == bool(found["rest"].strip()):
                return await self._act(request, act, found)
        return await self._list(request) if not asked else await self._keep(request)

    async def _keep(self, request: Request) -> str:
        asked = _QUIETLY.sub("", request.prompt).strip()
        now, options = datetime.now(UTC), _options(request)
        special = own.chosen(asked, request, self._feeds)
        if special:
            await self._alone(request, special)
            asked, options = special.phrase, special.options
        zone, runs = await self._understood(request, asked, now)
        now_ms = int(now.timestamp() * 1000)
        wanted = Scheduled(
            id=request.id.hex,
            number=0,
            kind=special.kind if special else self._kind,
            team=request.team,
            channel=request.reply_to.channel,
            owner=request.user,
            phrase=asked,
            zone=zone,
            options=options,
            first=runs[0].date(),
            created_ms=now_ms,
            done_ms=now_ms,
        )
        try:
            kept = await self._schedules.keep(wanted)
        except TooMany as error:
            raise PromptRejected(say("many", request)) from error
        return self._echo("kept", request, kept, runs)

    async def _alone(self, request: Request, special: own.Chosen) -> None:
        """Refuse a second watch over a channel. Raises PromptRejected."""
        here = await self._schedules.of(request.reply_to.channel)
        found = next((one for one in here if one.kind == special.kind == "watch"), None)
        if found is not None and found.id != request.id.hex:
            raise PromptRejected(own.say("twice", request, n=found.number))

    async def _understood(
        self, request: Request, phrase: str, now: datetime
    ) -> tuple[str, Sequence[datetime]]:
        """Return the zone of a phrase and its next runs. Raises PromptRejected with examples."""
        zone = await self._zone(request)
        made = read(phrase, zone)
        if isinstance(made, Refused):
            raise PromptRejected(f"{made.hint} {say('acts', request)}")
        return made.zone, following(made, now, SHOWN)

    async def _zone(self, request: Request) -> str:
        person = await self._roles.people.person(request.user)
        known = named(person.tz) if person and person.tz else None
        return known or "UTC"

    def _echo(self, how: str, request: Request, one: Scheduled, runs: Sequence[datetime]) -> str:
        said = say(how, request, n=one.number, phrase=own.said(one).phrase, zone=one.zone)
        speak = language(request.prompt)
        listed = "\n".join(f"- {moment(run, speak)}" for run in runs)
        quiet = int(one.options.get("quiet", QUIET))
        rest = say("quietly" if quiet else "always", request, quiet=quiet, n=one.number)
        if one.kind in own.KINDS:
            rest = own.say(one.kind, request, n=one.number)
        return f"{said}\n{listed}\n\n{rest}"

    async def _act(self, request: Request, act: Act, found: re.Match[str]) -> str:
        if act == "list":
            return await self._list(request)
        here = await self._schedules.of(request.reply_to.channel)
        one = _chosen(request, here, found["number"])
        if act == "now" and one.kind in own.KINDS:
            raise PromptRejected(own.say("now", request, n=one.number))
        if act == "now":
            return await self._run(request, one)
        if one.owner != request.user and not await self._roles.may(request.user, "operate"):
            raise PromptRejected(say("not yours", request, n=one.number))
        if act == "edit":
            return await self._edit(request, one, found["rest"])
        turned: Mapping[Act, State] = {"pause": "paused", "resume": "active", "delete": "deleted"}
        await self._schedules.turn(one, turned[act], request.user)
        if act == "resume":
            return self._echo(act, request, one, _next(one))
        return say(act, request, n=one.number, phrase=one.phrase)

    async def _edit(self, request: Request, one: Scheduled, rest: str) -> str:
        phrase = _QUIETLY.sub("", rest).strip()
        zone, runs = await self._understood(request, phrase, datetime.now(UTC))
        changed = {"phrase": phrase, "zone": zone, "first_day": runs[0].date().isoformat()}
        await self._schedules.turn(one, "active", request.user, **changed)
        return self._echo("edit", request, replace(one, phrase=phrase, zone=zone), runs)

    async def _run(self, request: Request, one: Scheduled) -> str:
        now = datetime.now(UTC)
        key, now_ms = f"now {request.id.hex}", int(now.timestamp() * 1000)
        period = Period(schedule=one, key=key, due_ms=now_ms)
        await self._schedules.settle(period, "asked", fired(period, now))
        return say("now", request, n=one.number)

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


def _next(one: Scheduled) -> Sequence[datetime]:
    made = read(one.phrase, one.zone)
    if isinstance(made, Refused):
        return ()
    return tuple(islice(made.runs(datetime.now(UTC), one.first), SHOWN))


def _options(request: Request) -> Mapping[str, str]:
    """Return the flags that go with every run. Raises PromptRejected."""
    chosen = {name: request.flags[name] for name in ("length", "quiet") if name in request.flags}
    quiet = chosen.get("quiet", "0")
    if chosen.get("length", "normal") not in LENGTHS:
        raise PromptRejected(say("length", request))
    if not quiet.isdecimal() or not quiet.isascii() or int(quiet) > MOST_QUIET:
        raise PromptRejected(say("quiet", request))
    return chosen
