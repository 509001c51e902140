"""Passwords, access tokens and private keys, in what people send and in what models write.

Finds known formats (`.prefixes`, `.vendors`), what stands where secrets stand (`.places`), what a
name calls secret (`.assigned`), what chat gives away (`.passwords`), PEM blocks, and all of these
in Base64, hex or percent-encoding. Does not find a random string that nothing calls a secret.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from generators.draft import Content, words
from moderation.checks.assigned import KEYWORDS, assigned
from moderation.checks.encoded import decoded
from moderation.checks.exports import EXPORTED, exports
from moderation.checks.keywords import keywords
from moderation.checks.linear import finder, prefixed
from moderation.checks.manifests import manifests
from moderation.checks.passwords import LOGINS, PHRASES, STATED, Found, logins, phrases, stated
from moderation.checks.placeholders import drawn, entropy, invented
from moderation.checks.places import PLACES
from moderation.checks.prefixes import PREFIXED
from moderation.checks.rules import Rule
from moderation.checks.spaced import spelled
from moderation.checks.spans import Span, findings
from moderation.checks.vendors import VENDORS
from moderation.finding import Finding
from moderation.normalise import normalise
from moderation.tables import Direction

RULES: Final = (*PREFIXED, *VENDORS, *PLACES)
"""Every form of secret by its table; the surest first."""


_READERS: Final = (
    (KEYWORDS, assigned),
    (STATED, stated),
    (LOGINS, logins),
    (PHRASES, phrases),
    (("kind",), manifests),
    (EXPORTED, exports),
)
"""What reads more than one pattern can say, and the lower-case words without which it need not."""


def _numbered() -> dict[str, list[int]]:
    """Return for each keyword the numbers of its rules, and after all of those its readers'."""
    words = [rule.keywords for rule in RULES] + [words for words, _ in _READERS]
    numbers = defaultdict(list)
    for number, keywords_of_one in enumerate(words):
        for keyword in keywords_of_one:
            numbers[keyword].append(number)
    return numbers


_CUES: Final = keywords(_numbered())
_FINDERS: Final = tuple(
    prefixed(rule.prefixes, rule.pattern) if rule.prefixes else finder(rule.pattern)
    for rule in RULES
)
_UNBROKEN: Final = re.compile(r"[0-9A-Za-z_.~:|+/=%$\\-]{14,}")
"""What every token has: so many characters without a space."""
_PRIVATE_KEYS: Final = finder(
    r"(-----BEGIN (?:[0-9A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1)-----"
    r"(?:[^-]|-[^-])*(?:-----END [0-9A-Za-z ]{0,40}-----)?)"
)
_BASE64: Final = re.compile(r"[0-9A-Za-z+/=]{20}")
_KINDS: Final = {"0": re.compile("[0-9]"), "a": re.compile("[a-z]"), "A": re.compile("[A-Z]")}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Finds `secret.<kind>`: the span is the value alone, not the words that give it away."""

    name: str = "secrets"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return every secret in the readable part."""
        del direction  # a secret is one whoever wrote it
        plain = normalise(words(content))
        spans = (
            Span(category=f"secret.{kind}", start=start, end=end, replacement="[secret]")
            for kind, start, end in _found(plain.text)
        )
        return findings(self.name, plain, spans)


def _found(text: str) -> Iterator[Found]:
    longest = max(map(len, _UNBROKEN.findall(text)), default=0)
    yield from _written(text, longest)
    hidden = [*(decoded(text) if longest else ()), *spelled(text)]
    for plain, start, end in hidden:
        inside = next(_written(plain, len(plain)), None)
        if inside:
            yield inside[0], start, end


def _written(text: str, longest: int) -> Iterator[Found]:
    """Yield what can be read without decoding; no token that is longer than the `longest` word."""
    if "-----BEGIN" in text:
        for block, start, end in _PRIVATE_KEYS(text):
            if _BASE64.search(block):
                yield "private_key", start, end
    known = bytearray(len(text))
    for number in sorted(_CUES("\n" + text.lower())):
        if number >= len(RULES):
            yield from _READERS[number - len(RULES)][1](text)
        elif longest >= RULES[number].least:
            yield from _ruled(text, number, known)


def _ruled(text: str, number: int, known: bytearray) -> Iterator[Found]:
    rule = RULES[number]
    for value, start, end in _FINDERS[number](text):
        fresh = known.find(0, start, end) >= 0  # else it would change nothing
        if fresh and _plausible(value, rule):
            known[start:end] = b"\1" * (end - start)
            yield rule.kind, start, end


def _plausible(value: str, rule: Rule) -> bool:
    if not all(_KINDS[kind].search(value) for kind in rule.needs):
        return False
    if invented(value) or entropy(value) < rule.entropy:
        return False
    return rule.asserted or drawn(value)
