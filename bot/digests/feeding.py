"""A digest of a feed: at each of its times what is new in it, and nothing where nothing is.

The feed is read before anything is asked for, so that a request is made only where there is
something to show. What it will show goes along as its prompt, sealed like any other; the entries
are remembered in the same transaction, and so told once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.digests.alerting import topics
from bot.digests.clock import Look, fired
from bot.digests.entries import Entry, Feed, NoFeed, read
from bot.digests.fetching import Unfetched
from bot.ledger.memory import Memory, telling
from bot.ledger.schedules import Period
from bot.runs import Run
from generators.draft import ContextUnavailable, Request
from generators.feed import CHART_DAYS, day_row, told

log = logging.getLogger(__name__)

FIRST: Final = timedelta(hours=24)
"""How old entries may be that the first digest of a feed shows."""
_OLD: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeding:
    """Finds out what runs of schedules of the kind `feed` come to."""

    memory: Memory
    look: Look
    fetch: Callable[[str], Awaitable[bytes]]
    """Returns what is at an address. Raises Unfetched."""
    passes: Callable[[str, Request], Awaitable[bool]]
    """Tells whether moderation lets an entry in."""
    most: int = 10
    """Entries that one digest shows."""
    negative: Callable[[str], bool] = field(default=lambda _text: False)
    """Tells whether a title reads negative, for the chart."""

    async def run(self, period: Period, now: datetime) -> Run:
        """Read the feed and return what it brings; nothing new is quiet.

        Raises ContextUnavailable where it cannot be read or posted, and EngineUnavailable.
        """
        asked, one = fired(period, now), period.schedule
        await self.look.gather(asked)
        feed = await self._read(one.options.get("url", ""), one.id)
        known = await self.memory.told(one.id)
        fresh = await self._passed(unknown(feed, known, now), asked)
        beside = telling(one.id, [entry.key for entry in feed.entries], [new.key for new in fresh])
        if not fresh:
            return Run("quiet", None, beside)
        said = told(feed.title, one.options.get("url", ""), rows(fresh[: self.most]), len(fresh))
        if "chart" in one.options:
            days = await asyncio.to_thread(
                charted, await self._passed(feed.entries, asked), self.negative
            )
            said = "\n".join([said, *days])
        return Run("asked", replace(asked, prompt=said), beside)

    async def _read(self, address: str, schedule: str) -> Feed:
        try:
            raw = await self.fetch(address)
            return await asyncio.to_thread(read, raw, address)
        except (Unfetched, NoFeed) as error:
            about = {"id": schedule[:8], "why": type(error).__name__}
            log.warning("schedule %(id)s could not run: %(why)s", about)
            raise ContextUnavailable(about["why"]) from error

    async def _passed(self, entries: Sequence[Entry], asked: Request) -> list[Entry]:
        return [one for one in entries if await self.passes(f"{one.title} {one.author}", asked)]


def unknown(feed: Feed, known: Collection[str] | None, now: datetime) -> list[Entry]:
    """Return the entries that are new, newest first; at first those of the last day."""
    if known is None:
        found = [one for one in feed.entries if (one.at or _OLD) > now - FIRST]
    else:
        found = [one for one in feed.entries if one.key not in known]
    return sorted(found, key=lambda one: one.at or _OLD, reverse=True)


def charted(entries: Sequence[Entry], negative: Callable[[str], bool]) -> list[str]:
    """Return the newest days of a feed: how many entries, how many negative, what they share."""
    days = dict[str, list[str]]()
    for one in entries:
        if one.at is not None:
            days.setdefault(f"{one.at:%Y-%m-%d}", []).append(one.title)
    newest = sorted(days)[-CHART_DAYS:]
    return [
        day_row(day, len(days[day]), sum(map(negative, days[day])), ", ".join(topics(days[day])))
        for day in newest
    ]


def rows(entries: Sequence[Entry]) -> list[tuple[str, str, str, str]]:
    """Return what is shown of entries: title, link, author and day."""
    return [
        (one.title, one.link, one.author, f"{one.at:%Y-%m-%d}" if one.at else "") for one in entries
    ]
