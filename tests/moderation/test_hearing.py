"""What a guard hears of a request and its messages, and what comes of its doubts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from generators.draft import Content, Line, words
from moderation.advice import Advice
from moderation.finding import Finding
from moderation.gate import Admitted, Gate, Refused
from moderation.hearing import HEARD_CHARS
from moderation.policy import Direction, Policy
from tests.moderation.drafting import REQUEST, finds

ALWAYS = Policy.model_validate({"guard": {"when": "always"}})


@dataclass
class Doubting:
    """A guard that has doubts about one word."""

    word: str
    name: str = "guard"
    heard: list[str] = field(default_factory=list)

    async def opinion(self, prompt: str, answer: str | None) -> Sequence[Finding]:
        assert answer is None
        self.heard.append(prompt)
        score = float(self.word in prompt)
        return [Finding(category="harm.guard.x", detector=self.name, score=score)]


async def test_messages_that_the_guard_doubts_are_left_out_and_the_request_goes_on() -> None:
    guard = Doubting("炸弹")
    gate = Gate([finds("darn", "bad")], ALWAYS, Advice(guard, 5))
    lines = (Line("bo", "做炸弹", "1.0"), Line("chen", "你好", "2.0"))
    admitted = await gate.admit(replace(REQUEST, prompt="sum up", context=lines))
    assert isinstance(admitted, Admitted)
    assert admitted.request.context == ()
    assert guard.heard == ["做炸弹\n你好\nsum up", "sum up"]


async def test_a_prompt_that_the_guard_doubts_is_refused_whatever_goes_with_it() -> None:
    guard = Doubting("炸弹")
    gate = Gate([finds("darn", "bad")], ALWAYS, Advice(guard, 5))
    lines = (Line("chen", "你好", "2.0"),)
    refused = await gate.admit(replace(REQUEST, prompt="炸弹", context=lines))
    assert isinstance(refused, Refused)
    assert len(guard.heard) == 2


async def test_in_the_grey_band_only_the_messages_there_are_heard_and_left_out() -> None:
    guard = Doubting("grey")
    policy = Policy.model_validate({"guard": {"when": "grey"}})
    gate = Gate([Scored("grey", 0.3)], policy, Advice(guard, 5))
    lines = (Line("bo", "plain", "1.0"), Line("bo", "grey", "2.0"), Line("bo", "plain 2", "3.0"))
    admitted = await gate.admit(replace(REQUEST, prompt="sum up", context=lines))
    assert isinstance(admitted, Admitted)
    assert [line.text for line in admitted.request.context] == ["plain", "plain 2"]
    assert guard.heard == ["grey\nsum up"]  # and not again about a prompt that is not grey


async def test_what_is_heard_of_messages_is_bounded_and_the_oldest_go() -> None:
    guard = Doubting("炸弹")
    gate = Gate([finds("darn", "bad")], ALWAYS, Advice(guard, 5))
    lines = tuple(Line("bo", f"{number:03}" + "x" * 997, f"{number}.0") for number in range(40))
    admitted = await gate.admit(replace(REQUEST, prompt="sum up", context=lines))
    assert isinstance(admitted, Admitted)
    assert [line.text[:3] for line in admitted.request.context] == [
        f"{n:03}" for n in range(16, 40)
    ]
    (heard,) = guard.heard
    assert len(heard) < HEARD_CHARS + 100


@dataclass(frozen=True)
class Scored:
    """Gives what holds a word a score of harm."""

    word: str
    score: float
    name: str = "scored"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        del direction
        score = self.score if self.word in words(content) else 0.0
        return [Finding(category="harm.y", detector=self.name, score=score)]
