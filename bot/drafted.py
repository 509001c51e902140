"""How drafts fared, for people: lines of a table or of CSV, and the articles that look stale."""

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, TextIO

from bot.ledger.weekly import WEEK_MS, Fared, Week
from generators.support.article import Article
from generators.support.bases import Bases

WEEKS: Final = 8
OLD_DAYS: Final = 180
"""An article that nobody has changed for so long should be looked at."""
COLUMNS: Final = ("week", "measure", "name", "value")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class Stale:
    """An article to look at, and why: a measure of the report, and a number of days or drafts."""

    name: str
    """Base and id."""
    why: str
    """`old`; `unused`: no answer of these weeks cites it; `contradicted`."""
    number: int


@dataclass(frozen=True, slots=True)
class Span:
    """Over how many weeks a report goes, and from how many days on an article is old."""

    weeks: int = WEEKS
    old_days: int = OLD_DAYS

    @property
    def since_ms(self) -> int:
        """When it begins, in milliseconds UTC."""
        return time.time_ns() // 1_000_000 - (self.weeks - 1) * WEEK_MS


def stale(bases: Bases, told: Fared, span: Span, today: date | None = None) -> list[Stale]:
    """Return the articles of your own bases that look stale, the most contradicted first."""
    day = today or datetime.now(UTC).date()
    own = [name for name in bases.names() if bases.has(name)]
    found = [
        Stale(f"{base}/{one.id}", why, number)
        for base in own
        for one in bases.articles(base)
        for why, number in _reasons(one, told, span, day)
    ]
    return sorted(found, key=lambda one: (one.why != "contradicted", -one.number, one.name))


def rows(told: Fared, looked: Sequence[Stale]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the report: week (its Monday), measure, what of it, and the value."""
    for week in told.weeks:
        yield from _of_week(week)
    for one in told.missing:
        yield one.latest.isoformat(), "missing", one.question, str(one.count)
    for each in looked:
        yield "", each.why, each.name, str(each.number)


def write(told: Fared, looked: Sequence[Stale], out: TextIO) -> None:
    """Write the report as CSV; what a spreadsheet would calculate begins with an apostrophe."""
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    for week, measure, name, value in rows(told, looked):
        safe = f"'{name}" if name.startswith(_FORMULA) else name
        lines.writerow((week, measure, safe, value))


def table(told: Fared, looked: Sequence[Stale]) -> Iterator[str]:
    """Yield the report as lines for a terminal."""
    yield f"{'week':<11}{'measure':<14}{'value':>7}  of"
    for week, measure, name, value in rows(told, looked):
        yield f"{week:<11}{measure:<14}{value:>7}  {name}".rstrip()


def _of_week(week: Week) -> Iterator[tuple[str, str, str, str]]:
    monday = week.monday.isoformat()
    yield monday, "drafts", "", str(week.drafts)
    yield monday, "sent", "", str(week.sent)
    yield monday, "edited", "", str(week.edited)
    if week.acceptance is not None:
        yield monday, "acceptance", "", f"{week.acceptance:.3f}"
    if week.distance is not None:
        yield monday, "edit_distance", "", f"{week.distance / 1000:.3f}"
    yield monday, "handed_over", "", str(week.handed_over)
    for name, count in sorted(week.rejected.items()):
        yield monday, "rejected", name, str(count)
    for name, count in sorted(week.abstained.items()):
        yield monday, "abstained", name, str(count)


def _reasons(one: Article, told: Fared, span: Span, day: date) -> Iterator[tuple[str, int]]:
    if wrong := told.contradicted.get(one.id, 0):
        yield "contradicted", wrong
    if not one.updated:
        return
    age = (day - datetime.fromisoformat(one.updated).date()).days
    if age >= span.old_days:
        yield "old", age
    elif age >= span.weeks * 7 and not told.cites.get(one.id):
        yield "unused", age
