"""Personal data with a form of its own: addresses, numbers, plates, documents, dates of birth.

Works in Chinese and English alike, glued to whatever stands beside it. People's names have no such
form and are not found.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from generators.draft import Content, words
from moderation.checks import documents
from moderation.checks.addresses import (
    HOMES,
    addresses,
    american_addresses,
    chinese_addresses,
    homes,
)
from moderation.checks.encoded import decoded
from moderation.checks.keywords import keywords
from moderation.checks.machines import emails, ips, macs
from moderation.checks.national import national_ids
from moderation.checks.numbers import cards, ibans
from moderation.checks.phones import ANNOUNCING, announced, phones
from moderation.checks.spaced import spaced
from moderation.checks.spans import Span, findings
from moderation.checks.wallets import wallets
from moderation.finding import Finding
from moderation.normalise import normalise
from moderation.tables import Direction

Find = Callable[[str], Iterator[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Finds one kind of personal data where a text has enough digits and one of some words."""

    kind: str
    replacement: str
    find: Find
    digits: int = 0
    """Fewest digits that such data has."""
    words: tuple[str, ...] = ()
    """Lower-case words of which a text must have one; none: any text."""


_PLATES: Final = (
    *("plate", "registration", "reg ", "kennzeichen", "vrm", "immatric", "matricula", "vehicle"),
    *("matrícula", "parking", " car "),
)
_KINDS: Final = (
    *("street", "st", "avenue", "ave", "road", "rd", "boulevard", "blvd", "lane", "ln", "drive"),
    *("dr", "court", "ct", "way", "place", "pl", "terrace", "ter", "square", "sq", "parkway"),
    *("pkwy", "circle", "cir", "crescent", "close", "highway", "hwy", "trail", "grove", "mews"),
    *("gardens", "row", "plaza", "loop", "alley", "turnpike", "ridge", "heights", "hill", "walk"),
)
_STATES: Final = (
    "al ak az ar ca co ct dc de fl ga hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh "
    "nj nm ny nv oh ok or pa ri sc sd tn tx ut va vt wa wi wv wy"
)
_STREETS: Final = (
    *(f" {kind}{end}" for kind in _KINDS for end in (" ", ",", ".", "\n")),
    *(f", {state}{end}" for state in _STATES.split() for end in (" ", ",")),
    *("straße ", "strasse ", "str. ", "weg ", "platz ", "allee ", "gasse ", "ring ", "damm "),
    *(
        "rue ",
        "avenue ",
        "boulevard ",
        "place ",
        "chemin ",
        "allée ",
        "impasse ",
        "quai ",
        "cours ",
    ),
    *("ufer ", "o. box", "o box", "po box", "zip", "postcode", "post code", "postal"),
)
_NUMBERED: Final = (
    *("ein", "tin", "vat", "utr", "tax", "ust", "steuer", "税", "社保", "医保", "军官", "工号"),
    *("学号", "身份证", "居住证", "通行证", "medicare", "member", "employ", "national", "ident"),
    "personalausweis",
)
_LICENCES: Final = (
    *(
        "driv",
        "dl",
        "d.l",
        "my licen",
        "his licen",
        "her licen",
        "license n",
        "licence n",
        "hrerschein",
        "驾",
        "conduire",
    ),
    *("conducir", "rijbewijs", "guida"),
)
_BIRTHS: Final = (
    *("born", "birth", "dob", "d.o.b", "geb", "née", "né le", "nacimiento", "nascita"),
    *("出生", "生日"),
)
_CHINESE_STREETS: Final = (
    "路",
    "街",
    "道",
    "巷",
    "弄",
    "胡同",
    "村",
    "镇",
    "小区",
    "园",
    "苑",
    "公寓",
    "大厦",
    "城",
    "广场",
)

RECOGNISERS: Final = (
    Recogniser("email", "[email]", emails, words=("@", "at]", "at)", "at}", "at ]", "at )")),
    Recogniser("mac", "[mac]", macs, words=(":", "-", ".")),
    Recogniser("wallet", "[wallet]", wallets, 1),
    Recogniser("iban", "[iban]", ibans, 10),
    Recogniser("id", "[id number]", national_ids, 4),
    Recogniser(
        "passport",
        "[passport]",
        documents.passports,
        6,
        ("passport", "passeport", "pass", "pasaporte", "护照", "護照", "通行证", "台胞证"),
    ),
    Recogniser(
        "licence",
        "[driving licence]",
        documents.licences,
        4,
        _LICENCES,
    ),
    Recogniser("card", "[card]", cards, 12),
    Recogniser(
        "account",
        "[account]",
        documents.accounts,
        6,
        ("account", "acct", "a/c", "konto", "账", "帐", "卡号", "银行卡", "sort"),
    ),
    Recogniser("account", "[account]", documents.swifts, 0, ("swift", "bic")),
    Recogniser("account", "[account]", documents.routings, 9, ("routing", "aba", "rtn")),
    Recogniser(
        "id",
        "[id number]",
        documents.documents,
        6,
        _NUMBERED,
    ),
    Recogniser("account", "[account]", documents.handles, 1, ("qq", "微信", "wechat", "wxid_")),
    Recogniser("ip", "[ip]", ips, 1, (".", ":")),
    Recogniser(
        "birth",
        "[date of birth]",
        documents.births,
        4,
        _BIRTHS,
    ),
    Recogniser("phone", "[phone]", phones, 6),
    Recogniser("phone", "[phone]", announced, 6, ANNOUNCING),
    Recogniser(
        "plate",
        "[plate]",
        documents.chinese_plates,
        2,
        tuple("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"),
    ),
    Recogniser("plate", "[plate]", documents.plates, 1, _PLATES),
    Recogniser("address", "[address]", american_addresses, 5),
    Recogniser("address", "[address]", addresses, 1, _STREETS),
    Recogniser("address", "[address]", homes, 1, HOMES),
    Recogniser("address", "[address]", chinese_addresses, 0, _CHINESE_STREETS),
    Recogniser("card", "[card]", spaced(cards), 13),
    Recogniser("phone", "[phone]", spaced(phones), 10),
)
"""What is looked for; the surest first."""


def _numbered() -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for number, recogniser in enumerate(RECOGNISERS):
        for word in recogniser.words:
            numbers.setdefault(word, []).append(number)
    return numbers


_CUES: Final = keywords(_numbered())
_ALWAYS: Final = frozenset(n for n, recogniser in enumerate(RECOGNISERS) if not recogniser.words)


_CODED: Final = re.compile(r"[0-9A-Za-z+/_%\\-]{16}")


@dataclass(frozen=True, slots=True)
class Pii:
    """Finds `pii.<kind>`: what `RECOGNISERS` names."""

    name: str = "pii"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return all personal data with a recognisable form in the readable part."""
        del direction  # personal data is so whoever wrote it
        plain = normalise(words(content))
        return findings(self.name, plain, _spans(plain.text))


def _spans(text: str) -> Iterator[Span]:
    yield from _written(text)
    for plain, start, end in decoded(text) if _CODED.search(text) else ():
        inside = next(_written(plain), None)
        if inside:
            yield inside._replace(start=start, end=end)


def _written(text: str) -> Iterator[Span]:
    """Yield what can be read without decoding anything."""
    digits = sum(map(text.count, "0123456789"))
    told = _CUES(text.lower() + "\n")
    for number in sorted(_ALWAYS | told) if digits else sorted(told):
        recogniser = RECOGNISERS[number]
        for start, end in recogniser.find(text) if digits >= recogniser.digits else ():
            yield Span(
                category=f"pii.{recogniser.kind}",
                start=start,
                end=end,
                replacement=recogniser.replacement,
            )
