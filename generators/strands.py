"""Which messages of a channel belong together: threads, and talk between them by what it is about.

A message outside of threads goes on with the recent strand that it shares most with: words, who is
named, who spoke last, how long ago. It reads words, not meaning.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from generators.draft import Line
from generators.support.words import folded

GAP_S: Final = 1800.0
"""After so long a silence nothing goes on."""
RECENT: Final = 6
"""How many strands are open at a time."""
ENOUGH: Final = 1.0
"""From here on a message goes on with a strand."""
SOON_S: Final = 180.0
_SHARED: Final = 2.5
_NAMED: Final = 1.0
_SAME: Final = 0.6
_SOON: Final = 0.5
_NAME: Final = re.compile(r"[@\w]+")


@dataclass(slots=True)
class _Strand:
    number: int
    thread: str
    terms: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    last_s: float = 0.0
    last_author: str = ""

    def take(self, line: Line, terms: frozenset[str]) -> None:
        self.terms |= terms
        self.authors.add(folded(line.author))
        self.last_s, self.last_author = _seconds(line.ts), line.author


def strands(lines: Sequence[Line], terms: Sequence[frozenset[str]]) -> list[int]:
    """Return for each message, oldest first, the number of the strand that it belongs to."""
    found: list[_Strand] = []
    threads: dict[str, _Strand] = {}
    numbers = []
    for line, bag in zip(lines, terms, strict=True):
        thread = line.thread or line.ts
        strand = threads.get(thread) or (None if line.thread else _goes_on(found, line, bag))
        if strand is None:
            strand = _Strand(len(found), line.thread)
            found.append(strand)
        threads.setdefault(thread, strand)
        strand.take(line, bag)
        numbers.append(strand.number)
    return numbers


def _goes_on(found: Sequence[_Strand], line: Line, terms: frozenset[str]) -> _Strand | None:
    """Return the open strand that a message goes on with; none where nothing speaks for one."""
    now = _seconds(line.ts)
    still = [one for one in found if not one.thread and now - one.last_s <= GAP_S][-RECENT:]
    named = set(_NAME.findall(folded(line.text)))
    rated = [(_fit(one, line, terms, named), one.last_s, one) for one in still]
    best = max(rated, key=lambda each: each[:2], default=None)
    return best[2] if best and best[0] >= ENOUGH else None


def _fit(strand: _Strand, line: Line, terms: frozenset[str], named: Iterable[str]) -> float:
    fewer = min(len(terms), len(strand.terms)) or 1
    shared = len(terms & strand.terms) / fewer
    calls = any(name.lstrip("@") in strand.authors for name in named)
    same = line.author == strand.last_author
    soon = _seconds(line.ts) - strand.last_s <= SOON_S
    return _SHARED * shared + _NAMED * calls + _SAME * same + _SOON * soon


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        return 0.0
