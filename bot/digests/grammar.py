"""What people say -> a schedule, or what of it is not understood. Nothing is guessed.

A phrase is cut into clauses by patterns over the kinds of its words; each thing (the times, the
days, the rhythm) may be said once, and every word must belong to a clause.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import time
from functools import partial
from types import MappingProxyType
from typing import Final

from bot.digests.calendar import DAILY, LAST, WORKDAYS, YEARLY, Days, Schedule
from bot.digests.chinese import VOCABULARY
from bot.digests.words import HOURS, NOON, Unknown, Word, clock, words

Clock = tuple[int, int]
"""Hour and minute."""
_DAY_MIN: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What clauses say; None: nothing is said of it."""

    times: tuple[Clock, ...] | None = None
    step_min: int | None = None
    window: tuple[Clock, Clock] | None = None
    rhythm: str | None = None
    """`d`, `w`, `m`, `q` or `y`: daily to yearly."""
    every: int | None = None
    """Every so many of them."""
    weekdays: frozenset[int] | None = None
    without: frozenset[int] | None = None
    nth: frozenset[int] | None = None
    month_days: frozenset[int] | None = None
    months: frozenset[int] | None = None
    working: bool | None = None
    """Whether the weekdays were called working days."""


def said(phrase: str) -> Said:
    """Return what the clauses of a folded phrase say. Raises Unknown."""
    found = words(phrase, VOCABULARY)
    kinds, at, whole = "".join(word.kind for word in found), 0, Said()
    while at < len(found):
        match, make = _clause(kinds, at)
        if match is not None:
            whole = _joined(whole, make(found[at : match.end()]))
            at = match.end()
        elif kinds[at] == "A":
            at += 1
        else:
            raise Unknown(repr(found[at].text))
    return whole


def schedule(whole: Said, zone: str) -> Schedule:
    """Return the schedule that was said. Raises Unknown, naming what is missing or twofold."""
    times = _times(whole)
    _checked(whole)
    month_days, months = whole.month_days or frozenset[int](), whole.months or YEARLY
    if whole.rhythm == "q":
        months = frozenset({1, 4, 7, 10})
    weekdays = (DAILY if whole.weekdays is None else whole.weekdays) - (whole.without or set())
    days = Days(
        weekdays=weekdays,
        month_days=month_days,
        nth=whole.nth or frozenset(),
        months=months,
        every_days=whole.every or 1 if whole.rhythm == "d" else 1,
        every_weeks=whole.every or 1 if whole.rhythm == "w" else 1,
        working=bool(whole.working),
        without=whole.without or frozenset(),
    )
    return Schedule(times=times, zone=zone, days=days, flowing=whole.step_min is not None)


def _times(whole: Said) -> tuple[time, ...]:
    if whole.step_min is None:
        if whole.window:
            raise Unknown("a span of time without how often in it")
        if not whole.times:
            raise Unknown("at what time")
        return tuple(time(*one) for one in sorted(set(whole.times)))
    if whole.times or whole.step_min < 1:
        raise Unknown("both times and how often")
    if not whole.window and _DAY_MIN % whole.step_min:
        raise Unknown(f"every {whole.step_min} minutes, which does not fit into a day")
    start, end = whole.window or ((0, 0), (23, 59))
    minutes = range(_minutes(start), _minutes(end) + 1, whole.step_min)
    if len(minutes) < 2 and whole.window:  # noqa: PLR2004 - a span in which it runs once is none
        raise Unknown("a span of time that ends before it begins")
    return tuple(time(*divmod(minute, 60)) for minute in minutes)


def _checked(whole: Said) -> None:
    """Refuse what does not say on which days, or says it twice."""
    monthly = whole.nth is not None or whole.month_days is not None
    checks = {
        "on which days": whole.step_min is None and not _has_days(whole),
        "on which day of the week": whole.rhythm == "w" and whole.weekdays is None,
        "on which day of the month": whole.rhythm in {"m", "q", "y"} and not monthly,
        "in which month": whole.rhythm == "y" and whole.months is None,
        "in which months": monthly and whole.rhythm is None and whole.months is None,
        "days and a rhythm that do not go together": _clashes(whole),
        "both hours and other days": whole.step_min is not None and (whole.every or 1) > 1,
        "every so many months": whole.rhythm in {"m", "q", "y"} and (whole.every or 1) > 1,
    }
    for what, wrong in checks.items():
        if wrong:
            raise Unknown(what)


def _has_days(whole: Said) -> bool:
    given = (whole.rhythm, whole.weekdays, whole.nth, whole.month_days)
    return any(one is not None for one in given)


_ALLOWED: Final[Mapping[str | None, frozenset[str]]] = MappingProxyType(
    {
        None: frozenset({"weekdays", "without", "nth", "month_days", "months"}),
        "d": frozenset({"weekdays", "without", "months"}),
        "w": frozenset({"weekdays", "without", "months"}),
        "m": frozenset({"without", "nth", "month_days", "months"}),
        "q": frozenset({"without", "nth", "month_days"}),
        "y": frozenset({"without", "nth", "month_days", "months"}),
        "every so many days": frozenset({"months"}),
    }
)
"""What may be said of days beside each rhythm."""


def _clashes(whole: Said) -> bool:
    """Tell whether days and rhythm contradict each other, or leave no day."""
    many = whole.rhythm == "d" and (whole.every or 1) > 1
    allowed = set(_ALLOWED["every so many days" if many else whole.rhythm])
    if whole.nth is not None:
        allowed.add("weekdays")  # the n-th of them
    if whole.month_days is not None:
        allowed.discard("weekdays")
    given = {name for name in _ALLOWED[None] if getattr(whole, name) is not None}
    return not given <= allowed or _leaves_none(whole)


def _leaves_none(whole: Said) -> bool:
    """Tell whether what is excepted is all there is, or excepted of nothing."""
    without = whole.without or frozenset[int]()
    daily = bool(whole.weekdays or whole.rhythm == "d" or whole.step_min)
    return bool(without) and (not daily or (whole.weekdays or DAILY) <= without)


def _minutes(at: Clock) -> int:
    return 60 * at[0] + at[1]


def _joined(one: Said, other: Said) -> Said:
    """Return both together. Raises Unknown where both say the same thing."""
    given = {f.name: getattr(other, f.name) for f in fields(other)}
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if getattr(one, name) is not None:
            raise Unknown(f"two {_CALLED.get(name, 'kinds of days')}")
    return replace(one, **given)


_CALLED: Final = {"times": "separate times", "window": "spans of time", "rhythm": "rhythms"}


def _window(found: Sequence[Word]) -> Said:
    """Read `from 9 to 17`: both ends as they are said, and never the end before the start."""
    first, second = _ends(found)
    return Said(window=(first, second))


def _ends(found: Sequence[Word]) -> tuple[Clock, Clock]:
    cut = next(n for n, word in enumerate(found) if n and word.kind in "TA")
    first, second = _time(found[:cut]), _time(found[cut:])
    bare = not any(word.kind in "CP" for word in found[:cut])
    later = second[0] >= NOON and second[0] - NOON >= first[0]
    if bare and later and any(word.text.endswith(("pm", "p.m.", "p.m")) for word in found[cut:]):
        raise Unknown(f"whether {first[0]} is before or after noon")  # from 1 to 5 pm
    return first, second


def _time(found: Sequence[Word]) -> Clock:
    """Read one time: a clock's, or a number with a part of the day where one was said."""
    (at,) = [word for word in found if word.kind in "CN"]
    part = next((str(word.value) for word in found if word.kind == "P"), "")
    hour, minute = at.value if at.kind == "C" else (at.value, 0)
    if at.kind == "N" and hour not in HOURS:
        raise Unknown(f"the time {at.text}")
    return clock(hour, minute, part) if part and hour <= NOON else _afternoon(hour, minute, part)


def _afternoon(hour: int, minute: int, part: str) -> Clock:
    if part == "morning" and hour > NOON:
        raise Unknown(f"the time {hour}:{minute:02} in the morning")
    return hour, minute


def _at(found: Sequence[Word]) -> Said:
    """Read the times of day; a part of the day that is said first counts for all of them."""
    first = found[0] if found[0].kind == "P" else None
    last = found[-1] if found[-1].kind == "P" and found[-1] is not first else None
    clocks = [word for word in found if word.kind in "CN"]
    if last and (first or len(clocks) > 1):
        raise Unknown(f"which times are in the {last.value}")
    part = [first or last] if first or last else []
    return Said(times=tuple(_time([word, *[one for one in part if one]]) for word in clocks))


def _step(found: Sequence[Word]) -> Said:
    number = next((word.value for word in found if word.kind == "N"), 1)
    if any(word.kind == "O" for word in found):
        number = 2
    if any(word.kind == "G" for word in found) and number * found[-1].value == 60:  # noqa: PLR2004 - 每隔一小时
        raise Unknown(f"whether {''.join(word.text for word in found)} is every hour")
    return Said(step_min=number * found[-1].value)


def _every(rhythm: str, found: Sequence[Word]) -> Said:
    """Read every so many days or weeks; 每隔一天 is every second, and 每隔两天 is not clear."""
    number = next((word.value for word in found if word.kind in "NR"), None)
    if any(word.kind == "O" for word in found):
        number = 2
    if any(word.kind == "G" for word in found):
        if number not in {1, None}:
            raise Unknown(f"how many days {''.join(word.text for word in found)} are")
        number = 2
    if number is not None and number < 1:
        raise Unknown(repr(" ".join(word.text for word in found)))
    return Said(rhythm=rhythm, every=number if number != 1 else None)


def _weekdays(found: Sequence[Word]) -> frozenset[int]:
    """Read a list of weekdays, with spans: Monday to Thursday, and Saturday."""
    days = frozenset[int]()
    shown = [word for word in found if word.kind in "DT"]
    for n, word in enumerate(shown):
        if word.kind == "D":
            span = n > 1 and shown[n - 1].kind == "T"
            days |= _span(shown[n - 2], word) if span else word.value
    return days


def _working(found: Sequence[Word]) -> bool | None:
    """Tell whether days are working days: no other word than that stands for five of them."""
    return any(word.kind == "D" and word.value == WORKDAYS for word in found) or None


def _span(first: Word, last: Word) -> frozenset[int]:
    if len(first.value) > 1 or len(last.value) > 1 or max(first.value) >= max(last.value):
        raise Unknown(f"from {first.text} to {last.text}")
    return frozenset(range(max(first.value), max(last.value) + 1))


def _on(found: Sequence[Word]) -> Said:
    return Said(weekdays=_weekdays(found), working=_working(found))


def _every_other(found: Sequence[Word]) -> Said:
    return Said(weekdays=_weekdays(found), working=_working(found), rhythm="w", every=2)


def _every_nth(found: Sequence[Word]) -> Said:
    """Read `every second Monday`, of the weeks, and `every last Friday`, of the month."""
    return _every_other(found) if _ordinals(found) == {2} else _nth(found)


def _except(found: Sequence[Word]) -> Said:
    return Said(without=_weekdays(found))


def _ordinals(found: Sequence[Word]) -> frozenset[int]:
    return frozenset(word.value for word in found if word.kind == "R")


def _nth(found: Sequence[Word]) -> Said:
    """Read the n-th weekday of each month; `every third Monday` may mean two things."""
    numbers, monthly = _ordinals(found), any(word.kind == "m" for word in found)
    if found[0].kind == "E" and not monthly and numbers - {1, LAST}:
        raise Unknown(f"whether {' '.join(word.text for word in found)} counts weeks or months")
    if not numbers <= {1, 2, 3, 4, 5, LAST}:
        raise Unknown(repr(" ".join(word.text for word in found)))
    rhythm = "m" if monthly or found[0].kind == "E" else None
    days, working = _weekdays(found), _working(found)
    return Said(nth=numbers, weekdays=days, working=working, rhythm=rhythm)


def _month_days(found: Sequence[Word]) -> Said:
    numbers = _ordinals(found) or frozenset(word.value for word in found if word.kind == "N")
    if not numbers <= {*range(1, 32), LAST} or (LAST in numbers and found[-1].kind in "RA"):
        raise Unknown(repr(" ".join(word.text for word in found)))
    monthly = found[0].kind == "E" or any(word.kind == "m" for word in found)
    return Said(month_days=numbers, rhythm="m" if monthly else None)


def _date(found: Sequence[Word]) -> Said:
    """Read a day of the year; without `every` it may be meant once."""
    (month,) = [word.value for word in found if word.kind == "M"]
    (day,) = [word.value for word in found if word.kind in "RN"]
    if not 1 <= day <= 31:  # noqa: PLR2004 - days of a month
        raise Unknown(repr(" ".join(word.text for word in found)))
    yearly = any(word.kind in "Ey" for word in found)
    return Said(
        months=frozenset({month}), month_days=frozenset({day}), rhythm="y" if yearly else None
    )


def _months(found: Sequence[Word]) -> Said:
    return Said(months=frozenset(word.value for word in found if word.kind == "M"))


def _rhythm(found: Sequence[Word]) -> Said:
    return Said(rhythm=found[-1].kind)


def _day(_: Sequence[Word]) -> Said:
    return Said(rhythm="d")


_T: Final = "[CN]P?"
_D: Final = "D(?:A*TD|A*D)*"
_OF: Final = "(?:f?E?m)"
_CLAUSES: Final[Sequence[tuple[re.Pattern[str], Callable[[Sequence[Word]], Said]]]] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (f"F{_T}[TA]{_T}|{_T}T{_T}", _window),
        ("E[NO]?u|GNu", _step),
        (f"X{_D}", _except),
        ("E[ORN]d|GN?d|Od", partial(_every, "d")),
        ("E[ORN]w|GN?w|Ow", partial(_every, "w")),
        ("Ed", _day),
        ("E(?=Pa?[CN])", _day),
        (f"E?R(?:A*R)*{_D}{_OF}", _nth),
        (f"E?O{_D}", _every_other),
        (f"ER(?:A*R)*{_D}", _every_nth),
        (f"R(?:A*R)*{_D}", _nth),
        ("E?(?:MR|MN(?![PA]*C?$)|Rf?M|NM)(?:Ey)?|Ey(?:f?M[RN]|Rf?M)", _date),
        (f"E?(?:R(?:A*R)*d?|dN){_OF}?", _month_days),
        ("E[wmqy]", _rhythm),
        ("f?M(?:A+M)*", _months),
        (f"E?{_D}", _on),
        (f"P?a{_T}(?:A+a?{_T})*|P?CP?(?:A+a?{_T})*", _at),
        (f"P?N(?:A+{_T})*P?$", _at),
    )
)


def _clause(kinds: str, at: int) -> tuple[re.Match[str] | None, Callable[[Sequence[Word]], Said]]:
    for pattern, make in _CLAUSES:
        if match := pattern.match(kinds, at):
            return match, make
    return None, _rhythm
