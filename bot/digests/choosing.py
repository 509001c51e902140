"""What a request for a schedule comes to: which verb, where to, of which channels, with what.

What may not be told there, or to whom, is refused while somebody is there to hear why; that it
still may be is asked again at each run.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.digests import own
from bot.digests.holidays import region, region_of
from bot.digests.kinds import KINDS, Kind, Name, Wanted, less_holidays, wanted
from bot.digests.phrases import refused
from bot.digests.said import say
from bot.digests.words import Unknown
from bot.sources import FLAG, MINE, is_direct
from generators.draft import PromptRejected, Request

if TYPE_CHECKING:
    from bot.reports import BotTools

LENGTHS: Final = ("short", "normal", "long")
MOST_QUIET: Final = 1000
HOLIDAYS: Final = "holidays"
NAMES: Final = "names"
"""The option with the channels as people call them."""
NOT_FLAGS: Final = frozenset({"quiet", HOLIDAYS, NAMES})
"""Options that count before a run, and go with none."""
NONE: Final = frozenset({"no", "none", "off", "不", "否"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is to come, and where to."""

    kind: Name
    channel: str
    when: str
    options: Mapping[str, str]
    region: str = ""
    """Whose public holidays are left out, where it was said; `?`: those of its zone."""
    says: bool = True
    """Whether it was said what it brings; it is a digest of its channel otherwise."""
    frees: bool = False
    """Whether it was said that it comes on public holidays, too."""

    def keeps(self, option: str) -> bool:
        """Tell whether an option of before stays."""
        return option != HOLIDAYS or not self.frees


@dataclass(frozen=True, slots=True)
class Choosing:
    """Looks up what was said, and whether it may be."""

    tools: "BotTools"

    async def of(self, request: Request, phrase: str) -> Chosen:
        """Return what a request asks for. Raises PromptRejected, EngineUnavailable."""
        try:
            if alone := own.chosen(phrase, request, self.tools.feeds):
                return await asyncio.to_thread(self._alone, request, alone)
            said = wanted(phrase)
        except Unknown as error:
            hint = refused(phrase, error).hint
            raise PromptRejected(f"{hint} {say('kinds', request)}") from error
        kind = self._known(request, said.kind)
        channel = await self._where(request, said)
        to = replace(request, reply_to=replace(request.reply_to, channel=channel))
        match said.kind:
            case "digest":
                options = await self._channels(to, said)
            case "usage":
                options = await self._scope(to, said)
            case "reviews":
                await self._backlog(to)
                options = dict[str, str]()
            case "feed" | "watch":  # which are asked for in other words
                options = dict[str, str]()
        given = _options(request, reads=kind.reads)
        return Chosen(
            kind=said.kind,
            channel=channel,
            when=said.when,
            options={**options, **given},
            region=await asyncio.to_thread(_region, request, said=said.holidays),
            says=said.says,
            frees=request.flags.get(HOLIDAYS, "").casefold() in NONE,
        )

    def _alone(self, request: Request, alone: own.Chosen) -> Chosen:
        """Return a feed or a watch. Raises PromptRejected, Unknown."""
        self._known(request, alone.kind)
        _options(request, reads=False)
        if alone.kind == "watch" and request.flags.get(HOLIDAYS):
            raise PromptRejected(own.say("always", request))
        when, holidays = less_holidays(alone.phrase)
        return Chosen(
            kind=alone.kind,
            channel=request.reply_to.channel,
            when=when,
            options=alone.options,
            region=_region(request, said=holidays),
            frees=request.flags.get(HOLIDAYS, "").casefold() in NONE,
        )

    def _known(self, request: Request, name: Name) -> Kind:
        """Return a kind whose verb this installation has. Raises PromptRejected."""
        kind = KINDS[name]
        if kind.verb not in self.tools.verbs:
            raise PromptRejected(say("no kind", request))
        return kind

    async def _where(self, request: Request, said: Wanted) -> str:
        here = request.reply_to.channel
        if not said.direct or is_direct(here):
            return here
        direct = await self.tools.sources.places.direct(request.user)
        if not direct:
            raise PromptRejected(say("no direct", request))
        return direct

    async def _channels(self, request: Request, said: Wanted) -> dict[str, str]:
        """Return the channels that a digest is of; none: the one that it is posted in."""
        if not said.channels:
            return {FLAG: MINE} if said.direct else {}
        found = {await self._found(request, name): name for name in said.channels}
        if list(found) == [request.reply_to.channel]:
            return {}
        names = [await self._readable(request, source, name) for source, name in found.items()]
        return {FLAG: " ".join(found), NAMES: ", ".join(names)}

    async def _found(self, request: Request, name: str) -> str:
        """Return the id of a channel that was said. Raises PromptRejected."""
        if name.isupper() and name.isascii() and name[0] in "CG":
            return name
        found = await self.tools.sources.places.find(name)
        if not found:
            raise PromptRejected(say("unknown", request, name=name))
        return found

    async def _readable(self, request: Request, source: str, name: str) -> str:
        """Return how a channel is called that may be told of there. Raises PromptRejected."""
        sources = self.tools.sources
        why = await sources.refusal(source, request.reply_to.channel, request.user)
        if why:
            raise PromptRejected(say(why, request, name=name))
        place = await sources.places.place(source)
        return f"#{place.name if place else name}"

    async def _scope(self, request: Request, said: Wanted) -> dict[str, str]:
        direct = is_direct(request.reply_to.channel)
        if not said.everybody:
            return {"scope": "user" if direct else "channel"}
        if not direct:
            raise PromptRejected(say("everybody directly", request))
        if not await self.tools.roles.may(request.user, "see_usage", fresh=True):
            raise PromptRejected(say("everybody denied", request))
        return {"scope": "workspace"}

    async def _backlog(self, request: Request) -> None:
        to, owner = request.reply_to.channel, request.user
        if not await self.tools.sources.may_see_backlog(to, owner):
            raise PromptRejected(say("no backlog", request))


def closed(request: Request, chosen: Chosen, zone: str, usual: str) -> dict[str, str]:
    """Return the option that names whose public holidays are left out. Raises PromptRejected.

    `usual`: whose they are where nobody says.
    """
    if not chosen.region:
        return {}
    where = chosen.region if chosen.region != "?" else region(usual) or region_of(zone)
    if not where:
        raise PromptRejected(say("whose holidays", request))
    return {HOLIDAYS: where}


def _region(request: Request, *, said: bool) -> str:
    """Return whose holidays are meant; `said`: some are, by words. Raises PromptRejected."""
    flag = request.flags.get(HOLIDAYS, "")
    if not flag:
        return "?" if said else ""
    if flag.casefold() in NONE and not said:
        return ""
    if flag.casefold() in {"skip", "yes", "跳过", "是"}:
        return "?"
    where = region(flag)
    if not where:
        raise PromptRejected(say("whose holidays", request))
    return where


def _options(request: Request, *, reads: bool) -> dict[str, str]:
    """Return the flags that go with every run. Raises PromptRejected."""
    chosen = {name: request.flags[name] for name in ("length", "quiet") if name in request.flags}
    quiet = chosen.get("quiet", "0")
    if chosen and not reads:
        raise PromptRejected(say("only digests", request))
    if chosen.get("length", "normal") not in LENGTHS:
        raise PromptRejected(say("length", request))
    if not quiet.isdecimal() or not quiet.isascii() or int(quiet) > MOST_QUIET:
        raise PromptRejected(say("quiet", request))
    return chosen


def shown_names(options: Mapping[str, str]) -> Sequence[str]:
    """Return the channels of a schedule as people call them, where it is of others than its own."""
    return [name for name in options.get(NAMES, "").split(", ") if name]
