"""Two reports that come again and again: what was used, day by day, and what reviewers wait for.

Numbers and fixed words only. Whether it may be told there is asked at each run.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from bot.budgets import Scope
from bot.digests.speech import speech
from bot.ledger.reviewing import Waiting
from bot.ledger.rows import now_ms
from bot.reports import BotTools, sums
from bot.sources import is_direct
from generators.draft import ContextUnavailable, Cost, Draft, Request, Text
from generators.sentences import Language

USUAL_DAYS: Final = 7
"""What a report is of that nobody scheduled."""
MOST_DAYS: Final = 31
CELLS: Final = 20
LISTED: Final = 10
"""What waits longest, of which each is named."""
_SAY: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "user": ("What you have used", "您的用量"),
        "channel": ("What was used in this channel", "本频道的用量"),
        "workspace": ("What everybody has used", "所有人的用量"),
        "span": ("{since} to {until} ({zone})", "{since} 至 {until}（{zone}）"),
        "chart": ("Requests by day", "每日请求数"),
        "backlog": ("Waiting for a reviewer", "待审核"),
        "nothing": ("Nothing waits for a reviewer.", "没有待审核的内容。"),
        "waits": (
            "{count} in all, the oldest for {hours} hours; {free} of them nobody has claimed.",
            "共 {count} 项，最久的已等待 {hours} 小时；其中 {free} 项无人认领。",
        ),
        "one": ("req_{name}: {categories}, {hours} h", "req_{name}：{categories}，{hours} 小时"),
        "more": ("and {count} more", "另有 {count} 项"),
    }
)


class UsageDigest:
    """Says what a channel, a person or everybody used since the last time, with a chart by day."""

    def __init__(self, tools: BotTools) -> None:
        """Take the ledger, and who may see what others have used."""
        self._tools = tools

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one report. Raises ContextUnavailable where it may not be told."""
        speak, scope = speech(request.prompt), _scope(request)
        if scope == "workspace" and not await self._may(request):
            raise ContextUnavailable(request.reply_to.channel)
        span = _Span.of(request)
        who = {"user": request.user, "channel": request.reply_to.channel}.get(scope, "")
        totals = await self._tools.ledger.totals(scope, who, span.whole)
        days = [
            (day, sum(one.requests for one in await self._tools.ledger.totals(scope, who, part)))
            for day, part in span.days()
        ]
        chart = f"**{_say('chart', speak)}**\n```\n{charted(days)}\n```"
        used = sums(totals, speak, self._tools.currency)
        title = f"**{_say(scope, speak)}**, {span.text(speak)}"
        yield _own(request, f"{title}\n{used}\n\n{chart}")

    async def _may(self, request: Request) -> bool:
        direct = is_direct(request.reply_to.channel)
        return direct and await self._tools.roles.may(request.user, "see_usage", fresh=True)


class Backlog:
    """Says how much waits for reviewers and how long, and nothing of what it says."""

    def __init__(self, tools: BotTools) -> None:
        """Take the desk, and who may see it."""
        self._tools = tools

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one report. Raises ContextUnavailable where it may not be told."""
        to, sources = request.reply_to, self._tools.sources
        place = request.user if to.only_for else to.channel
        if self._tools.desk is None or not await sources.may_see_backlog(place, request.user):
            raise ContextUnavailable(to.channel)
        waiting = await self._tools.desk.waiting()
        yield _own(request, listed(waiting, now_ms(), speech(request.prompt)))


def listed(waiting: Sequence[Waiting], now: int, speak: Language) -> str:
    """Return what waits, the oldest first; `now` in milliseconds UTC."""
    if not waiting:
        return _say("nothing", speak)
    hours = [(now - one.opened_ms) // 3_600_000 for one in waiting]
    free = sum(one.claimed_by is None for one in waiting)
    rows = [
        "- " + _say("one", speak, name=one.request_id[:8], categories=one.categories, hours=waited)
        for one, waited in list(zip(waiting, hours, strict=True))[:LISTED]
    ]
    if len(waiting) > LISTED:
        rows.append(f"- {_say('more', speak, count=len(waiting) - LISTED)}")
    said = _say("waits", speak, count=len(waiting), hours=max(hours), free=free)
    return "\n".join((f"**{_say('backlog', speak)}**", said, *rows))


def charted(days: Sequence[tuple[date, int]]) -> str:
    """Return numbers by day as bars, the longest of which takes 20 cells.

    >>> print(charted([(date(2026, 11, 2), 3), (date(2026, 11, 3), 0), (date(2026, 11, 4), 12)]))
    2026-11-02 █████ 3
    2026-11-03 0
    2026-11-04 ████████████████████ 12
    """
    most = max((number for _, number in days), default=0) or 1
    rows = ((day, "█" * -(-CELLS * number // most), number) for day, number in days)
    return "\n".join(
        f"{day.isoformat()} {bar} {number}".replace("  ", " ") for day, bar, number in rows
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """From when to when a report tells, in its zone."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, request: Request) -> "_Span":
        flags, zone = request.flags, ZoneInfo(request.flags.get("zone", "UTC"))
        if "since" not in flags:
            until = datetime.now(UTC).astimezone(zone)
            return cls(until - timedelta(days=USUAL_DAYS), until)
        since, until = (
            datetime.fromtimestamp(float(flags[end]), zone) for end in ("since", "until")
        )
        return cls(max(since, until - timedelta(days=MOST_DAYS)), until)

    @property
    def whole(self) -> tuple[int, int]:
        """In milliseconds UTC."""
        return _ms(self.since), _ms(self.until)

    def days(self) -> list[tuple[date, tuple[int, int]]]:
        """Return each local day of it, and which part of the day is in it."""
        zone, day = self.since.tzinfo, self.since.date()
        found = []
        while day <= self.until.date():
            start = datetime.combine(day, time(0), zone)
            day += timedelta(days=1)
            end = datetime.combine(day, time(0), zone)
            part = max(_ms(start), _ms(self.since)), min(_ms(end), _ms(self.until))
            if part[0] < part[1]:
                found.append((start.date(), part))
        return found

    def text(self, speak: Language) -> str:
        """Return it as people read it."""
        since, until = (f"{one:%Y-%m-%d %H:%M}" for one in (self.since, self.until))
        return _say("span", speak, since=since, until=until, zone=str(self.since.tzinfo))


def _scope(request: Request) -> Scope:
    said = request.flags.get("scope", "")
    if said == "workspace":
        return "workspace"
    direct = said == "user" or is_direct(request.reply_to.channel)
    return "user" if direct else "channel"


def _say(what: str, speak: Language, **blanks: object) -> str:
    return _SAY[what][speak == "zh"].format(**blanks)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _own(request: Request, body: str) -> Draft:
    return Draft(request=request, content=Text(body), cost=Cost(model="atelier"))
