"""What a guard model says of content that the checks have seen: asked late, and trusted little.

It hears what the checks have redacted, and its word only makes a verdict graver. Whatever keeps it
from answering in time means that the content is held.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from generators.draft import Content, words
from moderation.finding import Finding, failure, trusted
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
        return await self._asked(prompt, answer) if said is None else said

    async def _asked(self, prompt: str, answer: str | None) -> tuple[Finding, ...]:
        name = self.guard.name
        try:
            async with asyncio.timeout(self.timeout_s):
                said = await self.guard.opinion(prompt, answer)
        except TimeoutError:
            log.warning("check %(check)s took too long: held", {"check": name})
            return (Finding(category="gate.timeout", detector=name),)
        except Exception as error:  # noqa: BLE001 - whatever it raises, the answer is to hold
            about = {"check": name, "error": type(error).__name__}
            log.error("check %(check)s failed with %(error)s: held", about)  # noqa: TRY400 - no quotes
            return (failure(name),)
        findings = trusted(name, lambda: said, len(answer or prompt))
        if findings != (failure(name),):
            self._said.keep((prompt, answer), findings)
        return findings
