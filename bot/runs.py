"""What a run of a schedule comes to that finds out for itself: of a feed, and of a watch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.ledger.memory import Beside
from bot.ledger.schedules import Period
from generators.draft import Request


@dataclass(frozen=True, slots=True)
class Run:
    """What was found, to be settled in one transaction (`bot.ledger.schedules`)."""

    outcome: Literal["asked", "quiet"]
    request: Request | None
    """What is asked for, where there is something to tell."""
    beside: Beside
    """Remembers what was found. Raises Outrun where somebody else has, meanwhile."""


class Finding(Protocol):
    """Finds out what a run comes to."""

    async def run(self, period: Period, now: datetime) -> Run:
        """Look; nothing is settled yet.

        Raises ContextUnavailable where it cannot be read or posted, and EngineUnavailable where
        nobody knows.
        """
        ...


@dataclass(slots=True)
class Finders:
    """Who finds out, by kind of schedule: nobody before Slack is connected."""

    by_kind: Mapping[str, Finding] = field(default_factory=dict)
