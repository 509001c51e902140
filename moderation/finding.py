"""What a check sees, and how it is asked: one that fails or answers nonsense is a finding itself.

Decides nothing.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import index
from typing import Final, Protocol

from generators.draft import Content, words
from moderation.tables import Direction

log = logging.getLogger(__name__)

HARM: Final = "harm."
"""How the categories begin that are a matter of degree."""
FAULT: Final = "gate."
"""How the categories begin that say that the gate itself could not do its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check saw: `start` and `end` are characters of the text that was given."""

    category: str
    detector: str
    score: float = 1.0
    start: int = 0
    end: int = 0
    replacement: str = ""
    """What stands in its place where the policy says redact."""


class Check(Protocol):
    """Looks at content for one kind of trouble. It is called from several threads at once."""

    @property
    def name(self) -> str:
        """Name the check as policies and reports do."""
        ...

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return what is wrong with it; nothing when all is well."""
        ...


def inspected(check: Check, content: Content, direction: Direction) -> tuple[Finding, ...]:
    """Return what a check finds, or `gate.failure` when it raises or answers nonsense."""
    return trusted(check.name, lambda: check.inspect(content, direction), len(words(content)))


def trusted(name: str, answer: Callable[[], Sequence[Finding]], length: int) -> tuple[Finding, ...]:
    """Return an answer over a text of that length, or `gate.failure` where it is none."""
    try:
        findings = tuple(answer())
        if all(_sound(finding, length) for finding in findings):
            return findings
        log.error("check %(check)s answered nonsense: held", {"check": name})
    except Exception as error:  # noqa: BLE001 - whatever a check raises, the answer is to hold
        # Its message could quote what was being checked.
        about = {"check": name, "error": type(error).__name__}
        log.error("check %(check)s failed with %(error)s: held", about)  # noqa: TRY400 - see above
    return (failure(name),)


def failure(name: str) -> Finding:
    """Return that a check did not do its work."""
    return Finding(category="gate.failure", detector=name)


def harms(findings: Iterable[Finding]) -> Mapping[str, float]:
    """Return the highest score for each category of harm, also of what no rule acts on."""
    highest: dict[str, float] = {}
    for finding in findings:
        if finding.category.startswith(HARM):
            highest[finding.category] = max(finding.score, highest.get(finding.category, 0.0))
    return highest


def redacted(text: str, findings: Iterable[Finding]) -> str:
    """Return the text with each found span replaced; of spans that overlap, one replacement stays.

    >>> spans = [Finding(category="pii.email", detector="d", start=3, end=6, replacement="[e]")]
    >>> redacted("me a@b!", spans)
    'me [e]!'
    """
    parts: list[str] = []
    at = 0
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if finding.start == finding.end:
            continue
        if finding.start >= at:
            parts += [text[at : finding.start], finding.replacement or f"[{finding.category}]"]
        at = max(at, finding.end)
    return "".join([*parts, text[at:]])


def _sound(finding: Finding, length: int) -> bool:
    start, end = index(finding.start), index(finding.end)
    return 0 <= finding.score <= 1 and 0 <= start <= end <= length
