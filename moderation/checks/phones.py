"""Phone numbers: by their own shape where it is plain, by the words before them where it is not.

Offsets are characters of folded text. Whether a number is in service, nobody here knows.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import phonenumbers

_CONTEXT: Final = re.compile(
    r"(?:(?<![A-Za-z])(?:(?:tele|mobile |cell)?phone|mobile|mob|tel|telefon|cell|call|fax|whatsapp|"
    r"text|ring|dial|contact|sms|reach|hotline|handy|(?:my|his|her|our|your|their) number)|"
    r"电话|手机|联系|致电|传真|拨打|热线|座机|微信|短信|來電|電話|手機)"
    r"(?:[\s:=#(.,/&|+-]|is|at|on|no|number|nr|me|us|him|her|them|or|the|my|our|his|new|s|"
    r"号码?|是|为|打|到|我|请|方式|和|或|\[phone\]){0,12}\Z",
    re.IGNORECASE,
)
_CONTEXT_CHARS: Final = 48

_INTERNATIONAL: Final = re.compile(
    r"(?<![0-9A-Za-z+])(?:\+|00(?=[1-9]))[1-9](?:[ ().-]{0,3}[0-9]){6,14}(?![0-9])"
)
_CHINA_MOBILE: Final = re.compile(
    r"(?:(?<![0-9A-Za-z.])|(?<=[Tt]el)|(?<=[Pp]hone)|(?<=[^0-9]\.))"
    r"(?:86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])"
)
_CHINA_LANDLINE: Final = re.compile(
    r"(?<![0-9A-Za-z.-])(?:\(0[0-9]{2,3}\) ?|0[0-9]{2,3}-)[0-9]{7,8}(?![0-9-])"
)
_AMERICA: Final = re.compile(
    r"(?<![0-9A-Za-z.+/=-])(?:(?:001|1)[ .-])?"
    r"(?:\([0-9]{3}\) ?[0-9]{3}[ .-]|[0-9]{3}-[0-9]{3}-|[2-9][0-9]{2}\.[0-9]{3}\.)[0-9]{4}"
    r"(?: ?(?:x|ext\.?|extension) ?[0-9]{1,6})?(?![0-9A-Za-z]|[.-][0-9])"
)
_GROUPED: Final = re.compile(
    r"(?<![0-9A-Za-z.+/=-])0[1-9](?:[ .-]?[0-9]){8,9}(?![0-9A-Za-z]|[.-][0-9])"
)
_AFTER_WORD: Final = re.compile(
    r"(?<![0-9A-Za-z+])\(?[0-9](?:[ ().-]{0,2}[0-9]){5,14}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
    r"(?![0-9A-Za-z]|[.:][0-9])"
)
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}[-. ][0-9]{1,2}[-. ][0-9]{1,2}")
_SEPARATOR: Final = re.compile(r"[ ().-]")
_REGIONS: Final = ("GB", "FR", "IT", "CN")
"""Where national numbers begin with 0 and come in groups."""


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of every phone number, the surest forms first.

    >>> set(phones("电话13800138000"))
    {(2, 13)}
    """
    for match in _INTERNATIONAL.finditer(text):
        end = _international_end(match[0])
        if end:
            yield match.start(), match.start() + end
    for pattern, judge in _NATIONAL:
        yield from (match.span() for match in pattern.finditer(text) if judge(match))


def _grouped(match: re.Match[str]) -> bool:
    return bool(_SEPARATOR.search(match[0])) and _valid_somewhere(match[0])


def _announced(match: re.Match[str]) -> bool:
    start = match.start()
    before = match.string[max(0, start - _CONTEXT_CHARS) : start]
    return not _DATE.match(match[0]) and _CONTEXT.search(before) is not None


def _international_end(number: str) -> int:
    """Return how much of the candidate is one number, giving up the last groups first."""
    ends = [match.start() for match in _SEPARATOR.finditer(number)]
    for end in (len(number), *reversed(ends)):
        if _possible(number[:end]):
            return end
    return 0


def _possible(number: str) -> bool:
    parsed = _parsed("+" + number.removeprefix("00").removeprefix("+"), None)
    if parsed is None:
        return False
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE


def _valid_somewhere(number: str) -> bool:
    candidates = (_parsed(number, region) for region in _REGIONS)
    return any(parsed and phonenumbers.is_valid_number(parsed) for parsed in candidates)


def _parsed(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


_NATIONAL: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool]], ...]] = (
    (_CHINA_MOBILE, bool),
    (_CHINA_LANDLINE, bool),
    (_AMERICA, bool),
    (_GROUPED, _grouped),
    (_AFTER_WORD, _announced),
)
