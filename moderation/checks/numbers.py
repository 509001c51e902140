"""Numbers of payment cards and bank accounts, each held to its own check digits.

Offsets are characters of folded text. Numbers without check digits are `.documents`.
"""

import re
from collections.abc import Iterator
from string import ascii_letters
from typing import Final

_CARD: Final = re.compile(
    r"(?<![0-9A-Za-z.+])(?=("
    r"(?:[0-9]{12,19}"
    r"|[0-9]{4}([ .-])[0-9]{4}(?:\2[0-9]{4}){2}(?:\2[0-9]{3})?"
    r"|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}"
    r"|[0-9]{6}[ -][0-9]{10,13})"
    r"(?![0-9A-Za-z]|[.-][0-9])))"
)
_GAPS: Final = re.compile("[ .-]")
_SIXTEEN: Final = len("0000 0000 0000 0000")
"""Of a card in groups of four: what follows may be the next number, not the last three digits."""
_ISSUER: Final = re.compile(r"4|5[0-8]|2[2-7]|3[0-9]|6[0-9]|81|(?:2131|1800)[0-9]{11}\Z")
_SHORT: Final = 12
_SHORT_ISSUER: Final = re.compile(r"50(?:18|20|38)|5[678]|0604|6304|6390|67(?:59|6[1-3])")
"""Maestro's, who alone gives out cards of twelve digits."""
_IBAN: Final = re.compile(
    r"[A-Za-z](?<![0-9A-Za-z].)(?=([A-Za-z][0-9]{2}(?:[ -]?[0-9A-Za-z]){11,30}))"
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
_VALUES: Final = str.maketrans({letter: str(int(letter, 36)) for letter in ascii_letters})
Spans = Iterator[tuple[int, int]]


_DOUBLED: Final = str.maketrans("0123456789", "0246813579")
"""Twice each digit, less nine where that has two."""


def cards(text: str) -> Spans:
    """Yield payment cards by ISO 7812: an issuer's prefix, 12 to 19 digits, a right Luhn digit."""
    for match in _CARD.finditer(text):
        for candidate in dict.fromkeys((match[1], match[1][:_SIXTEEN])):
            digits = _GAPS.sub("", candidate)
            issuer = _SHORT_ISSUER if len(digits) == _SHORT else _ISSUER
            if issuer.match(digits) and len(set(digits)) > 1 and _luhn(digits):
                yield match.start(1), match.start(1) + len(candidate)


def ibans(text: str) -> Spans:
    """Yield bank accounts by ISO 13616: country, length and remainder modulo 97."""
    for match in _IBAN.finditer(text):
        start, account = match.start(), match[0] + match[1]
        length = _LENGTHS.get(account[:2].upper(), 0)
        ends = [at for at, character in enumerate(account, start + 1) if character.isalnum()]
        if 0 < length <= len(ends) and _mod_97(text[start : ends[length - 1]]):
            yield start, ends[length - 1]


def _luhn(digits: str) -> bool:
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


def _mod_97(account: str) -> bool:
    signs = account.replace(" ", "").replace("-", "")
    return int((signs[4:] + signs[:4]).translate(_VALUES)) % 97 == 1
