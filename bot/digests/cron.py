"""Cron's five fields, by Unix's meaning of the numbers: 0 and 7 are Sunday (crontab(5))."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final

from bot.digests.calendar import DAILY, YEARLY, Days, Schedule

MACROS: Final[Mapping[str, str]] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_LIKE: Final = re.compile(r"(?:cron:?\s+)?((?:[\d*/,a-z-]*[\d*][\d*/,a-z-]*\s+){3}\S+\s+\S+)")
_ITEM: Final = re.compile(r"(?:(\*)|([a-z]+|\d+)(?:-([a-z]+|\d+))?)(?:/(\d+))?")
_MONTHS: Final = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_WEEKDAYS: Final = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: Final = 5


class NotCron(ValueError):  # noqa: N818 - reads as the state it names
    """It has the form of cron, and a field that means nothing; the message says which."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: Mapping[str, int]

    def read(self, text: str) -> frozenset[int]:
        return frozenset(n for item in text.split(",") for n in self._item(item))

    def _item(self, item: str) -> range:
        found = _ITEM.fullmatch(item)
        if found is None:
            raise NotCron(f"the {self.name} {item!r}")
        star, start, end, step = found.groups()
        low = self.low if star else self._number(start)
        high = self.high if star or (step and not end) else self._number(end or start)
        if not low <= high or step == "0":
            raise NotCron(f"the {self.name} {item!r}")
        return range(low, high + 1, int(step or 1))

    def _number(self, text: str) -> int:
        number = self.names.get(text, int(text) if text.isdigit() else -1)
        if not self.low <= number <= self.high:
            raise NotCron(f"the {self.name} {text!r}")
        return number


_MINUTE: Final = _Field("minute", 0, 59, {})
_HOUR: Final = _Field("hour", 0, 23, {})
_DAY: Final = _Field("day of the month", 1, 31, {})
_MONTH: Final = _Field("month", 1, 12, {name: n for n, name in enumerate(_MONTHS, 1)})
_WEEKDAY: Final = _Field("weekday", 0, 7, {name: n for n, name in enumerate(_WEEKDAYS)})


def cron(phrase: str, zone: str) -> Schedule | None:
    """Return the schedule of a cron expression; None where it is none. Raises NotCron.

    >>> cron("0 9 * * 1-5", "Asia/Shanghai").days.weekdays == frozenset(range(5))
    True
    """
    phrase = MACROS.get(phrase, phrase)
    like = _LIKE.fullmatch(phrase)
    if like is None:
        return None
    minute, hour, day, month, weekday = like[1].split()
    hours, minutes = _HOUR.read(hour), _MINUTE.read(minute)
    days, weekdays = _DAY.read(day), frozenset((n - 1) % 7 for n in _WEEKDAY.read(weekday))
    free = day.startswith("*"), weekday.startswith("*")  # crontab(5): then both must match
    return Schedule(
        times=tuple(time(h, m) for h in sorted(hours) for m in sorted(minutes)),
        zone=zone,
        flowing=hour.startswith("*"),
        days=Days(
            weekdays=weekdays or DAILY,
            month_days=frozenset() if day == "*" else days,
            months=_MONTH.read(month) or YEARLY,
            either=not any(free),
        ),
    )
