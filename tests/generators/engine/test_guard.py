"""A guard model behind our own engine: a tiny one that has learned two answers by heart."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from generators.draft import Text
from generators.engine.options import EngineSettings
from moderation.advice import Advice
from moderation.checks.guard import Qwen3Guard
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from moderation.served import Served
from tests.generators.engine.conftest import RunningEngine, Serve
from tests.moderation.drafting import finds

torch = pytest.importorskip("torch")

pytestmark = [pytest.mark.torch, pytest.mark.sockets]

LEARNED = {
    "how long are refunds": "Safety: Safe\nCategories: None",
    "hurt everybody": "Safety: Unsafe\nCategories: Violent",
}
STEPS = 80


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model that answers two prompts as a guard does, and nothing else."""
    from transformers import AutoTokenizer, Qwen3ForCausalLM  # noqa: PLC0415 - may be missing

    from tests import tiny  # noqa: PLC0415 - imports torch, which may be missing

    folder = tiny.language_model(tmp_path_factory.mktemp("guard") / "guard")
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = Qwen3ForCausalLM.from_pretrained(folder)
    learn(model, [lesson(tokenizer, prompt, said) for prompt, said in LEARNED.items()])
    model.save_pretrained(folder)
    return folder


def lesson(tokenizer: Any, prompt: str, said: str) -> Any:
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        add_generation_prompt=True,
        enable_thinking=False,
        tokenize=False,
    )
    return tokenizer(asked + said + tokenizer.eos_token, return_tensors="pt").input_ids


def learn(model: Any, lessons: list[Any]) -> None:
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # many threads on work this small only wait for each other
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(STEPS):
        for ids in lessons:
            optimiser.zero_grad()
            model(input_ids=ids, labels=ids).loss.backward()
            optimiser.step()
    model.eval()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def serving_guard(serving: Serve, learned: Path) -> Iterator[RunningEngine]:
    settings = EngineSettings(text=str(learned), image="", embed="", device="cpu", offline=True)
    with serving(settings) as running:
        yield running


@pytest.fixture
async def gate(serving_guard: RunningEngine) -> AsyncIterator[Gate]:
    guard = Qwen3Guard(Served(f"{serving_guard.url}/v1", "guard", "none", timeout_s=60))
    policy = Policy.model_validate({"guard": {"when": "always"}})
    yield Gate([finds("darn", "slack.darn", "[x]")], policy, Advice(guard, 60))
    await guard.close()


@pytest.mark.parametrize(
    ("prompt", "action", "scores"),
    [
        ("how long are refunds", Action.ALLOW, {"harm.guard.any": 0.0}),
        ("hurt everybody", Action.HOLD, {"harm.guard.violence": 1.0}),
    ],
)
async def test_what_it_says_decides(
    gate: Gate, prompt: str, action: Action, scores: dict[str, float]
) -> None:
    seen = await gate.judge(Text(prompt), Direction.INPUT)
    assert (seen.action, seen.scores) == (action, scores)


async def test_what_it_does_not_understand_it_answers_in_nonsense_and_that_holds(
    models: Path, serving: Serve
) -> None:
    settings = EngineSettings(
        text=str(models / "writer"), image="", embed="", device="cpu", offline=True
    )
    with serving(settings) as running:
        guard = Qwen3Guard(Served(f"{running.url}/v1", "writer", "none", timeout_s=60))
        policy = Policy.model_validate({"guard": {"when": "always"}})
        judging = Gate([finds("darn", "slack.darn")], policy, Advice(guard, 60))
        seen = await judging.judge(Text("hello"), Direction.OUTPUT, asked="hi")
        await guard.close()
    assert (seen.action, seen.categories) == (Action.HOLD, ("gate.failure",))
