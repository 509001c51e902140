from collections.abc import AsyncIterator

import pytest

from generators.code import Write
from generators.draft import Code, PromptRejected, Text
from generators.model import Model
from generators.tools import Tools
from tests.asking import body, drafts, request
from tests.fake_engine import FakeEngine, running
from tests.fake_knowledge import Shelf

pytestmark = pytest.mark.sockets


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with running() as engine:
        yield engine


@pytest.fixture
async def tools(engine: FakeEngine) -> AsyncIterator[Tools]:
    model = Model(engine.url, timeout_s=20, fresh_s=0)
    yield Tools(model, Shelf())
    await model.close()


async def test_one_block_becomes_a_program_after_it_was_streamed(
    engine: FakeEngine, tools: Tools
) -> None:
    engine.answer = ("Here:\n```py\n", "def f():\n    return 1\n", "```\nIt returns 1.")
    said = await drafts(Write(tools), request("one"))
    assert all(isinstance(draft.content, Text) for draft in said[:-1])
    assert said[-1].content == Code("def f():\n    return 1\n", "python", "checked")
    assert said[-1].cost.gpu_ms == 4321


@pytest.mark.parametrize(
    ("answer", "flags", "code"),
    [
        ("```py\ndef f(:\n```", {}, Code("def f(:\n", "python", "unchecked")),
        ("```js\nlet x\n```", {}, Code("let x\n", "javascript", "unchecked")),
        ("```\nx = 1\n```", {"lang": "PY"}, Code("x = 1\n", "python", "checked")),
        ("```\nx = 1\n```", {}, Code("x = 1\n", "text", "unchecked")),
    ],
)
async def test_a_program_is_called_checked_only_if_it_was(
    engine: FakeEngine, tools: Tools, answer: str, flags: dict[str, str], code: Code
) -> None:
    engine.answer = (answer,)
    assert (await drafts(Write(tools), request("one", flags=flags)))[-1].content == code


@pytest.mark.parametrize(
    "answer", ["I cannot.", "```py\na\n```\n```py\nb\n```", "```py\nnever closed", "```py\n\n```"]
)
async def test_no_block_or_several_stay_words(
    engine: FakeEngine, tools: Tools, answer: str
) -> None:
    engine.answer = (answer,)
    assert await body(Write(tools), request("one")) == answer


async def test_an_empty_answer_says_so(engine: FakeEngine, tools: Tools) -> None:
    engine.answer = ()
    assert "gave no answer" in await body(Write(tools), request("one"))


async def test_the_language_is_told_to_the_model(engine: FakeEngine, tools: Tools) -> None:
    await drafts(Write(tools, lang="go"), request("one"))
    assert "code block in go and" in engine.prompts
    await drafts(Write(tools, lang="go"), request("one", flags={"lang": "c#"}))
    assert "code block in csharp and" in engine.prompts


async def test_an_unknown_language_is_rejected(engine: FakeEngine, tools: Tools) -> None:
    with pytest.raises(PromptRejected, match="I know these languages: python"):
        await drafts(Write(tools), request("one", flags={"lang": "klingon"}))
    assert not engine.asked


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("```py\nx = 1\n```", "parses as Python"),
        ("Is this right?\n```\nx = \n```", "not valid Python. Line 1"),
        ("import os\nprint(os.name)", "parses as Python (2 lines)"),
        ("检查一下这段代码：\n```\nx = 1\n```", "可以解析为 Python"),
        ("a function that reverses a string", "models pull"),
        ("```js\nlet x\n```", "models pull"),
        ("写一个函数", "models pull"),
    ],
)
async def test_without_a_model_pasted_python_is_checked(
    engine: FakeEngine, tools: Tools, prompt: str, says: str
) -> None:
    engine.models = {}
    assert says in await body(Write(tools), request(prompt))
