"""What models say of content that the checks have seen: asked late, and trusted little.

A guard hears what the checks have redacted, and its word only makes a verdict graver. A classifier
sees a picture, of which nothing is known without it. Whatever keeps them from answering in time
means that the content is held.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from generators.draft import Content, Image, words
from moderation.finding import FAULT, Finding, failure, trusted
from moderation.panel import Memory

log = logging.getLogger(__name__)


class Guard(Protocol):
    """A model that reads what was asked and what was answered."""

    @property
    def name(self) -> str:
        """Name the guard as policies and reports do."""
        ...

    async def opinion(self, prompt: str, answer: str | None) -> Sequence[Finding]:
        """Return what is wrong with the answer, or, where it is None, with the prompt."""
        ...


class Eye(Protocol):
    """A model that sees what a picture shows."""

    @property
    def name(self) -> str:
        """Name the model as policies and reports do."""
        ...

    async def seen(self, picture: Image) -> Sequence[Finding]:
        """Return what it sees, with a score for each category."""
        ...


@dataclass(frozen=True, slots=True)
class Advice:
    """A guard, with a limit of time, and with a memory of what it said."""

    guard: Guard
    timeout_s: float
    _said: Memory[tuple[Finding, ...]] = field(default_factory=Memory)

    async def on(self, prompt: str, content: Content | None) -> tuple[Finding, ...]:
        """Return what it says of an answer, or of a prompt where there is no answer yet."""
        answer = None if content is None else words(content)
        said = self._said.get((prompt, answer))
        if said is not None:
            return said
        asking = self.guard.opinion(prompt, answer)
        said = await _in_time(self.guard.name, asking, self.timeout_s, len(answer or prompt))
        if not failed(said):
            self._said.keep((prompt, answer), said)
        return said


@dataclass(frozen=True, slots=True)
class Sight:
    """A classifier, with a limit of time, and with a memory of what it saw."""

    eye: Eye
    timeout_s: float
    _seen: Memory[tuple[Finding, ...]] = field(default_factory=Memory)

    async def of(self, picture: Image) -> tuple[Finding, ...]:
        """Return what it sees in a picture."""
        key = hashlib.sha256(picture.png).digest()
        seen = self._seen.get(key)
        if seen is None:
            seen = await _in_time(self.eye.name, self.eye.seen(picture), self.timeout_s, 0)
            if not failed(seen):
                self._seen.keep(key, seen)
        return seen


def failed(findings: Sequence[Finding]) -> bool:
    """Tell whether they say that a model could not be asked."""
    return any(finding.category.startswith(FAULT) for finding in findings)


async def _in_time(
    name: str, asking: Awaitable[Sequence[Finding]], timeout_s: float, length: int
) -> tuple[Finding, ...]:
    """Return an answer over a text of that length, or the finding that there was none."""
    try:
        async with asyncio.timeout(timeout_s):
            said = await asking
    except TimeoutError:
        log.warning("check %(check)s took too long: held", {"check": name})
        return (Finding(category="gate.timeout", detector=name),)
    except Exception as error:  # noqa: BLE001 - whatever it raises, the answer is to hold
        about = {"check": name, "error": type(error).__name__}
        log.error("check %(check)s failed with %(error)s: held", about)  # noqa: TRY400 - no quotes
        return (failure(name),)
    return trusted(name, lambda: said, length)
