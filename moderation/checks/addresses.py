"""Postal addresses where they have a form: street and number, American, British, German, Chinese.

A street alone is no address: a house number must stand with it, and in Chinese a flat, or words
that say that somebody lives there; sights and offices are public.
"""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checks.linear import finder

Spans = Iterator[tuple[int, int]]

_CAPITAL: Final = r"[A-Z][A-Za-z'.-]{0,24}"
_CITY: Final = r"[A-Z][a-z][A-Za-z'.-]{0,24}"
_KINDS: Final = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|"
    r"Terrace|Ter|Square|Sq|Parkway|Pkwy|Circle|Cir|Crescent|Close|Highway|Hwy|Trail|Grove|Mews|"
    r"Gardens|Row|Plaza|Loop|Alley|Turnpike|Ridge|Heights|Hill|Walk)"
)
_STATES: Final = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|"
    r"S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
)
_POSTCODE: Final = r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"
_ENGLISH: Final = re.compile(
    r"(?<![0-9A-Za-z.,/:$#-])(?:(?:Apt|Flat|Unit|Suite)\.? [0-9A-Z]{1,5},? )?"
    rf"[0-9]{{1,6}}[A-Za-z]?(?:-[0-9]{{1,5}})? (?:[NSEW]{{1,2}}\.? |North |South |East |West )?"
    rf"(?:(?:{_CAPITAL}|[0-9]{{1,3}}(?:st|nd|rd|"
    rf"th)) ){{1,4}}{_KINDS}(?![A-Za-z])\.?(?: [NS][EW]?(?![A-Za-z0-9])| [EW](?![A-Za-z0-9]))?"
    r"(?:,? ?(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|#)\.? ?[0-9A-Z-]{1,6})?"
    rf"(?:[,\n] ?{_CITY}(?: {_CITY}){{0,2}})?"
    rf"(?:[,\n]? ?(?:{_STATES},? [0-9]{{5}}(?:-[0-9]{{4}})?|{_POSTCODE}|[0-9]{{5}}(?![0-9])))?"
)
_ZIP: Final = re.compile(
    rf"{_CITY}(?: {_CITY}){{0,2}}, {_STATES},? [0-9]{{5}}(?:-[0-9]{{4}})?(?![0-9])"
)
_NAMED: Final = r"(?:[A-Z][A-Za-z'.-]{0,24}|[0-9]{1,3}(?:st|nd|rd|th)|#?[0-9A-Z]{1,5})"
_STATE_ZIP: Final = re.compile(r"[A-Z][A-Z][,.]? [0-9]{5}(?![0-9])")
_AMERICAN: Final = re.compile(
    rf"(?<![0-9A-Za-z.,/:$#-])[0-9]{{1,6}}[A-Za-z]? (?:{_NAMED}[ ,\n]{{1,2}}){{2,10}}?"
    rf"{_STATES}[,.]? [0-9]{{5}}(?:-[0-9]{{4}})?(?![0-9])"
)
_MILITARY: Final = re.compile(
    r"(?:(?:Unit|PSC) [0-9]{1,5}[, ]{1,2}Box [0-9]{1,5}|USN?S [A-Z][A-Za-zÀ-ÿ'-]{1,20})[,\n ]{1,2}"
    r"(?:[AFD]PO) A[AEP] [0-9]{5}(?:-[0-9]{4})?(?![0-9])"
)
_FRENCH: Final = re.compile(
    r"(?<![0-9A-Za-z.,/:$#-])[0-9]{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|place|chemin|"
    r"allée|impasse|quai|cours) [^\n,0-9]{2,40},? [0-9]{5} [A-Z][A-Za-zÀ-ÿ-]{1,24}"
)
_HOME: Final = re.compile(
    r"(?:(?i:liv(?:es?|ed|ing) (?:at|on|in)|(?:address|residence)(?: is| was)?:?|moved (?:in)?to|"
    r"resid(?:es|ing) (?:at|in)|(?:ship|deliver|send|mail|post)(?:ped|ed)?(?: (?:it|them|this|the "
    r"\w{1,12}|my \w{1,12}))? to))\s{1,3}("
    rf"[0-9]{{1,6}}[A-Za-z]? {_CAPITAL}(?: {_CAPITAL}){{1,3}}"
    r"(?:,? (?:Suite|Apt\.?|Unit) \w{1,6})?"
    rf"|(?:Via|Viale|Piazza|Calle|Avenida|Rua|Rue|Carrer) {_CAPITAL}(?: {_CAPITAL}){{0,3}},? "
    r"[0-9]{1,4}"
    r")(?![0-9A-Za-z])"
)
HOMES: Final = (
    *("live", "living", "address", "residence", "moved ", "resid", "ship", "deliver", "send "),
    *("mail", "post"),
)
"""Lower-case words of which a text has one wherever `homes` finds anything."""
_BOX: Final = re.compile(r"P\.? ?O\.? ?Box [0-9]{1,6}(?![0-9])", re.IGNORECASE)
_POSTAL: Final = re.compile(
    rf"(?:(?i:post ?code|postal code|zip(?: ?code)?)[\s:]{{0,3}}(?:is )?)({_POSTCODE}|[0-9]{{5}}"
    r"(?:-[0-9]{4})?)(?![0-9A-Za-z])"
)
_GERMAN: Final = re.compile(
    r"(?<![A-Za-zÄÖÜäöüß])[A-ZÄÖÜ][a-zäöüß]{2,24}(?:-[A-ZÄÖÜ][a-zäöüß]{2,24}){0,3}"
    r"(?:(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|damm|ufer)| (?:Stra(?:ß|ss)e|Weg|Platz|"
    r"Allee)|-(?:Stra(?:ß|ss)e|Platz|Allee|Weg)) [0-9]{1,4} ?[a-z]?(?![0-9A-Za-z])"
    r"(?:, (?:D-)?[0-9]{5} [A-ZÄÖÜ][a-zäöüß]+)?"
)
_REST: Final = r"(?:[0-9A-Za-z\p{Han}-]{0,16}?(?:号楼|号院|栋|幢|座|楼|层|单元|室|户|号|房))"
_STREET: Final = (
    r"\p{Han}{2,20}?(?:路|街|大道|巷|弄|胡同|道|村|镇|小区|园|苑|新村|公寓|大厦|城|广场)"
    r"(?:[0-9一二三四五六七八九十百]{1,5}(?:弄|号|巷))?"
)
_CHINESE_FLAT: Final = finder(
    rf"({_STREET}{_REST}{{0,4}}?[0-9A-Z一二三四五六七八九十]{{1,5}}(?:室|单元|户|房)"
    r"(?:[0-9]{1,5}(?:室|户|房)?)?)"
)
_CHINESE_HOME: Final = finder(
    r"(?:收货地址|收件地址|家庭住址|家庭地址|住址|通讯地址|邮寄地址|我家|我住|家住|住在|寄到|寄给|"
    rf"寄往|快递到|送到|送至)[\s:是在为]{{0,3}}({_STREET}{_REST}{{0,5}}(?:[0-9]{{2,5}})?)"
)
_WHERE: Final = re.compile(r"[在于到往至住:是为,]")


def addresses(text: str) -> Spans:
    """Yield addresses in their English, German and French forms."""
    for pattern in (_ENGLISH, _ZIP, _BOX, _GERMAN, _FRENCH):
        yield from (match.span() for match in pattern.finditer(text))
    yield from (match.span(1) for match in _POSTAL.finditer(text))


def american_addresses(text: str) -> Spans:
    """Yield addresses that end with an American state and ZIP code."""
    if _STATE_ZIP.search(text):
        yield from (match.span() for match in _AMERICAN.finditer(text))
    if "PO A" in text:
        yield from (match.span() for match in _MILITARY.finditer(text))


def homes(text: str) -> Spans:
    """Yield a house number and a street's name where somebody is said to live."""
    return (match.span(1) for match in _HOME.finditer(text))


def chinese_addresses(text: str) -> Spans:
    """Yield Chinese addresses down to the flat, and others where somebody is said to live."""
    for found, start, end in _CHINESE_HOME(text):
        if any(map(str.isdigit, found)) or "号" in found:
            yield start, end
    for found, start, end in _CHINESE_FLAT(text):
        yield start + _begin(found), end


def _begin(found: str) -> int:
    """Return where the address begins in what was found: after words like "lives at"."""
    ends = [match.end() for match in _WHERE.finditer(found[:16])]
    return ends[-1] if ends else 0
