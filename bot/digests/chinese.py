"""The Chinese words of schedules, and the English ones that stand among them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.digests.calendar import LAST, WEEKEND, WORKDAYS
from bot.digests.english import ENGLISH
from bot.digests.words import PARTS, Make, Table, Word, clock, just, nothing

_DAYS: Final = {**{one: n for n, one in enumerate("一二三四五六日")}, "天": 6}
_DIGITS: Final = {**{one: n for n, one in enumerate("零一二三四五六七八九")}, "两": 2}
_ONES: Final = "一二三四五六七八九"
_NUMBER: Final = rf"(?:\d{{1,2}}(?!\d)|[{_ONES}]?十[{_ONES}]?|[零两{_ONES}])"
_PART: Final = "|".join(sorted((one for one in PARTS if not one.isascii()), key=len, reverse=True))
_AND: Final = "[、,和及与]"
_REST: Final = {"半": 30, "一刻": 15, "三刻": 45, "整": 0, "钟": 0, "": 0}


def number(text: str) -> int:
    """Return a whole number up to 99, in digits or in Chinese.

    >>> number("二十三"), number("十"), number("45"), number("两")
    (23, 10, 45, 2)
    """
    if text.isascii():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS[text]
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)


def _clock(found: re.Match[str]) -> Sequence[Word]:
    rest = found["rest"] or ""
    minute = _REST.get(rest)
    if minute is None:
        minute = number(rest.removesuffix("分").removeprefix("零") or "零")
    return (Word("C", clock(number(found["h"]), minute, found["part"] or "")),)


def _weekday(found: re.Match[str]) -> Sequence[Word]:
    return (Word("D", frozenset({_DAYS[found[1]]})),)


def _ordinals(found: re.Match[str]) -> Sequence[Word]:
    said = [Word("R", number(one)) for one in re.findall(_NUMBER, found[0])]
    return [word for one in said for word in (Word("A"), one)][1:]


def _month(found: re.Match[str]) -> Sequence[Word]:
    return (Word("M", number(found[1])),)


def _counted(found: re.Match[str]) -> Sequence[Word]:
    return (Word("N", number(found[0])),)


def _clocks() -> Iterator[tuple[str, Make]]:
    part = rf"(?:(?P<part>{_PART}) ?)"
    yield rf"{part}(?P<h>\d{{1,2}}):(?P<rest>\d\d)(?![\d:]| ?[ap]\.?m)", _clock
    minutes = rf"半|一刻|三刻|整|钟|零?{_NUMBER}分?"
    yield rf"{part}?(?P<h>{_NUMBER})[点點时時](?![间間])(?P<rest>{minutes})?", _clock
    yield "正午|中午", just("C", (12, 0))
    yield "午夜", just("C", (0, 0))


def _days() -> Iterator[tuple[str, Make]]:
    yield "工作日|上班日", just("D", WORKDAYS)
    yield "周末|双休日", just("D", WEEKEND)
    yield "(?:周|星期|礼拜)([一二三四五六日天])", _weekday
    yield (
        r"(?<=[一二三四五六、,和及与到至-])([一二三四五六])(?![点點时時号號日月个十分小刻天周年])",
        _weekday,
    )
    yield r"(?<=[六、,和及与到至-])(日)(?![点點时時])", _weekday
    yield rf"第{_NUMBER}(?:{_AND}{_NUMBER})*个?", _ordinals
    yield "最后一?个", just("R", LAST)
    yield "最后一[天日]|月底|月末", lambda _: (Word("R", LAST), Word("d"))
    yield rf"{_NUMBER}(?:{_AND}{_NUMBER})*[号號日]", _ordinals
    yield rf"({_NUMBER})月", _month


def _rhythms() -> Iterator[tuple[str, Make]]:
    yield "隔[天日]", lambda _: (Word("E"), Word("O"), Word("d"))
    yield "隔周", lambda _: (Word("E"), Word("O"), Word("w"))
    yield "每?隔", just("G")
    yield "每个?", just("E")
    yield "半个?(?:小时|钟头)", lambda _: (Word("N", 30), Word("u", 1))
    yield "个?(?:小时|钟头)", just("u", 60)
    yield "分钟", just("u", 1)
    yield "[天日]", just("d")
    yield "个?(?:星期|礼拜)|周", just("w")
    yield "个?月", just("m")
    yield "个?季度?", just("q")
    yield "年", just("y")


def _small() -> Iterator[tuple[str, Make]]:
    yield "除了?", just("X")
    yield "[之以]?外", nothing
    yield "从", just("F")
    yield "[到至]", just("T")
    yield _AND, just("A")
    yield "[的在于请都]|[之期]?间", nothing


def _table() -> Iterator[tuple[re.Pattern[str], Make]]:
    for kinds in (_clocks, _days, _rhythms, _small):
        yield from ((re.compile(form), make) for form, make in kinds())


VOCABULARY: Final[Table] = (*_table(), *ENGLISH, (re.compile(_NUMBER), _counted))
"""Both languages, since people mix them: 每天 9am."""
