"""When a schedule runs: local times on local days, through the changes of the clock. Pure.

A time that a change of the clock leaves out runs at the first moment after the gap; one that comes
twice runs the first time. What runs every so many minutes or hours goes by real time instead: none
in the gap, and all of both hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.digests.holidays import is_holiday, is_worked_weekend

DAILY: Final = frozenset(range(7))
WORKDAYS: Final = frozenset(range(5))
WEEKEND: Final = frozenset({5, 6})
YEARLY: Final = frozenset(range(1, 13))
LAST: Final = -1
_NEVER: Final = 366 * 9
"""Days without a run after which there is none: a 29 February comes within eight years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Which days of the calendar; weekdays count from Monday, 0."""

    weekdays: frozenset[int] = DAILY
    month_days: frozenset[int] = frozenset()
    """1 to 31, or LAST; nothing: any."""
    nth: frozenset[int] = frozenset()
    """Which of the month's days that are such weekdays: 1 to 5, or LAST; nothing: all."""
    months: frozenset[int] = YEARLY
    either: bool = False
    """As in cron, a day of the month or a weekday is enough."""
    every_days: int = 1
    """Counted from the first run."""
    every_weeks: int = 1
    """Counted from the week of the first run; weeks begin on Monday."""
    working: bool = False
    """They were called days on which people work, and not by their names."""
    without: frozenset[int] = frozenset()
    """Weekdays that were excepted, also where their weekend is worked."""

    def on(self, day: date, first: date | None = None, closed: str = "") -> bool:
        """Tell whether a day is one of them, where the first run is or was on `first`.

        `closed` is the region that says which are working days, if they are to be such.
        """
        if day.month not in self.months or not self._named(day, closed):
            return False
        if first is None:
            return True
        weeks = (_monday(day) - _monday(first)).days // 7
        return (day - first).days % self.every_days == 0 and weeks % self.every_weeks == 0

    def _named(self, day: date, closed: str) -> bool:
        weekday = self._such(day, closed)
        numbered = {day.day, LAST} if _is_last(day) else {day.day}
        month_day = not self.month_days or bool(numbered & self.month_days)
        if self.either:
            return weekday or month_day
        return weekday and month_day and (not self.nth or self._counted(day, closed))

    def _such(self, day: date, closed: str) -> bool:
        """Tell whether it is such a weekday, or a day of a weekend that is worked like one."""
        if not self.working or not closed:
            return day.weekday() in self.weekdays
        worked = day.weekday() not in self.without and is_worked_weekend(closed, day)
        return (day.weekday() in self.weekdays or worked) and not is_holiday(closed, day)

    def _counted(self, day: date, closed: str) -> bool:
        """Tell whether it is the n-th of its month's days that are such weekdays."""
        month = [day.replace(day=n) for n in range(1, _last(day) + 1)]
        such = [one for one in month if self._such(one, closed)]
        return any(_nth(such, n) == day for n in self.nth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When something runs again and again."""

    times: tuple[time, ...]
    """Local times of day, in order, each once."""
    zone: str
    """A name of the IANA time zone database."""
    days: Days = field(default_factory=Days)
    flowing: bool = False
    """It runs every so many minutes or hours, and not at named times."""
    closed: str = ""
    """The region on whose public holidays it does not run (`bot.digests.holidays`)."""

    def runs(self, after: datetime, first: date | None = None) -> Iterator[datetime]:
        """Yield the runs after a moment, in the schedule's zone, until none comes for nine years.

        `first` is the day of the first run ever, from which every other day or week is counted;
        without one it is the first day that is found.
        """
        day, empty = after.astimezone(ZoneInfo(self.zone)).date(), 0
        while empty < _NEVER:
            on = self.days.on(day, first, self.closed)
            found = [one for one in self._moments(day) if one > after] if on else []
            first = first or (day if found else None)
            if found and not is_holiday(self.closed, day):
                empty = 0
                yield from found
            empty += 1
            day += timedelta(days=1)

    def _moments(self, day: date) -> list[datetime]:
        """Return the moments of a day of the calendar, in order, each once."""
        zone = ZoneInfo(self.zone)
        found = (one for at in self.times for one in _moments(day, at, zone, both=self.flowing))
        return [one.astimezone(zone) for one in sorted(set(found))]


def _moments(day: date, at: time, zone: ZoneInfo, *, both: bool) -> Iterator[datetime]:
    """Yield in UTC when a clock on the wall shows a time on a day."""
    early, late = (datetime.combine(day, at, zone).replace(fold=fold) for fold in (0, 1))
    exists = _back(early, zone) == early.replace(tzinfo=None)
    if not exists:
        if not both:
            yield _gap_end(early, late)
        return
    yield early.astimezone(UTC)
    if both and early.utcoffset() != late.utcoffset():
        yield late.astimezone(UTC)


def _gap_end(early: datetime, late: datetime) -> datetime:
    """Return the moment at which the clock was put forward over a time: no wall has shown it.

    Read with the offset from before the change it lies after that, and with the later one before.
    """
    low, high = sorted((early.astimezone(UTC), late.astimezone(UTC)))
    offset = low.astimezone(early.tzinfo).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        same = middle.astimezone(early.tzinfo).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return high.replace(microsecond=0)


def _back(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None)


def _nth(days: list[date], number: int) -> date | None:
    place = number if number < 0 else number - 1
    return days[place] if -len(days) <= place < len(days) else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _last(day: date) -> int:
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


def _is_last(day: date) -> bool:
    return day.day == _last(day)
