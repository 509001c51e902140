"""A phrase as the few kinds of words that schedules are made of, in English and Chinese alike."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

NOON: Final = 12
HOURS: Final = range(24)
MINUTES: Final = range(60)


class Unknown(ValueError):  # noqa: N818 - reads as the state it names
    """Something that means nothing here, or two things; the message names it."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a schedule.

    Kinds: E every, O other, G gap (隔), N number, R ordinal, C clock time, P part of the day,
    D weekdays, u minutes, d day, w week, m month, q quarter, y year, M month by name, T to, F from,
    A and, X except, f of, a at.
    """

    kind: str
    value: Any = None
    text: str = ""
    """As it was said."""


Make = Callable[[re.Match[str]], Sequence[Word]]
Table = Sequence[tuple[re.Pattern[str], Make]]

# How much a part of the day adds to an hour, and between which hours it may be said.
_MORNING, _LATE, _NIGHT = (0, 1, 11), (12, 1, 11), (12, 6, 11)
PARTS: Final = {
    **dict.fromkeys(("morning", "上午", "早上", "早晨", "清晨", "早"), _MORNING),
    **dict.fromkeys(("afternoon", "evening", "下午", "傍晚"), _LATE),
    **dict.fromkeys(("night", "晚上", "夜里", "晚"), _NIGHT),
    "凌晨": (0, 0, 6),
    "中午": (0, 11, 12),
}


def folded(phrase: str) -> str:
    """Return a phrase in one spelling: full width, case, dashes and white space.

    >>> folded("  Every　Monday, 9：00 – 17：00。")
    'every monday, 9:00 - 17:00'
    """
    text = unicodedata.normalize("NFKC", phrase).lower()
    text = re.sub("[\u2010-\u2015\u2212~]", "-", text).replace("\u2019", "'")
    return re.sub(r"\s+", " ", text).strip(" .。!")


def words(phrase: str, table: Table) -> list[Word]:
    """Return the words of a folded phrase; the first pattern that fits counts. Raises Unknown."""
    found, at = list[Word](), 0
    while at < len(phrase):
        match, make = _next(phrase, at, table)
        if match is None:
            raise Unknown(repr(_said(phrase[at:])))
        found.extend(replace(word, text=match[0].strip()) for word in make(match))
        at = match.end()
    return found


def just(kind: str, value: object = None) -> Make:
    """Return what makes one word of a kind."""
    return lambda _: (Word(kind, value),)


def nothing(_: re.Match[str]) -> Sequence[Word]:
    """Make no word of what says nothing."""
    return ()


def clock(hour: int, minute: int, part: str = "") -> tuple[int, int]:
    """Return a time of day with the part of the day that was said. Raises Unknown.

    >>> clock(3, 15, "下午"), clock(9, 0, "morning"), clock(12, 0, "pm"), clock(15, 0)
    ((15, 15), (9, 0), (12, 0), (15, 0))
    """
    said = f"the time {hour}:{minute:02} {part}".rstrip()
    if part in {"am", "pm"}:
        if not 1 <= hour <= NOON:
            raise Unknown(said)
        hour = hour % NOON + (NOON if part == "pm" else 0)
    elif part:
        hour = _within(hour, part, said)
    if hour not in HOURS or minute not in MINUTES:
        raise Unknown(said)
    return hour, minute


def _within(hour: int, part: str, said: str) -> int:
    more, low, high = PARTS[part]
    if low <= hour <= high:
        return hour + more
    if more and low + more <= hour <= high + more:
        return hour  # 下午15点
    if hour == NOON and part in {"afternoon", "下午"}:
        return NOON
    if part == "中午" and hour in {1, 2}:
        return hour + NOON
    raise Unknown(said)


def _next(phrase: str, at: int, table: Table) -> tuple[re.Match[str] | None, Make]:
    for pattern, make in table:
        if match := pattern.match(phrase, at):
            return match, make
    return None, nothing


def _said(rest: str) -> str:
    """Return the word that stands at the beginning of what is left."""
    found = re.match(r"[a-z]+|\d+|[\u3400-\u9fff]+|.", rest)
    return found[0] if found else rest
