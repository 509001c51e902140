"""Numbers that name a person or an account, each held to its own check digits.

Offsets are characters of folded text. Where a form has no check digit (a US social security
number, a passport), the words before it decide.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from stdnum import iban, luhn
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.iso7064 import mod_11_2
from stdnum.it import codicefiscale
from stdnum.pl import pesel
from stdnum.us import ssn

_BEFORE: Final = r"(?<![0-9A-Za-z])"
_AFTER: Final = r"(?![0-9A-Za-z])"
_CONTEXT_CHARS: Final = 40

_CARD: Final = re.compile(
    r"(?<![0-9A-Za-z.+])(?=("
    r"(?:[0-9]{13,19}"
    r"|[0-9]{4}([ -])[0-9]{4}(?:\2[0-9]{4}){2}(?:\2[0-9]{3})?"
    r"|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}"
    r"|[0-9]{6}[ -][0-9]{10,13})"
    r"(?![0-9A-Za-z]|[.-][0-9])))"
)
_SIXTEEN: Final = len("0000 0000 0000 0000")
"""Of a card in groups of four: what follows may be the next number, not the last three digits."""
_ISSUER: Final = re.compile(r"4|5[0-8]|2[2-7]|3[0-9]|6[0-9]|81")
_IBAN: Final = re.compile(
    _BEFORE + r"(?=([A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]){11,30}))", re.IGNORECASE
)
_ACCOUNTS: Final = (
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20"
    "EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30"
    "KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23"
    "PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26"
    "UA29VA22VG24XK20YE30"
)
"""Each country of the ISO 13616 registry with the length of its account numbers."""
_LENGTHS: Final = {
    _ACCOUNTS[at : at + 2]: int(_ACCOUNTS[at + 2 : at + 4]) for at in range(0, len(_ACCOUNTS), 4)
}
_CHINA: Final = re.compile(
    _BEFORE + r"([1-8][0-9]{5}) ?((?:19|20)[0-9]{6}) ?([0-9]{3}[0-9X])" + _AFTER, re.IGNORECASE
)
_NINO: Final = re.compile(
    _BEFORE + r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"(?P<gap>[ -]?)[0-9]{2}(?P=gap)[0-9]{2}(?P=gap)[0-9]{2}(?P=gap)[A-D]" + _AFTER,
    re.IGNORECASE,
)
_SSN: Final = re.compile(r"(?<![0-9A-Za-z-])[0-9]{3}([ -]?)[0-9]{2}\1[0-9]{4}(?![0-9A-Za-z-])")
_SSN_WORDS: Final = re.compile(r"ssn|social\s+security|社保|社会安全", re.IGNORECASE)
_ELEVEN: Final = re.compile(_BEFORE + r"[0-9]{11}" + _AFTER)
_PESEL_WORDS: Final = re.compile(r"pesel", re.IGNORECASE)
_DNI: Final = re.compile(_BEFORE + r"[0-9]{8}-?[A-Z]" + _AFTER)
_NIE: Final = re.compile(_BEFORE + r"[XYZ]-?[0-9]{7}-?[A-Z]" + _AFTER)
_FISCAL: Final = re.compile(
    _BEFORE + r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]" + _AFTER, re.IGNORECASE
)
_NIR: Final = re.compile(
    _BEFORE + r"[12](?: ?[0-9]{2}){2} ?[0-9][0-9AB](?: ?[0-9]{3}){2} ?[0-9]{2}" + _AFTER
)
_PASSPORT: Final = re.compile(
    r"(?:passport|passeport|reisepass|护照|護照|港澳通行证|通行证)"
    r"(?:[\s:=#(.,-]|is|was|no|number|nr|num|id|book|card|the|my|号码?|證件|证件|是|为){0,10}"
    r"([A-Z]{0,2}[0-9]{6,9}[A-Z]?)" + _AFTER,
    re.IGNORECASE,
)
Spans = Iterator[tuple[int, int]]


def cards(text: str) -> Spans:
    """Yield payment cards by ISO 7812: an issuer's prefix, 13 to 19 digits, a right Luhn digit."""
    for match in _CARD.finditer(text):
        for candidate in (match[1], match[1][:_SIXTEEN]):
            digits = re.sub(r"[ -]", "", candidate)
            if _ISSUER.match(digits) and len(set(digits)) > 1 and luhn.is_valid(digits):
                yield match.start(1), match.start(1) + len(candidate)


def ibans(text: str) -> Spans:
    """Yield bank accounts by ISO 13616: country, length and remainder modulo 97."""
    for match in _IBAN.finditer(text):
        start, length = match.start(), _LENGTHS.get(match[1][:2].upper(), 0)
        ends = [at for at, character in enumerate(match[1], start + 1) if character.isalnum()]
        if 0 < length <= len(ends) and iban.is_valid(text[start : ends[length - 1]]):
            yield start, ends[length - 1]


def national_ids(text: str) -> Spans:
    """Yield identity numbers of China, Britain, the United States and some of Europe."""
    for pattern, is_valid in _IDS:
        yield from (match.span() for match in pattern.finditer(text) if is_valid(match))


def passports(text: str) -> Spans:
    """Yield what follows the word for a passport and looks like its number."""
    for match in _PASSPORT.finditer(text):
        yield match.span(1)


def _near(words: re.Pattern[str], match: re.Match[str]) -> bool:
    start = match.start()
    return words.search(match.string[max(0, start - _CONTEXT_CHARS) : start]) is not None


def _resident(match: re.Match[str]) -> bool:
    return mod_11_2.is_valid("".join(match.groups()).upper()) and _is_date(match[2])


def _social_security(match: re.Match[str]) -> bool:
    if not ssn.is_valid(re.sub(r"[ -]", "", match[0])):
        return False
    return match[1] == "-" or _near(_SSN_WORDS, match)


def _pesel(match: re.Match[str]) -> bool:
    return pesel.is_valid(match[0]) and _near(_PESEL_WORDS, match)


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


_IDS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool]], ...]] = (
    (_CHINA, _resident),
    (_NINO, bool),
    (_SSN, _social_security),
    (_ELEVEN, _pesel),
    (_DNI, lambda match: dni.is_valid(match[0])),
    (_NIE, lambda match: nie.is_valid(match[0])),
    (_FISCAL, lambda match: codicefiscale.is_valid(match[0])),
    (_NIR, lambda match: nir.is_valid(match[0])),
)
