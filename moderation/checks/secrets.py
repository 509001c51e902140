"""Passwords, access tokens and private keys, in what people send and in what models write.

Finds known formats (`.prefixes`, `.vendors`), what stands where secrets stand (`.places`,
`.commands`), what a name calls secret (`.assigned`), what chat gives away (`.passwords`), PEM
blocks, and all of these in Base64, hex or percent-encoding. Does not find a random string that
nothing calls a secret.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from generators.draft import Content, words
from moderation.checks.assigned import KEYWORDS, assigned
from moderation.checks.commands import COMMANDS
from moderation.checks.encoded import decoded
from moderation.checks.exports import EXPORTED, exports
from moderation.checks.keywords import keywords
from moderation.checks.linear import Finder, finder, prefixed
from moderation.checks.manifests import manifests
from moderation.checks.passwords import LOGINS, PHRASES, STATED, Found, logins, phrases, stated
from moderation.checks.placeholders import genuine, invented, varied
from moderation.checks.places import PLACES
from moderation.checks.prefixes import PREFIXED
from moderation.checks.rules import Rule
from moderation.checks.spaced import spelled
from moderation.checks.spans import Span, findings
from moderation.checks.vendors import VENDORS
from moderation.finding import Finding
from moderation.normalise import normalise
from moderation.tables import Direction

RULES: Final = (*PREFIXED, *VENDORS, *PLACES, *COMMANDS)
"""Every form of secret by its table; the surest first."""


Read = Callable[[str, bytearray], Iterator[Found]]
"""Is given a text and which of its characters are known to be secret."""


def _anew(read: Callable[[str], Iterator[Found]]) -> Read:
    """Return what reads without asking what is known."""

    def reads(text: str, known: bytearray) -> Iterator[Found]:
        del known
        return read(text)

    return reads


_READERS: Final[tuple[tuple[tuple[str, ...], Read], ...]] = (
    (KEYWORDS, assigned),
    (STATED, stated),
    (LOGINS, logins),
    (PHRASES, _anew(phrases)),
    (("kind",), _anew(manifests)),
    (EXPORTED, _anew(exports)),
)
"""What reads more than one pattern can say, and the lower-case words without which it need not."""
_READ: Final = tuple(read for _, read in _READERS)


def _numbered() -> dict[str, list[int]]:
    """Return for each keyword the numbers of its rules, and after all of those its readers'."""
    words = [rule.keywords for rule in RULES] + [words for words, _ in _READERS]
    numbers = defaultdict(list)
    for number, keywords_of_one in enumerate(words):
        for keyword in keywords_of_one:
            numbers[keyword].append(number)
    return numbers


_INSIDE: Final = "-.:|"
"""Signs that every text has, and that count only inside a token where they are a keyword."""
_SIGNED: Final = tuple((sign, _numbered()[sign]) for sign in _INSIDE)
_CUES: Final = keywords({word: each for word, each in _numbered().items() if word not in _INSIDE})
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
    runs = _UNBROKEN.findall(text)
    yield from _written(text, runs)
    hidden = [*(decoded(text) if runs else ()), *spelled(text)]
    for plain, start, end in hidden:
        inside = next(_written(plain, [plain]), None)
        if inside:
            yield inside[0], start, end


def _written(text: str, runs: Sequence[str]) -> Iterator[Found]:
    """Yield what can be read without decoding, for `runs` of unbroken text in it.

    What was found already is not judged again, for that would change nothing.
    """
    if "-----BEGIN" in text:
        for block, start, end in _PRIVATE_KEYS(text):
            if _BASE64.search(block):
                yield "private_key", start, end
    known = bytearray(len(text))
    longest = max(map(len, runs), default=0)
    for number in sorted(_told(text, runs)):
        if number >= len(RULES):
            found = _READ[number - len(RULES)](text, known)
        elif longest >= RULES[number].least:
            found = _ruled(text, number, known)
        else:
            continue
        for kind, start, end in found:
            known[start:end] = b"\1" * (end - start)
            yield kind, start, end


def _told(text: str, runs: Sequence[str]) -> set[int]:
    """Return which rules and readers may find anything."""
    told = _CUES(f"\n{text.lower()}")
    if runs:
        together = " ".join(runs)
        for sign, numbers in _SIGNED:
            if sign in together:
                told.update(numbers)
    return told


def _ruled(text: str, number: int, known: bytearray) -> Iterator[Found]:
    rule = RULES[number]
    for value, start, end in _finder(number)(text):
        if known.find(0, start, end) >= 0 and _plausible(value, rule):
            yield rule.kind, start, end


@cache
def _finder(number: int) -> Finder:
    """Return what finds a rule's values, made when it is first looked for: few texts need many."""
    rule = RULES[number]
    return prefixed(rule.prefixes, rule.pattern) if rule.prefixes else finder(rule.pattern)


def _plausible(value: str, rule: Rule) -> bool:
    if not all(_KINDS[kind].search(value) for kind in rule.needs):
        return False
    if rule.entropy and not varied(value, rule.entropy):
        return False
    return not invented(value) if rule.asserted else genuine(value)
