"""Chinese numbers that a place or a service publishes: they are nobody's, unlike a person's.

A mobile phone is always somebody's. A number with an area code is a place's where the words beside
it speak of one (a sight, a hotel, opening hours), where it stands in a row with others, as those of
a switchboard do, or where "yes, the telephone is" answers a question; a word for a
person beside it ("my", "Ms", "contact", an address of a mailbox) outweighs all of that. Numbers
that begin with 400 or 800 are services' by their own rules. Offsets are characters of folded text.
"""

import re
from collections.abc import Iterator
from typing import Final

_NUMBER: Final = re.compile(
    r"(?<![0-9A-Za-z.+-])(?:\(0[1-9][0-9]{1,2}\) ?|0[1-9][0-9]{1,2}[ -]?)[1-9][0-9]{6,7}(?![0-9-])"
)
_SERVICE: Final = re.compile(r"(?<![0-9A-Za-z.+-])[48]00[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9-])")
_SIGN: Final = re.compile("(?<![0-9])[(048][0-9]")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_REACH: Final = 32
"""Characters before and after a number in which words count: less than a stream keeps back."""
_PERSON: Final = re.compile(
    r"@|[我他她您你]的|[我他她]们?家|家里|家庭|家电|本人|联系|座机|固话|固定电话|分机|姓名|先生|女士|小姐|老师|经理|"
    r"总监|主任|医生|律师|客户|用户|员工|同事|同学|朋友|妈|爸|老公|老婆|[姐妹哥弟]|收[件货]|身份证|邮箱|回电|打给|手机|住"
)
_PLACE: Final = re.compile(
    r"这里|这儿|那里|那儿|[这那]家|地方|景点|景区|酒店|宾馆|饭店|餐厅|餐馆|公园|博物馆|门票|票价|开放|开门|营业|"
    r"它|他们的|玩|人均|评分|预[订约]"
)
_ANSWER: Final = re.compile(
    r"(?:^|[,。!])(?:有|知道|嗯+|是|对|好|行|可以|没问题|必须|当然|不用|哦|噢|喔)[^,。]{0,6}[,。!~]"
    r"电话(?:号码?)?是\Z"
)
"""What answers a question after the number of something else than the person who is asked."""
_ROW: Final = re.compile(r"(?<![0-9])\(?0[1-9][0-9]{1,2}[)-]? ?[0-9]{7,8}[\s,;/、或和]{1,3}\Z")
_ROW_AFTER: Final = re.compile(r"[\s,;/、或和]{1,3}\(?0[1-9][0-9]{1,2}[)-]?[0-9]{7}")


def published(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of numbers that are a place's or a service's.

    >>> list(published("景点的电话是010-62754070，门票十元"))
    [(6, 18)]
    >>> list(published("我家的电话是010-62754070"))
    []
    """
    if text.isascii() or not _SIGN.search(text):
        return
    for match in _NUMBER.finditer(text):
        before, after = _beside(text, match)
        if not _PERSON.search(before + after) and _is_a_places(before, after):
            yield match.span()
    for match in _SERVICE.finditer(text) if "00" in text else ():
        if any(map(_HAN.search, _beside(text, match))):
            yield match.span()


def _beside(text: str, match: re.Match[str]) -> tuple[str, str]:
    start, end = match.span()
    return text[max(0, start - _REACH) : start], text[end : end + _REACH]


def _is_a_places(before: str, after: str) -> bool:
    if _ROW.search(before) or _ROW_AFTER.match(after):
        return True
    return bool(_ANSWER.search(before) or _PLACE.search(before) or _PLACE.search(after))
