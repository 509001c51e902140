"""When does a channel's mood turn? CUSUM (Page, 1954) of messages, against the channel's base.

Each message that reads negative raises a sum, each other one lowers it, by how far it is from what
is usual plus an allowance; the sum never falls below 0. Fixed thresholds are not used: what is
usual differs from channel to channel by more than a turn does.
"""

import json
from dataclasses import asdict, dataclass, replace
from typing import Final

LEARNED: Final = 150
"""Messages of a channel after which its base is known."""
MEMORY: Final = 500
"""So many messages make the base; older ones count less and less."""
ALLOWANCE: Final = 0.12
"""How far above the base a share of negative messages may lie for ever."""
LIMIT: Final = 4.5
"""The sum at which a turn is told; both as measured in `docs/watch.md`."""
LEAST: Final = 8
"""Negative messages in a turn, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turning:
    """Up to where a channel was read, what is usual there, and how far it is from that."""

    seen: str = ""
    """The `ts` of the newest message that was judged."""
    base: float = 0.0
    """Messages that make the base, and how many of them are negative."""
    base_negative: float = 0.0
    sum: float = 0.0
    since: str = ""
    """The `ts` of the first message since the sum was 0; empty where it is."""
    run: int = 0
    run_negative: int = 0
    """Messages since then, and how many of them are negative."""

    @property
    def usual(self) -> float:
        """The usual share of negative messages, in 0..1."""
        return self.base_negative / self.base if self.base else 0.0

    @property
    def turned(self) -> bool:
        """Whether the mood has turned."""
        return self.sum >= LIMIT and self.run_negative >= LEAST

    def heard(self, ts: str, *, negative: bool, quietly: bool = False) -> "Turning":
        """Return this after one more message; `quietly`: it only counts for what is usual."""
        here = replace(self, seen=ts)
        if quietly or self.base < LEARNED:
            return here.learned(1, int(negative))
        total = max(0.0, self.sum + negative - self.usual - ALLOWANCE)
        count, bad = self.run + 1, self.run_negative + negative
        if total == 0.0:  # nothing came of it: it was usual
            return here.learned(count, bad)
        return replace(here, sum=total, since=self.since or ts, run=count, run_negative=bad)

    def learned(self, count: int, negative: int) -> "Turning":
        """Return this with messages that are usual, and no turn under way."""
        keep = min(1.0, (MEMORY - count) / self.base) if self.base else 1.0
        keep = max(0.0, keep)
        return replace(
            self.rested(),
            base=self.base * keep + count,
            base_negative=self.base_negative * keep + negative,
        )

    def rested(self) -> "Turning":
        """Return this with no turn under way: it was told."""
        return replace(self, sum=0.0, since="", run=0, run_negative=0)

    def text(self) -> str:
        """Return this as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> "Turning":
        """Return what `text` has written; a new one for nothing."""
        return cls(**json.loads(text)) if text else cls()
