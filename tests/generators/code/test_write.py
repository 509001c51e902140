import pytest

from generators.code.workbench import NOT_LET
from generators.code.write import Write
from generators.draft import Code, PromptRejected, Text
from generators.model import Model
from generators.tools import Tools
from tests.asking import body, drafts, request
from tests.fake_engine import FakeEngine
from tests.fake_knowledge import Shelf

pytestmark = pytest.mark.sockets


@pytest.fixture
def tools(model: Model) -> Tools:
    return Tools(model, Shelf())


async def test_one_block_becomes_a_program_after_it_was_streamed(
    engine: FakeEngine, tools: Tools
) -> None:
    engine.answer = ("Here:\n```py\n", "def f():\n    return 1\n", "```\nIt returns 1.")
    said = await drafts(Write(tools), request("one"))
    assert all(isinstance(draft.content, Text) for draft in said[:-1])
    assert said[-1].content == Code(
        "def f():\n    return 1\n",
        "python",
        "checked",
        notes=f"Here:\n\nIt returns 1.\n\nIt parses. {NOT_LET}",
    )
    assert said[-1].cost.gpu_ms == 2 * 4321, "the tests cost, too"


@pytest.mark.parametrize(
    ("answer", "flags", "said"),
    [
        ("```py\ndef f(:\n```", {}, ("def f(:\n", "python", "failed")),
        ("```sql\nSELECT 1\n```", {}, ("SELECT 1\n", "sql", "unchecked")),
        ("```\nx = 1\n```", {"lang": "PY"}, ("x = 1\n", "python", "checked")),
        ("```\nx = 1\n```", {}, ("x = 1\n", "python", "checked")),
        ("```\nfoo bar\n```", {}, ("foo bar\n", "text", "unchecked")),
    ],
)
async def test_a_program_is_called_checked_only_if_it_was(
    engine: FakeEngine,
    tools: Tools,
    answer: str,
    flags: dict[str, str],
    said: tuple[str, str, str],
) -> None:
    engine.answer = (answer,)
    code = (await drafts(Write(tools), request("one", flags=flags)))[-1].content
    assert isinstance(code, Code)
    assert (code.source, code.language, code.state) == said
    assert not code.tried.ran, "nobody vetted it"


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
    assert "code block in go that" in engine.prompts
    await drafts(Write(tools, lang="go"), request("one", flags={"lang": "c#"}))
    assert "code block in csharp that" in engine.prompts


async def test_an_unknown_language_is_rejected(engine: FakeEngine, tools: Tools) -> None:
    with pytest.raises(PromptRejected, match="I know these languages: python"):
        await drafts(Write(tools), request("one", flags={"lang": "klingon"}))
    assert not engine.asked


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("```py\nx = 1\n```", "**Checked.** It parses."),
        ("Is this right?\n```\nx = \n```", "not valid Python: line 1"),
        ("Is this right?\n```\nx = \n```", "models pull"),
        ("import os\nprint(x)", "- line 1: `F401` `os` imported but unused"),
        ("def 面积(): return 1", "It defines `面积`."),
        ("检查一下这段代码：\n```\nx = 1\n```", "**已检查。** 语法正确。"),
        ("review ```x = ```", "**Failed.**"),
        ("a function that reverses a string", "models pull"),
        ("```sql\nSELECT 1\n```", "**Not checked.**"),
        ("写一个函数", "models pull"),
        ("explain this", "models pull"),
    ],
)
async def test_without_a_model_what_is_pasted_is_checked(
    engine: FakeEngine, tools: Tools, prompt: str, says: str
) -> None:
    engine.models = {}
    assert says in await body(Write(tools), request(prompt))
