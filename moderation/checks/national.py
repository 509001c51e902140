"""Identity numbers that states give to people and firms, each held to its own check digits.

Offsets are characters of folded text. Where a form has no check digit or too few digits to stand
alone, the words before it decide.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import mul
from string import ascii_letters, digits
from typing import Final

from stdnum import luhn
from stdnum.at import vnr
from stdnum.au import tfn
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ch import ssn as ahv
from stdnum.cn import uscc
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.us import ssn

from moderation.checks.keywords import keywords
from moderation.checks.linear import beginnings

Spans = Iterator[tuple[int, int]]

_CONTEXT_CHARS: Final = 40
_GAPS: Final = re.compile("[ -]")
_RESIDENT: Final = tuple(pow(2, 17 - place, 11) for place in range(18))
"""What each digit of a Chinese resident's number counts: ISO 7064, modulo 11 to the base 2."""
_HONG_KONG_EMPTY: Final = 36
"""What a missing first letter counts in the sum of a Hong Kong number."""
_TAIWAN: Final = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""The letters of Taiwan's places in the order of their numbers, 10 to 35."""


@dataclass(frozen=True, slots=True)
class Form:
    """How one kind of number is written and checked, and the words of which one must precede it."""

    written: str
    pattern: re.Pattern[str]
    is_valid: Callable[[str], bool]
    words: tuple[str, ...]


def _form(pattern: str, is_valid: Callable[[str], bool], *words: str) -> Form:
    bounded = re.compile(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])", re.IGNORECASE)
    return Form(pattern, bounded, is_valid, words)


def _resident(number: str) -> bool:
    digits = number.replace(" ", "").upper()
    last = 10 if digits[-1] == "X" else int(digits[-1])
    total = sum(map(mul, map(int, digits[:-1]), _RESIDENT)) + last
    return total % 11 == 1 and _is_date(digits[6:14])


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _social_security(number: str) -> bool:
    return ssn.is_valid(_GAPS.sub("", number))


def _hong_kong(number: str) -> bool:
    signs = [int(sign, 36) for sign in number if sign.isalnum()]
    values = [_HONG_KONG_EMPTY, *signs][-9:]
    return (
        sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0
    )


def _taiwanese(number: str) -> bool:
    place = _TAIWAN.index(number[0].upper()) + 10
    digits = [place // 10, place % 10, *map(int, number[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(d * w for d, w in zip(digits, weights, strict=True)) % 10 == 0


def _singaporean(number: str) -> bool:
    first, last = number[0].upper(), number[-1].upper()
    total = sum(int(d) * w for d, w in zip(number[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += 4 if first in "TG" else 3 if first == "M" else 0
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "KLJNPQRTUWX"}.get(first, "XWUTRQPNMLK")
    return letters[total % 11 if first != "M" else 10 - total % 11] == last


def _always(number: str) -> bool:
    return bool(number)


def _card_digit(number: str) -> bool:
    return luhn.is_valid(_GAPS.sub("", number))


_FORMS: Final[tuple[Form, ...]] = (
    _form(r"[1-8][0-9]{5} ?(?:19|20)[0-9]{6} ?[0-9]{3}[0-9X]", _resident),
    _form(r"[159Y][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}", uscc.is_valid),
    _form(
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
        r"(?P<gap>[ -]?)[0-9]{2}(?P=gap)[0-9]{2}(?P=gap)[0-9]{2}(?P=gap)[A-D]",
        bool,
    ),
    _form(r"(?<!-)[0-9]{3}-[0-9]{2}-[0-9]{4}(?!-)", _social_security),
    _form(r"(?<!-)9[0-9]{2}-(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9])-[0-9]{4}(?!-)", bool),
    _form(
        r"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}",
        _social_security,
        *("ssn", "social security", "社保", "社会安全"),
    ),
    _form(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", nhs.is_valid, "nhs"),
    _form(r"[0-9]{11}", pesel.is_valid, "pesel"),
    _form(r"[0-9]{8}-?[A-Z]", dni.is_valid),
    _form(r"[XYZ]-?[0-9]{7}-?[A-Z]", nie.is_valid),
    _form(
        r"[A-Z]{6}[0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]",
        codicefiscale.is_valid,
    ),
    _form(r"[12](?: ?[0-9]{2}){2} ?[0-9][0-9AB](?: ?[0-9]{3}){2} ?[0-9]{2}", nir.is_valid),
    _form(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}", nn.is_valid),
    _form(r"[0-9]{11}", nn.is_valid, "rijksregister", "registre national", "insz", "niss"),
    _form(r"[0-9]{9}|[0-9]{4}\.[0-9]{2}\.[0-9]{3}", bsn.is_valid, "bsn", "burgerservice"),
    _form(r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", idnr.is_valid, "steuer", "idnr", "id-nr"),
    _form(
        r"[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3}",
        bool,
        *("rentenversicherung", "sozialversicherung", "svnr"),
    ),
    _form(r"[0-9]{4} ?[0-9]{6}", vnr.is_valid, "svnr", "versicherung"),
    _form(r"(?:19|20)?[0-9]{6}[-+][0-9]{4}", personnummer.is_valid),
    _form(r"(?:19|20)?[0-9]{10}", personnummer.is_valid, "personnummer"),
    _form(r"[0-9]{6}-?[0-9]{4}", cpr.is_valid, "cpr", "personnummer"),
    _form(r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]", hetu.is_valid),
    _form(r"[0-9]{6} ?[0-9]{5}", fodselsnummer.is_valid, "dselsnummer", "personnummer"),
    _form(r"[0-9]{9}|[0-9]{3} [0-9]{3} [0-9]{3}", nif.is_valid, "nif", "contribuinte"),
    _form(r"[0-9]{7}[A-W][A-I]?", pps.is_valid, "pps", "ppsn"),
    _form(r"[0-9]{6}/[0-9]{3,4}", rc.is_valid, "rodn", "birth number", "rč"),
    _form(r"[1-9][0-9]{12}", cnp.is_valid, "cnp", "cod numeric"),
    _form(r"756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}", ahv.is_valid),
    _form(r"[0-9]{6}-[0-9]{7}", rrn.is_valid),
    _form(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", cpf.is_valid),
    _form(r"[0-9]{4} [0-9]{4} [0-9]{4}|[0-9]{12}", aadhaar.is_valid, "aadhaar", "uidai"),
    _form(r"[A-Z]{5}[0-9]{4}[A-Z]", pan.is_valid, "pan ", "pan:", "permanent account"),
    _form(
        r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}",
        _card_digit,
        *(" sin ", " sin:", "social insurance"),
    ),
    _form(r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}", tfn.is_valid, "tfn", "tax file"),
    _form(r"[A-Z]{1,2}[0-9]{6} ?\([0-9A]\)?", _hong_kong),
    _form(r"[A-Z]{1,2}[0-9]{6}[0-9A]", _hong_kong, "hkid", "香港身份证", "hong kong id"),
    _form(r"[A-Z][12][0-9]{8}", _taiwanese),
    _form(r"[STFGM][0-9]{7}[A-Z]", _singaporean, "nric", "fin", "singapore", "新加坡"),
)
_PLAIN: Final = tuple(form for form in _FORMS if not form.words)
_LOOK_AROUND: Final = re.compile(r"\(\?<?!.*?\)")
_FIRST: Final = re.compile(r"\[[^]]+\]|[0-9](?![?{])")
"""A form's first sign, where all its numbers begin with one of the same signs."""
_GROUP: Final = re.compile(r"\([^()]*\)")
_GAP: Final = re.compile(r"\(\?P=gap\)")


def _loosely(form: Form) -> str:
    """Return the form as RE2 can read it, which takes a little more than the form does."""
    return _GAP.sub("[ -]?", _LOOK_AROUND.sub("", form.written))


def _may_begin(form: Form, sign: str) -> bool:
    written = _LOOK_AROUND.sub("", form.written)
    first = None if "|" in _GROUP.sub("", written) else _FIRST.match(written)
    return first is None or re.match(first[0], sign, re.IGNORECASE) is not None


def _beginning(sign: str) -> tuple[Form, ...]:
    """Return the forms that need no word and may begin with a sign."""
    return tuple(form for form in _PLAIN if _may_begin(form, sign))


_BEGINNING: Final = {sign: _beginning(sign) for sign in ascii_letters + digits}
_ANY: Final = beginnings("|".join(_loosely(form) for form in _PLAIN))
"""Tells where a form that needs no word may begin: nearly always nowhere."""
_CUES: Final = keywords(
    {
        word: [number for number, form in enumerate(_FORMS) if word in form.words]
        for word in sorted({word for form in _FORMS for word in form.words})
    }
)


def national_ids(text: str) -> Spans:
    """Yield identity numbers of China, Britain, the United States, Europe and some of Asia."""
    known = bytearray(len(text))
    for match, form in (*_plain(text), *_told(text)):
        start, end = match.span()
        fresh = known.find(0, start, end) >= 0  # else it would change nothing
        if fresh and form.is_valid(match[0]):
            known[start:end] = b"\1" * (end - start)
            yield start, end


def _plain(text: str) -> Iterator[tuple[re.Match[str], Form]]:
    """Yield what has a form that needs no word."""
    for start in _ANY(text):
        for form in _BEGINNING.get(text[start], _PLAIN):
            match = form.pattern.match(text, start)
            if match:
                yield match, form


def _told(text: str) -> Iterator[tuple[re.Match[str], Form]]:
    """Yield what has the form that a word before it says."""
    lower = text.lower()
    for form in map(_FORMS.__getitem__, sorted(_CUES(lower))):
        for match in form.pattern.finditer(text):
            if _announced(form, lower, match.start()):
                yield match, form


def _announced(form: Form, lower: str, at: int) -> bool:
    before = lower[max(0, at - _CONTEXT_CHARS) : at]
    return any(word in before for word in form.words)
