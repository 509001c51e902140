"""The watch over a channel's mood: reads what is new, and asks for an alert when it has turned.

What is read is judged for its wording and forgotten; the ledger keeps numbers and times only.
Two bots that look at the same time read the same; whoever settles first is right, and the other
one's is dropped (`bot.ledger.memory:keeping`).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.digests.clock import Look, fired
from bot.digests.turning import Turning
from bot.ledger.memory import Memory, keeping
from bot.ledger.memory import Watched as Kept
from bot.ledger.schedules import Period
from bot.runs import Run
from generators.cues import is_noise
from generators.draft import Line, Request
from generators.recap import plain

COOL_MS: Final = 2 * 3_600_000
"""How long nothing is said after an alert that nobody has acknowledged."""

Negative = Callable[[str], bool]
"""Tells whether a text reads negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Finds out what runs of schedules of the kind `watch` come to."""

    memory: Memory
    look: Look
    negative: Negative

    async def run(self, period: Period, now: datetime) -> Run:
        """Read what is new and return an alert where the mood has turned; else it is quiet.

        Raises ContextUnavailable where it cannot be read, and EngineUnavailable.
        """
        one = period.schedule
        before = await self.memory.watched(one.id)
        was = Turning.of(before.state)
        asked = fired(period, now)
        since = max(float(was.seen or 0), one.created_ms / 1000)
        span = {"since": f"{since:.6f}", "until": f"{now.timestamp():.6f}"}
        asked = replace(asked, flags={**asked.flags, **span})
        said = (await self.look.gather(asked)).context
        quietly = now.timestamp() * 1000 < before.quiet_ms
        becomes = await asyncio.to_thread(self.heard, was, said, quietly)
        return _run(period, before, becomes, asked)

    def heard(self, was: Turning, said: Sequence[Line], quietly: bool) -> Turning:
        """Return what the watch is after messages, in the order in which they were written."""
        for line in sorted(spoken(said), key=lambda one: float(one.ts)):
            if float(line.ts) > float(was.seen or 0):
                was = was.heard(line.ts, negative=self.negative(plain(line.text)), quietly=quietly)
                if was.turned:
                    break  # the alert tells of this; the rest is read at the next run
        return was


def _run(period: Period, before: Kept, is_now: Turning, asked: Request) -> Run:
    if not is_now.turned:
        kept = keeping(period.schedule.id, before, is_now.text(), before.quiet_ms)
        return Run("quiet", None, kept)
    quiet_ms, alert = period.due_ms + COOL_MS, replace(asked, flags={**asked.flags, **turn(is_now)})
    return Run(
        "asked", alert, keeping(period.schedule.id, before, is_now.rested().text(), quiet_ms)
    )


def turn(told: Turning) -> dict[str, str]:
    """Return the flags of an alert: from when to when, and how many were negative.

    A time is that of a message, so the first one is put just before it.
    """
    return {
        "since": f"{float(told.since) - 1e-6:.6f}",
        "until": told.seen,
        "turn": f"{told.run_negative}/{told.run}/{told.usual:.3f}",
    }


def spoken(said: Sequence[Line]) -> Sequence[Line]:
    """Return the messages in which people say something."""
    return [one for one in said if plain(one.text) and not is_noise(one.author, one.text)]
