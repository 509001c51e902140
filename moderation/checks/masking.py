"""Numbered stand-ins for what was found, and the way back: for drafts that a model must not see.

The table lives in memory, with whoever asked for it, and is written nowhere.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from moderation.finding import Finding


@dataclass(frozen=True, slots=True)
class Masking:
    """A text with stand-ins like `[email 1]`, and what each of them stands for."""

    text: str
    table: Mapping[str, str]


def masked(text: str, findings: Iterable[Finding]) -> Masking:
    """Replace each found span by its kind and a number; the same value has the same number.

    A stand-in that the text has already is not used. Of findings that overlap, the first counts.

    >>> found = [Finding(category="pii.email", detector="d", start=3, end=6)]
    >>> masked("me a@b!", found).text
    'me [email 1]!'
    """
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    parts: list[str] = []
    at = 0
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if at <= finding.start < finding.end:
            value = text[finding.start : finding.end]
            if value not in names:
                names[value] = _fresh(finding, text, counts)
            parts += [text[at : finding.start], names[value]]
            at = finding.end
    table = {name: value for value, name in names.items()}
    return Masking("".join([*parts, text[at:]]), MappingProxyType(table))


def restored(text: str, table: Mapping[str, str]) -> str:
    """Put back what the stand-ins stand for; one that the table does not know stays.

    >>> restored("to [email 1] and [email 2]", {"[email 1]": "a@b"})
    'to a@b and [email 2]'
    """
    if not table:
        return text
    either = re.compile("|".join(re.escape(name) for name in table))
    return either.sub(lambda name: table[name[0]], text)


def _fresh(finding: Finding, text: str, counts: Counter[str]) -> str:
    kind = finding.category.rpartition(".")[2].replace("_", " ")
    while True:
        counts[kind] += 1
        name = f"[{kind} {counts[kind]}]"
        if name not in text:
            return name
