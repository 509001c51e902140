"""The English words of schedules."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.digests.calendar import LAST, WEEKEND, WORKDAYS
from bot.digests.words import Make, Table, Word, clock, just, nothing

_WEEKDAYS: Final = (
    *(("monday", 0), ("tuesday", 1), ("wednesday", 2), ("thursday", 3), ("friday", 4)),
    *(("saturday", 5), ("sunday", 6), ("thurs", 3), ("thur", 3), ("tues", 1), ("weds", 2)),
    *(("mon", 0), ("tue", 1), ("wed", 2), ("thu", 3), ("fri", 4), ("sat", 5), ("sun", 6)),
)
_MONTHS: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_NUMBERS: Final = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": LAST}
_PAST: Final = {"half past": 30, "quarter past": 15, "quarter to": -15}
_AP: Final = r"(?: ?(?P<ap>[ap])\.?m\b\.?)"
_DAILY, _HOURLY = (Word("E"), Word("d")), (Word("E"), Word("u", 60))


def _clock(found: re.Match[str]) -> Sequence[Word]:
    parts = found.groupdict()
    part = f"{parts['ap']}m" if parts.get("ap") else ""
    return (Word("C", clock(int(found["h"]), int(parts.get("m") or 0), part)),)


def _past(found: re.Match[str]) -> Sequence[Word]:
    minute = _PAST[found[1]]
    hour = _NUMBERS.index(found[2]) + 1 if found[2] in _NUMBERS else int(found[2])
    return (Word("C", clock(hour - (minute < 0), minute % 60)),)


def _part(found: re.Match[str]) -> Sequence[Word]:
    name = next(name for name in ("morning", "afternoon", "evening", "night") if name in found[0])
    return (Word("P", name),)


def _ordinal(found: re.Match[str]) -> Sequence[Word]:
    return (Word("R", int(found[1])),)


def _digits(found: re.Match[str]) -> Sequence[Word]:
    return (Word("N", int(found[0])),)


def _clocks() -> Iterator[tuple[str, Make]]:
    yield rf"(?P<h>\d{{1,2}})[:.](?P<m>\d\d)(?![\d:]|\.\d){_AP}?", _clock
    yield rf"(?P<h>\d{{1,2}}){_AP}", _clock
    yield r"(?P<h>\d{1,2}) ?o'?clock", _clock
    yield r"(?P<h>\d{1,2})h(?P<m>\d\d)?(?![a-z\d])", _clock
    yield rf"({'|'.join(_PAST)}) ({'|'.join(_NUMBERS)}|\d{{1,2}})(?!\d)", _past
    yield "noon|midday", just("C", (12, 0))
    yield "midnight", just("C", (0, 0))
    yield "(?:in the |at )?(?:mornings?|afternoons?|evenings?|nights?)", _part


def _days() -> Iterator[tuple[str, Make]]:
    yield "(?:week|work|working|business) ?days?", just("D", WORKDAYS)
    yield "weekends?", just("D", WEEKEND)
    yield from ((rf"{name}s?\.?", just("D", frozenset({n}))) for name, n in _WEEKDAYS)
    for n, name in enumerate(_MONTHS, 1):
        yield rf"{name}|{name[:3]}\.?|sept\.?" if n == 9 else rf"{name}|{name[:3]}\.?", just("M", n)  # noqa: PLR2004 - September
    yield r"(\d{1,2})(?:st|nd|rd|th)", _ordinal
    yield from ((name, just("R", n)) for name, n in _ORDINALS.items())


def _rhythms() -> Iterator[tuple[str, Make]]:
    yield "daily|every ?day", lambda _: _DAILY
    yield "hourly", lambda _: _HOURLY
    for name, kind in (("week", "w"), ("month", "m"), ("quarter", "q"), ("year", "y")):
        yield f"{name}ly", lambda _, kind=kind: (Word("E"), Word(kind))
        yield f"{name}s?", just(kind)
    yield "annually", lambda _: (Word("E"), Word("y"))
    yield "fortnightly", lambda _: (Word("E"), Word("N", 2), Word("w"))
    yield "fortnight", lambda _: (Word("N", 2), Word("w"))
    yield "half an hour|half[ -]hour", lambda _: (Word("N", 30), Word("u", 1))
    yield "every|each", just("E")
    yield "alternate|other", just("O")
    yield "minutes?|mins?", just("u", 1)
    yield "hours?|hrs?", just("u", 60)
    yield "days?", just("d")


def _small() -> Iterator[tuple[str, Make]]:
    yield "to|through|thru|until|till", just("T")
    yield "from|between", just("F")
    yield "and", just("A")
    yield "except(?: for)?(?: on)?|excluding|but not(?: on)?", just("X")
    yield "of|in", just("f")
    yield "at", just("a")
    yield "on|the|please", nothing
    yield from ((name, just("N", n)) for n, name in enumerate(_NUMBERS, 1))
    yield r"\d{1,2}(?!\d)", _digits


def _table() -> Iterator[tuple[re.Pattern[str], Make]]:
    for kinds in (_clocks, _days, _rhythms, _small):
        yield from ((re.compile(rf"(?:{form})(?![a-z])"), make) for form, make in kinds())
    yield re.compile("[,/&]"), just("A")
    yield re.compile("-"), just("T")
    yield re.compile("@"), just("a")
    yield re.compile(" +"), nothing


ENGLISH: Final[Table] = tuple(_table())
