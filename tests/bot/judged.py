"""A guard model in a test: says what it is told to, and is on the books as the real one is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from generators.draft import Cost
from generators.metering import noted
from moderation.advice import Advice
from moderation.finding import Finding
from moderation.gate import Gate
from moderation.policy import Action, Policy
from moderation.stages import GUARD_INPUT, GUARD_OUTPUT
from tests.bot.builders import Word


@dataclass
class Guard:
    """Has doubts about every text with one of its words."""

    doubts: Sequence[str] = ()
    error: Exception | None = None
    heard: list[tuple[str, str | None]] = field(default_factory=list)
    name: str = "guard"

    async def opinion(self, prompt: str, answer: str | None) -> Sequence[Finding]:
        self.heard.append((prompt, answer))
        with noted(GUARD_INPUT if answer is None else GUARD_OUTPUT, "guard-tiny") as bill:
            if self.error:
                raise self.error
            bill.cost = Cost(model="guard-tiny", prompt_tokens=30, output_tokens=4)
        judged = prompt if answer is None else answer
        unsafe = any(word in judged for word in self.doubts)
        return [Finding(category="harm.guard.x", detector=self.name, score=float(unsafe))]


def guarded(guard: Guard) -> Gate:
    """Return a gate that asks a guard about everything, holds `doubtful`, and refuses alike."""
    actions = {"test.hold": Action.HOLD, "harm.guard": Action.HOLD}
    graded = {**actions, "harm.guard": {"hold": 0.5}}
    policy = Policy.model_validate({"guard": {"when": "always"}, "input": graded, "output": graded})
    return Gate([Word("doubtful", "test.hold")], policy, Advice(guard, 5))
