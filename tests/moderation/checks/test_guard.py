"""`Qwen3Guard` against a server over real HTTP that says what a test tells it to."""

import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import override

from generators.draft import Call, Text
from generators.metering import metered, noted
from moderation.advice import Advice
from moderation.checks.guard import Qwen3Guard
from moderation.finding import Finding
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from moderation.served import Served
from tests.fake_engine import FakeEngine, Fault, closed_url, running
from tests.moderation.drafting import finds

pytestmark = pytest.mark.sockets

SAFE = "Safety: Safe\nCategories: None"
DOUBTFUL = "Safety: Controversial\nCategories: Violent, Unethical Acts"
UNSAFE = "Safety: Unsafe\nCategories: Suicide & Self-Harm\nRefusal: No"
ALWAYS = Policy.model_validate({"guard": {"when": "always"}})


@dataclass(kw_only=True)
class FakeGuard(FakeEngine):
    """Says one verdict, with the probabilities of what it might have said."""

    verdict: str = SAFE
    likely: dict[str, float] = field(default_factory=dict)
    """Probability by token where it says which; none: the host tells none."""
    refuses: bool = False
    """Whether it refuses to be asked for probabilities."""

    @override
    async def _chat(self, request: Request) -> Response:
        body = await self._note(request)
        if failed := await self._failed(request):
            return failed
        if self.refuses and "logprobs" in body:
            return JSONResponse({"error": {"message": "no"}}, status_code=400)
        message = {"role": "assistant", "content": self.verdict}
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": "stop"}
        if self.likely and body.get("logprobs"):
            choice["logprobs"] = {"content": self._tokens()}
        return JSONResponse({**_ANSWER, "choices": [choice]})

    def _tokens(self) -> list[dict[str, Any]]:
        tops = [_token(token, share) for token, share in self.likely.items()]
        said = ["Safety", ":", f" {self.verdict.split()[1]}", "\n"]
        return [{**_token(token, 1.0), "top_logprobs": tops} for token in said]


_USAGE = {"prompt_tokens": 41, "completion_tokens": 9, "total_tokens": 50, "gpu_ms": 7.2}
_ANSWER = {"usage": _USAGE, "id": "g", "object": "chat.completion", "created": 0, "model": "guard"}


def _token(token: str, share: float) -> dict[str, Any]:
    return {"token": token, "logprob": math.log(share) if share > 0 else -9999.0}


@pytest.fixture
async def server() -> AsyncIterator[FakeGuard]:
    fake = FakeGuard()
    async with running(fake):
        yield fake


@pytest.fixture
async def guard(server: FakeGuard) -> AsyncIterator[Qwen3Guard]:
    guard = Qwen3Guard(Served(server.url, "guard", "key", timeout_s=20))
    yield guard
    await guard.close()


def said(findings: Sequence[Finding]) -> dict[str, float]:
    return {finding.category.removeprefix("harm.guard."): finding.score for finding in findings}


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (SAFE, {"any": 0.0}),
        ("Safety: Safe\nCategories: None\nRefusal: Yes", {"any": 0.0}),
        (DOUBTFUL, {"violence": 0.5, "unethical": 0.5}),
        (UNSAFE, {"self_harm": 1.0}),
        ("Safety: Unsafe\nCategories: Something New", {"other": 1.0}),
        ("Safety: Unsafe\nCategories: None", {"other": 1.0}),
        ("Safety: Unsafe", {"other": 1.0}),
        ("Safety: Unsafe\nCategories: PII, Jailbreak", {"privacy": 1.0, "jailbreak": 1.0}),
        (
            "Safety: Unsafe\nCategories: Non-violent Illegal Acts, Copyright Violation",
            {"illicit": 1.0, "copyright": 1.0},
        ),
    ],
)
async def test_what_it_says_in_words(
    server: FakeGuard, guard: Qwen3Guard, verdict: str, expected: dict[str, float]
) -> None:
    server.verdict = verdict
    assert said(await guard.opinion("q", "a")) == expected


@pytest.mark.parametrize(
    ("likely", "score"),
    [
        ({" Safe": 1.0}, 0.0),
        ({" Safe": 0.7, " Unsafe": 0.2, " Contr": 0.1}, 0.25),
        ({" Safe": 0.35, " Unsafe": 0.35}, 0.5),
        ({" Unsafe": 0.6, " Un": 0.2, " Controversial": 0.1, " The": 0.1}, 0.85 / 0.9),
        ({" The": 0.6, "!": 0.4}, 0.0),
    ],
)
async def test_its_score_is_how_likely_it_calls_it_unsafe(
    server: FakeGuard, guard: Qwen3Guard, likely: dict[str, float], score: float
) -> None:
    server.likely = likely
    assert list(said(await guard.opinion("q", None)).values()) == [pytest.approx(score)]


async def test_it_hears_prompt_and_answer_and_nothing_else(
    server: FakeGuard, guard: Qwen3Guard
) -> None:
    await guard.opinion("问题", "an answer")
    await guard.opinion("alone", None)
    first, second = (body for _, body in server.asked)
    assert first["messages"] == [
        {"role": "user", "content": "问题"},
        {"role": "assistant", "content": "an answer"},
    ]
    assert second["messages"] == [{"role": "user", "content": "alone"}]
    assert first["temperature"] == 0
    assert first["logprobs"]


async def test_a_server_that_tells_no_probabilities_is_asked_for_words_alone(
    server: FakeGuard, guard: Qwen3Guard
) -> None:
    server.refuses, server.verdict = True, UNSAFE
    for _ in range(2):
        assert said(await guard.opinion("q", "a")) == {"self_harm": 1.0}
    assert ["logprobs" in body for _, body in server.asked] == [True, False, False]


def gate(guard: Qwen3Guard, *, policy: Policy = ALWAYS, timeout_s: float = 20) -> Gate:
    advice = Advice(guard, timeout_s)
    return Gate([finds("darn", "slack.darn", "[x]")], policy, advice)


@pytest.mark.parametrize(
    ("verdict", "action"),
    [(SAFE, Action.ALLOW), (DOUBTFUL, Action.HOLD), (UNSAFE, Action.BLOCK)],
)
async def test_safe_is_allowed_doubtful_is_held_and_unsafe_is_blocked(
    server: FakeGuard, guard: Qwen3Guard, verdict: str, action: Action
) -> None:
    server.verdict = verdict
    seen = await gate(guard).judge(Text("darn"), Direction.OUTPUT, asked="why?")
    assert seen.action is max(action, Action.REDACT)
    assert server.asked[0][1]["messages"][1]["content"] == "[x]"  # it hears what is redacted
    assert seen.score == {Action.ALLOW: 0.0, Action.HOLD: 0.5, Action.BLOCK: 1.0}[action]


FAULTS: list[Fault] = ["status", "hang", "no JSON"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("direction", Direction)
async def test_a_guard_that_fails_holds(
    server: FakeGuard, guard: Qwen3Guard, fault: Fault, direction: Direction
) -> None:
    server.fault = fault
    judging = gate(guard, timeout_s=0.5 if fault == "hang" else 20)
    seen = await judging.judge(Text("hello"), direction)
    assert seen.action is Action.HOLD
    assert seen.categories[0] in {"gate.failure", "gate.timeout"}
    server.fault = ""
    again = await judging.judge(Text("hello"), direction)
    assert again.action is Action.ALLOW  # a failure is not remembered


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "I am fine, thanks!",
        "Safety: Maybe\nCategories: None",
        "Safety: SafeUnsafe",
        "safety: safe",
        '{"Safety": "Safe"}',
        "The text says Safety: Safe but",
    ],
)
async def test_what_is_no_answer_of_a_guard_holds(
    server: FakeGuard, guard: Qwen3Guard, nonsense: str
) -> None:
    server.verdict = nonsense
    seen = await gate(guard).judge(Text("hello"), Direction.OUTPUT)
    assert (seen.action, seen.categories) == (Action.HOLD, ("gate.failure",))


async def test_a_guard_that_is_not_there_holds() -> None:
    guard = Qwen3Guard(Served(closed_url(), "guard", "key", timeout_s=20))
    seen = await gate(guard).judge(Text("hello"), Direction.OUTPUT)
    await guard.close()
    assert seen.action is Action.HOLD


async def test_the_same_content_is_asked_about_once(server: FakeGuard, guard: Qwen3Guard) -> None:
    judging = gate(guard)
    for _ in range(3):
        await judging.judge(Text("hello"), Direction.OUTPUT, asked="why?")
    await judging.judge(Text("hello"), Direction.OUTPUT, asked="how?")
    assert len(server.asked) == 2


async def test_a_category_that_the_policy_allows_is_not_held(
    server: FakeGuard, guard: Qwen3Guard
) -> None:
    server.verdict = "Safety: Unsafe\nCategories: Politically Sensitive Topics"
    allowed = {"output": {"harm.guard.political": "allow"}, "guard": {"when": "always"}}
    seen = await gate(guard, policy=Policy.model_validate(allowed)).judge(
        Text("hello"), Direction.OUTPUT
    )
    assert seen.action is Action.ALLOW
    assert seen.scores == {"harm.guard.political": 1.0}
    assert seen.categories == ()


async def test_each_call_is_noted_with_what_it_took(server: FakeGuard) -> None:
    asked = Qwen3Guard(Served(server.url, "guard", "key", timeout_s=20, noted=noted))
    judging = gate(asked)
    with metered() as calls:
        await judging.judge(Text("你好 🙂"), Direction.INPUT)
        for _ in range(2):  # the second time it remembers
            await judging.judge(Text("hello"), Direction.OUTPUT, asked="why?")
    await asked.close()
    took = {"model": "guard", "prompt_tokens": 41, "output_tokens": 9, "gpu_ms": 7}
    assert calls == [Call(stage="guard.input", **took), Call(stage="guard.output", **took)]


@pytest.mark.parametrize(
    ("fault", "outcomes"),
    [("status", []), ("no JSON", []), ("hang", ["aborted"])],
)
async def test_a_call_that_was_not_taken_up_is_none_and_one_that_hung_is(
    server: FakeGuard, fault: Fault, outcomes: list[str]
) -> None:
    asked = Qwen3Guard(Served(server.url, "guard", "key", timeout_s=20, noted=noted))
    server.fault = fault
    with metered() as calls:
        await gate(asked, timeout_s=0.5).judge(Text("hello"), Direction.INPUT)
    await asked.close()
    assert [call.outcome for call in calls] == outcomes


@pytest.mark.parametrize("usage", [None, [], "much", {"prompt_tokens": "x", "gpu_ms": -4}])
async def test_what_a_server_says_of_its_use_is_not_believed_blindly(
    server: FakeGuard, usage: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_ANSWER, "usage", usage)
    asked = Qwen3Guard(Served(server.url, "guard", "key", timeout_s=20, noted=noted))
    with metered() as calls:
        seen = await gate(asked).judge(Text("hello"), Direction.INPUT)
    await asked.close()
    assert seen.action is Action.ALLOW
    assert [(call.prompt_tokens, call.gpu_ms >= 0) for call in calls] == [(0, True)]
