"""When a schedule runs that somebody asks for, with whose public holidays left out."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bot.digests.calendar import Schedule
from bot.digests.choosing import HOLIDAYS, Chosen, closed
from bot.digests.clock import planned
from bot.digests.holidays import works_weekends
from bot.digests.phrases import Refused, following, read
from bot.digests.said import say
from bot.ledger.schedules import Scheduled
from generators.draft import PromptRejected, Request

SHOWN: Final = 3
"""Runs that are shown of what was kept."""


@dataclass(frozen=True, slots=True)
class Timed:
    """When it runs."""

    zone: str
    runs: Sequence[datetime]
    """The next ones, at least one."""
    options: Mapping[str, str]
    """What of it is kept beside the phrase."""


async def timed(request: Request, chosen: Chosen, zone: str, usual: str) -> Timed:
    """Return when it runs; in `zone` if none is said, and where `usual` has holidays if none is.

    Raises PromptRejected with examples.
    """
    made = read(chosen.when, zone)
    if isinstance(made, Refused):
        acts = "kinds" if chosen.kind != "digest" else "acts"
        raise PromptRejected(f"{made.hint} {say(acts, request)}")
    found = await asyncio.to_thread(_timed, request, chosen, made, usual)
    if not found.runs:
        raise PromptRejected(say("always closed", request))
    return found


def works(one: Scheduled) -> bool:
    """Tell whether a schedule also runs on weekend days that are worked this year or the next."""
    made, year = planned(one), datetime.now(UTC).year
    if isinstance(made, Refused) or not made.days.working:
        return False
    return works_weekends(made.closed, year) or works_weekends(made.closed, year + 1)


def _timed(request: Request, chosen: Chosen, made: Schedule, usual: str) -> Timed:
    """Return the same; in a thread, for what is known of holidays takes a while to load."""
    options = closed(request, chosen, made.zone, usual)
    open_ = replace(made, closed=options.get(HOLIDAYS, ""))
    return Timed(made.zone, following(open_, datetime.now(UTC), SHOWN), options)
