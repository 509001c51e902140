"""Personal data with a form of its own: addresses of mail and machines, numbers, plates.

Works in Chinese and English alike, glued to whatever stands beside it. People's names and postal
addresses have no such form and are not found.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from generators.draft import Content, words
from moderation.checks.linear import finder
from moderation.checks.numbers import cards, ibans, national_ids, passports
from moderation.checks.phones import phones
from moderation.checks.spans import Span, findings
from moderation.gate import Finding
from moderation.normalise import normalise
from moderation.policy import Direction

Spans = Iterator[tuple[int, int]]

_EMAIL: Final = finder(
    r"([0-9A-Za-z_\x{C0}-\x{24F}](?:[0-9A-Za-z._%+'\x{C0}-\x{24F}-]*[0-9A-Za-z_+\x{C0}-\x{24F}-])?"
    r"(?:@|\s?[\[({]\s?at\s?[\])}]\s?)"
    r"(?:[0-9A-Za-z-]+(?:\.|\s?[\[({]\s?dot\s?[\])}]\s?))+[A-Za-z]{2,24})"
)
_IPV4: Final = re.compile(
    r"(?<![0-9A-Za-z.])(?<![A-Za-z]/)(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}"
    r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?![0-9A-Za-z]|\.[0-9])"
)
_VERSION: Final = re.compile(r"(?:version|ver|release|build|版本|版)[\s:号.]{0,3}\Z", re.IGNORECASE)
_IPV6: Final = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f:.]{2,46}(?![0-9A-Za-z:])")
_MAC: Final = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9A-Fa-f]{2}[:-])"
    r"(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![0-9A-Za-z]|[:-][0-9A-Fa-f]{2})"
)
_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]"
    r"[ ·•・.-]?(?=[0-9A-Z]{0,4}[0-9][0-9A-Z]{0,4}[0-9])"
    r"(?:[0-9A-HJ-NP-Z]{5,6}|[0-9A-HJ-NP-Z]{4}[挂学警港澳])(?![0-9A-Za-z])"
)


def _emails(text: str) -> Spans:
    for address, start, end in _EMAIL(text):
        clone = address.startswith("git@") and text[end : end + 1] in {":", "/"}
        if not clone:
            yield start, end


def _addresses(text: str) -> Spans:
    for match in _IPV4.finditer(text):
        version = _VERSION.search(text[max(0, match.start() - 12) : match.start()])
        if not version and _names_a_machine(match[0]):
            yield match.span()
    for match in _IPV6.finditer(text):
        start, end = _unpunctuated(match)
        if text.count(":", start, end) > 1 and _names_a_machine(text[start:end]):
            yield start, end


def _unpunctuated(match: re.Match[str]) -> tuple[int, int]:
    """Return the span without the colon of "address:" before it and the stop after it."""
    found, start, end = match[0], *match.span()
    if found.startswith(":") and not found.startswith("::"):
        start += 1
    stripped = found.rstrip(".")
    end -= len(found) - len(stripped)
    if stripped.endswith(":") and not stripped.endswith("::"):
        end -= 1
    return start, end


def _names_a_machine(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return not (parsed.is_loopback or parsed.is_unspecified) and any(map(str.isdigit, address))


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Spans]:
    return lambda text: (match.span() for match in pattern.finditer(text))


_RECOGNISERS: Final[tuple[tuple[str, str, Callable[[str], Spans]], ...]] = (
    ("email", "[email]", _emails),
    ("mac", "[mac]", _matches(_MAC)),
    ("iban", "[iban]", ibans),
    ("id", "[id number]", national_ids),
    ("passport", "[passport]", passports),
    ("card", "[card]", cards),
    ("ip", "[ip]", _addresses),
    ("phone", "[phone]", phones),
    ("plate", "[plate]", _matches(_PLATE)),
)
"""Category, what to write instead, and how to find it; the surest first."""
_WITHOUT_DIGITS: Final = frozenset({"email", "mac"})
_DIGIT: Final = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Pii:
    """Finds `pii.<kind>`: mail, phone, card, IBAN, identity number, passport, IP, MAC, plate."""

    name: str = "pii"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return all personal data with a recognisable form in the readable part."""
        del direction  # personal data is so whoever wrote it
        plain = normalise(words(content))
        return findings(self.name, plain, _spans(plain.text))


def _spans(text: str) -> Iterator[Span]:
    numbered = _DIGIT.search(text) is not None
    for kind, replacement, find in _RECOGNISERS:
        if not numbered and kind not in _WITHOUT_DIGITS:
            continue
        for start, end in find(text):
            yield Span(category=f"pii.{kind}", start=start, end=end, replacement=replacement)
