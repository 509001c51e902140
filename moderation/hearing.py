"""What a guard hears of a request: what was asked, and the messages that go with it, in one call.

A second call says which of the two it has doubts about. Knows nothing of who asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from generators.draft import words
from moderation.advice import Advice
from moderation.judge import Assessment, Judge
from moderation.tables import Action, Direction, Scope

HEARD_CHARS: Final = 24_000
"""So much of the messages is heard, the newest first: what a guard of 32,768 tokens reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of it: on what was asked, and which of the messages are left out."""

    asked: Assessment
    without: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Hearing:
    """One request before a guard, by one policy."""

    judge: Judge
    advice: Advice
    scope: Scope

    async def of(self, own: Sequence[Assessment], lines: Sequence[Assessment]) -> Heard:
        """Return what to think of the prompt and flags, and of messages that the checks passed.

        Only what the policy asks the guard about is heard. Messages that it has doubts about are
        left out, and so are those that are too old to be heard.
        """
        rules, said = self.judge.policy.guard, _joined(own)
        asks = bool(said.strip()) and any(rules.asks(one.score) for one in own)
        wanted = [n for n, line in enumerate(lines) if rules.asks(line.score)]
        chosen = _newest(lines, wanted)
        without = frozenset(wanted) - frozenset(chosen)
        if chosen:
            told = _joined([*(lines[n] for n in chosen), *own])
            together = await self._opinion(own[0], told)
            if together.action < Action.HOLD:
                return Heard(asked=together, without=without)
            without |= frozenset(chosen)
        asked = await self._opinion(own[0], said) if asks else own[0]
        return Heard(asked=asked, without=without)

    async def _opinion(self, asked: Assessment, text: str) -> Assessment:
        said = await self.advice.on(text, None)
        return self.judge.joined(asked, said, Direction.INPUT, self.scope)


def _joined(parts: Sequence[Assessment]) -> str:
    return "\n".join(words(part.content) for part in parts)


def _newest(lines: Sequence[Assessment], wanted: Sequence[int]) -> Sequence[int]:
    """Return those of the wanted messages, the newest, that fit, the oldest first."""
    chosen: list[int] = []
    left = HEARD_CHARS
    for number in reversed(wanted):
        left -= len(words(lines[number].content))
        if left < 0:
            break
        chosen.insert(0, number)
    return chosen
