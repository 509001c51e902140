"""Phone numbers: by their own shape where it is plain, by the words before them where it is not.

Offsets are characters of folded text. Whether a number is in service, nobody here knows.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import phonenumbers

from moderation.checks.linear import holds
from moderation.checks.published import published

_CONTEXT: Final = holds(
    r"(?i)(?:(?:^|[^A-Za-z])(?:(?:tele|mobile |cell)?phone|mobile|mob|tel|telefon|telefono|"
    r"teléfono|téléphone|cell|call|fax|whatsapp|text|ring|dial|contact|sms|reach|hotline|handy|"
    r"telegram|signal|voicemail|pager|switchboard|extension|[tpmf]:|ph|"
    r"(?:my|his|her|our|your|their|current|old|new|home|work|contact|emergency|direct|cell) number|"
    r"office:)|"
    r"电话|手机|联系|致电|传真|拨打|热线|座机|微信|短信|來電|電話|手機|号码|专线|打|新号|同号|发到)"
    r"(?:[\s:=#(.,?/&|+'-]|is|at|on|back|no|number|nr|me|us|you|him|her|them|or|the|my|our|his|new|s|"
    r"file|to|号码?|是|为|打|到|我|请|方式|和|或|\[phone\]){0,12}$"
)
ANNOUNCING: Final = (
    *("phone", "mob", "tel", "cell", "call", "fax", "whatsapp", "text", "ring", "dial", "contact"),
    *("sms", "reach", "hotline", "handy", "signal", "voicemail", "pager", "switchboard", "office"),
    *("extension", "t:", "p:", "m:", "f:", "ph", "number", "电话", "手机", "联系", "致电", "传真"),
    *(
        "拨打",
        "打",
        "新号",
        "同号",
        "发到",
        "热线",
        "座机",
        "微信",
        "短信",
        "來電",
        "電話",
        "手機",
        "号码",
        "专线",
    ),
)
"""Lower-case words of which a text has one wherever `announced` finds anything."""
_CONTEXT_AFTER: Final = holds(
    r"(?i)^[\s,(-]{0,3}is (?:my|his|her|their|our) "
    r"(?:new |old |other |current |work |home )?number|"
    r"^[\s,(-]{0,3}(?:is|as)? ?(?:the number (?:of|for) )?(?:my|his|her|their|our|"
    r"the)? ?(?:new |work |home |direct )?"
    r"(?:cell|mobile|phone|tel|number to call|fax|office line|是我的?(?:电话|手机)|是.{0,3}(?:电话|"
    r"手机))"
)
_CALLED: Final = re.compile(r"(?<= )(?:[A-Z][\w'-]{1,20}[ ,:\n(]{1,2}){1,3}(?:(?:on|at|to) )?\Z")
"""A name between a word and the number, as in "call Ana Lee on"."""
_CONTEXT_CHARS: Final = 48
_OTHERWISE: Final = re.compile("(?i)nhs")

_INTERNATIONAL: Final = re.compile(
    r"(?<![0-9A-Za-z+])(?:\+|00(?=[1-9]))[1-9](?:[ ().-]{0,3}[0-9]){6,14}(?![0-9])"
)
_CHINA_MOBILE: Final = re.compile(
    r"(?:(?<![0-9A-Za-z.])|(?<=[Tt]el)|(?<=[Pp]hone)|(?<=[^0-9]\.))"
    r"(?:86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])"
)
_CHINA_LANDLINE: Final = re.compile(
    r"(?<![0-9A-Za-z.-])(?:\(0[0-9]{2,3}\) ?|0[0-9]{2,3}-)[0-9]{7,8}"
    r"(?:(?:-|转)[0-9]{1,6})?(?![0-9-])"
)
_CHINA_JOINED: Final = re.compile(
    r"(?<![0-9A-Za-z.+/=-])0(?:10|2[0-57-9])[2-8][0-9]{7}(?![0-9A-Za-z.-])"
)
_AMERICA: Final = re.compile(
    r"(?<![0-9A-Za-z.+/=-])(?:(?:001|1)[ .-])?"
    r"(?:\([0-9]{3}\) ?[0-9]{3}[ .-]|[0-9]{3}[-/][0-9]{3}-|[1-9][0-9]{2}\.[0-9]{3}\.|"
    r"[2-9][0-9]{2} [2-9][0-9]{2} )[0-9]{4}"
    r"(?: ?(?:x|ext\.?|extension) ?[0-9]{1,6})?(?![0-9A-Za-z]|[.-][0-9])"
)
_GROUPED: Final = re.compile(
    r"(?<![0-9A-Za-z.+/=-])(?:\(0[1-9][0-9]{0,3}\)|"
    r"0[1-9])(?:[ .-]?[0-9]){5,10}(?![0-9A-Za-z]|[.-][0-9])"
)
_SLASHED: Final = re.compile(
    r"(?<![0-9A-Za-z.+/=-])0[1-9][0-9]{1,4} ?/ ?[0-9]{5,9}(?![0-9A-Za-z/.-])"
)
_BRACKETED: Final = re.compile(
    r"(?<![0-9A-Za-z.+/=-])\([1-9][0-9]{1,2}\) ?[0-9]{3,5}[ .-][0-9]{4}(?![0-9A-Za-z]|[.-][0-9])"
)
_AFTER_WORD: Final = re.compile(
    r"(?<![0-9A-Za-z+])\(?[0-9](?:[ ().-]{0,2}[0-9]){5,14}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
    r"(?![0-9A-Za-z]|[.:][0-9])"
)
_EXTENSION: Final = re.compile(r" ?(?:x|ext\.?|extension) ?[0-9]{1,6}(?![0-9A-Za-z])")
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}[-. ][0-9]{1,2}[-. ][0-9]{1,2}")
_SEPARATOR: Final = re.compile(r"[ ()./-]")
_NOBODYS: Final = 2
_REGIONS: Final = ("GB", "DE", "FR", "IT", "CN", "AU", "NZ", "CH", "AT", "BE", "SE", "IE", "NL")
"""Where national numbers begin with 0 and come in groups."""


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of what reads as a phone number by itself, the surest forms first.

    >>> set(phones("电话13800138000"))
    {(2, 13)}
    """
    known = _published(text)
    for forms in (_international, _national):
        for start, end in forms(text, known):
            known[start:end] = b"\1" * (end - start)
            yield start, end


def announced(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of other numbers that a word beside them calls a phone number."""
    known = _published(text)
    for match in _AFTER_WORD.finditer(text):
        start = match.start()
        mobile = _CHINA_MOBILE.match(text, start)  # which `phones` finds
        if known[start] != _NOBODYS and not mobile and _announced(match):
            yield match.span()


def _published(text: str) -> bytearray:
    """Return a byte for each character: `_NOBODYS` in the numbers that are so."""
    marks = bytearray(len(text))
    for start, end in published(text):
        marks[start:end] = bytes([_NOBODYS]) * (end - start)
    return marks


def _international(text: str, known: bytearray) -> Iterator[tuple[int, int]]:
    del known  # nothing is, before the first form
    for match in _INTERNATIONAL.finditer(text) if "+" in text or "00" in text else ():
        end = _international_end(match[0])
        if end:
            rest = _EXTENSION.match(text, match.start() + end)
            yield match.start(), rest.end() if rest else match.start() + end


def _national(text: str, known: bytearray) -> Iterator[tuple[int, int]]:
    """Yield what is not `known` as a whole, for to judge that again would change nothing."""
    for signs, pattern, judge in _NATIONAL:
        for match in pattern.finditer(text) if any(map(text.__contains__, signs)) else ():
            start, end = match.span()
            fresh = known[start] != _NOBODYS and known.find(0, start, end) >= 0
            if fresh and judge(match):
                yield start, end


def _among_han(match: re.Match[str]) -> bool:
    return not match.string.isascii()


def _american(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - _CONTEXT_CHARS) : match.start()]
    return not _OTHERWISE.search(before)  # British patients' numbers have the same groups


def _grouped(match: re.Match[str]) -> bool:
    return bool(_SEPARATOR.search(match[0])) and _valid_somewhere(match[0])


def _announced(match: re.Match[str]) -> bool:
    start = match.start()
    before = match.string[max(0, start - _CONTEXT_CHARS) : start]
    called = _CALLED.search(before)
    before = before[: called.start()] if called else before
    return not _DATE.match(match[0]) and (
        _CONTEXT(before) or _CONTEXT_AFTER(match.string[match.end() : match.end() + _CONTEXT_CHARS])
    )


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


_NATIONAL: Final[tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]], ...]] = (
    ("1", _CHINA_MOBILE, bool),
    ("-)", _CHINA_LANDLINE, bool),
    ("0", _CHINA_JOINED, _among_han),
    ("-./) ", _AMERICA, _american),
    (" .-)", _GROUPED, _grouped),
    ("/", _SLASHED, _grouped),
    ("(", _BRACKETED, bool),
)
"""Signs of which the text must have one, the form, and what else must be true of it."""
