"""Passwords, access tokens and private keys, in what people send and in what models write.

Finds known formats (`moderation.checks.tokens`), what chat gives away (`.passwords`) and PEM
blocks. Does not find a random string that nothing around it calls a secret, nor an encoded one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log2
from typing import Final

from generators.draft import Content, words
from moderation.checks.linear import finder
from moderation.checks.passwords import Found, passwords
from moderation.checks.spans import Span, findings
from moderation.checks.tokens import RULES, Rule
from moderation.gate import Finding
from moderation.normalise import normalise
from moderation.policy import Direction

_TOKENS: Final = tuple((rule, finder(rule.pattern)) for rule in RULES)
_PRIVATE_KEYS: Final = finder(
    r"(-----BEGIN [0-9A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]|-[^-])*(?:-----END [0-9A-Z ]{0,40}-----)?)"
)
_BASE64: Final = re.compile(r"[0-9A-Za-z+/=]{20}")
_KINDS: Final = {"0": re.compile("[0-9]"), "a": re.compile("[a-z]"), "A": re.compile("[A-Z]")}
_INVENTED: Final = frozenset(
    {"changeme", "dummy", "example", "insert", "placeholder", "redacted", "replace", "sample"}
    | {"here", "xxx", "your"}
)
_SAMPLES: Final = frozenset(
    {"false", "none", "null", "pass", "passwd", "password", "pwd", "secret", "token", "true"}
    | {"undefined"}
)
_VARIABLE: Final = re.compile(r"[<\[{]|\$[{(A-Z_]|%[({sd]")
_REFERENCE: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]{0,30}(?:\.[a-z_][A-Za-z_0-9]{0,30})+\Z")
_RUN: Final = 6
"""So many times the same letter in a row and nobody's random generator wrote it."""


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
    for block, start, end in _PRIVATE_KEYS(text):
        if _BASE64.search(block):
            yield "private_key", start, end
    yield from _tokens(text)
    for kind, start, end in passwords(text):
        if not invented(text[start:end]):
            yield kind, start, end


def _tokens(text: str) -> Iterator[Found]:
    lower = text.lower()
    for rule, find in _TOKENS:
        if any(keyword in lower for keyword in rule.keywords):
            for value, start, end in find(text):
                if _plausible(value, rule):
                    yield rule.kind, start, end


def _plausible(value: str, rule: Rule) -> bool:
    if not all(_KINDS[kind].search(value) for kind in rule.needs):
        return False
    return entropy(value) >= rule.entropy and not invented(value)


def entropy(value: str) -> float:
    """Return the Shannon entropy in bits a character.

    >>> entropy("aabb")
    1.0
    """
    return -sum(n / len(value) * log2(n / len(value)) for n in Counter(value).values())


def invented(value: str) -> bool:
    """Tell a stand-in from a secret: `xxxx`, `<token>`, `your-key-here`, `${PASSWORD}`.

    >>> [invented(value) for value in ("sk-xxxxxxxxxxxx", "<token>", "your-key", "Tr0ub4dor&3")]
    [True, True, True, False]
    """
    lower = value.lower()
    if len(set(lower)) == 1 and not value.isdigit():
        return True
    if lower in _SAMPLES or "example" in lower or "..." in value:
        return True
    if _VARIABLE.match(value) or _REFERENCE.match(value):
        return True
    if _INVENTED & set(re.split(r"[^0-9a-z]+", lower)):
        return True
    runs = ((letter, len(list(run))) for letter, run in groupby(lower))
    return any(length >= _RUN for letter, length in runs if not letter.isdigit()) or lower == "xxxx"
