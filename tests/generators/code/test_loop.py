"""The loop with a scripted model over real HTTP, and a real sandbox."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from generators.code.sandbox import Limits, Unavailable, probe
from generators.code.trial import Trial
from generators.code.workbench import NOT_LET, Workbench
from generators.code.write import Write
from generators.draft import Code, Content, Text
from generators.metering import News, Step, hearing, metered
from generators.model import Model
from generators.tools import Concern, Tools, Vetted
from tests.asking import drafts, request
from tests.fake_engine import running
from tests.fake_knowledge import Shelf
from tests.generators.code.scripted import Scripted, fenced

pytestmark = [pytest.mark.sockets, pytest.mark.thorough]

RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x ** 2"
OTHER = "def double(x):\n    return x + 4"
BROKEN = "def double(x)\n    return 2 * x"
TESTS = "from solution import double\n\ndef test_it():\n    assert double(3) == 6\n"
SWALLOWING = (
    "from solution import double\ndef test_it():\n    try:\n        assert double(3) == 6\n"
    "    except AssertionError:\n        pass\n"
)
RIGHT_JS = "function double(x) {\n  const secret = 2 * x;\n  return secret;\n}"
EMPTY = "def test_it():\n    assert True\n"


@dataclass
class Vetter:
    """Lets everything be run but what holds a word."""

    word: str = "forbidden"
    seen: list[str] = field(default_factory=list)

    async def vetted(self, program: Code) -> Vetted:
        self.seen.append(program.source)
        found = (Concern("code.high.b602", 1),) if self.word in program.source else ()
        return Vetted(may_run=not found, concerns=found)


@pytest.fixture(scope="module")
def trial() -> Trial:
    found = probe(Limits(wall_s=20.0))  # other tests have the processors, too
    if isinstance(found, Unavailable):
        pytest.skip(found.why)
    return Trial(found)


@pytest.fixture
async def engine() -> AsyncIterator[Scripted]:
    async with running(Scripted()) as engine:
        assert isinstance(engine, Scripted)
        yield engine


@pytest.fixture
async def tools(engine: Scripted) -> AsyncIterator[Tools]:
    model = Model(engine.url, timeout_s=20, fresh_s=0)
    yield Tools(model, Shelf(), Vetter())
    await model.close()


def writer(tools: Tools, trial: Trial, *, seconds: int = 180, tokens: int = 16_000) -> Write:
    bench = Workbench(tools.vetting, lambda: trial)
    return Write(tools, bench=bench, seconds=seconds, tokens=tokens)


async def made(writer: Write, prompt: str, **flags: str) -> Content:
    return (await drafts(writer, request(prompt, flags=flags)))[-1].content


async def program(writer: Write, prompt: str = "a function double", **flags: str) -> Code:
    content = await made(writer, prompt, **flags)
    assert isinstance(content, Code)
    return content


async def test_what_passes_is_not_repaired(engine: Scripted, tools: Tools, trial: Trial) -> None:
    engine.script = {"write": [fenced(RIGHT, "It doubles.")], "tests": [fenced(TESTS)]}
    code = await program(writer(tools, trial))
    assert (code.state, code.tried.tests, code.tried.repairs) == ("passed", 1, 0), code
    assert code.tests.strip() == TESTS.strip()
    assert code.notes == "It doubles."
    assert engine.roles == ["write", "tests"]


async def test_who_writes_the_tests_does_not_see_the_solution(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    secret = "def double(x):\n    hidden_way = 2\n    return hidden_way * x"
    engine.script = {"write": [fenced(secret)], "tests": [fenced(TESTS)]}
    await program(writer(tools, trial))
    assert "def double(x): ..." in engine.told("tests")
    assert "hidden_way" not in engine.told("tests")


@pytest.mark.parametrize(
    ("first", "repairs"),
    [
        (WRONG, [RIGHT]),
        (BROKEN, [RIGHT]),
        (WRONG, [OTHER, RIGHT]),
        (WRONG, [BROKEN, OTHER, RIGHT]),
        ("def double(x):\n    return twice(x)", [RIGHT]),
        ("import time\n\ndef double(x):\n    time.sleep(999)", [RIGHT]),
        ("def treble(x):\n    return 2 * x", [RIGHT]),
    ],
)
async def test_what_can_be_repaired_is(
    engine: Scripted, tools: Tools, trial: Trial, first: str, repairs: list[str]
) -> None:
    count = len(repairs)
    engine.script = {
        "write": [fenced(first)],
        "tests": [fenced(TESTS)],
        "repair": [fenced(one) for one in repairs],
    }
    code = await program(writer(tools, trial))
    assert (code.state, code.tried.repairs) == ("passed", count), (code, engine.roles)
    assert code.source.strip() == RIGHT
    assert engine.roles.count("repair") == count


async def test_each_step_is_told_as_it_is_taken(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {"write": [fenced(WRONG)], "tests": [fenced(TESTS)], "repair": [fenced(RIGHT)]}
    heard: list[News] = []
    with hearing(heard.append):
        await program(writer(tools, trial))
        await made(writer(tools, trial), f"run\n{fenced('print(1)')}")
    testing = Step("testing", 1)
    assert heard == [testing, Step("repairing", 1, 3), testing, Step("running")]


async def test_the_model_is_told_the_end_of_the_trace(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {
        "write": [fenced(WRONG)],
        "tests": [fenced(TESTS)],
        "repair": [fenced(RIGHT)],
    }
    await program(writer(tools, trial))
    told = engine.told("repair")
    assert "1 of 1 tests failed." in told
    assert "assert 9 == 6" in told
    assert len(told.splitlines()) < 60


async def test_it_stops_after_three_repairs_and_says_that_it_failed(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    wrong = [f"def double(x):\n    return x + {n}" for n in range(7, 20)]
    engine.script = {
        "write": [fenced(WRONG)],
        "tests": [fenced(TESTS)],
        "repair": [*map(fenced, wrong)],
    }
    code = await program(writer(tools, trial))
    assert (code.state, code.tried.failed) == ("failed", 1)
    assert engine.roles.count("repair") == 3
    assert "1 of 1 tests failed." in code.notes


async def test_it_stops_where_the_same_comes_again(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {
        "write": [fenced(WRONG)],
        "tests": [fenced(TESTS)],
        "repair": [fenced(OTHER), fenced(WRONG)],
    }
    code = await program(writer(tools, trial))
    assert code.state == "failed"
    assert engine.roles.count("repair") == 2


@pytest.mark.parametrize("said", ["I cannot.", "```py\nnever closed", ""])
async def test_it_stops_where_there_is_no_other_program(
    engine: Scripted, tools: Tools, trial: Trial, said: str
) -> None:
    engine.script = {"write": [fenced(WRONG)], "tests": [fenced(TESTS)], "repair": [said]}
    code = await program(writer(tools, trial))
    assert (code.state, engine.roles.count("repair")) == ("failed", 1)


async def test_it_stops_when_the_tokens_are_used_up(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {
        "write": [fenced(WRONG)],
        "tests": [fenced(TESTS)],
        "repair": [fenced(RIGHT)],
    }
    code = await program(writer(tools, trial, tokens=24))  # 12 a call
    assert (code.state, engine.roles) == ("failed", ["write", "tests"])


async def test_it_stops_when_the_time_is_used_up(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {"write": [fenced(WRONG)], "tests": [fenced(TESTS)]}
    code = await program(writer(tools, trial, seconds=0))
    assert (code.state, code.tests, engine.roles) == ("checked", "", ["write"])


async def test_an_engine_that_breaks_later_costs_only_what_it_would_have_done(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    def breaks(role: str) -> None:
        engine.fault = "broken stream" if role == "repair" else ""

    engine.before = breaks
    engine.script = {"write": [fenced(WRONG)], "tests": [fenced(TESTS)]}
    code = await program(writer(tools, trial))
    assert code.state == "failed"


async def test_every_attempt_is_a_call_that_is_counted(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {
        "write": [fenced(WRONG)],
        "tests": [fenced(TESTS)],
        "repair": [fenced(OTHER), fenced(RIGHT)],
    }
    with metered() as calls:
        last = (await drafts(writer(tools, trial), request("double")))[-1]
    assert [call.outcome for call in calls] == ["ok"] * 4
    assert last.cost.output_tokens == sum(call.output_tokens for call in calls) == 20
    assert last.cost.gpu_ms == sum(call.gpu_ms for call in calls)


async def test_tests_of_no_use_are_written_again(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {"write": [fenced(RIGHT)], "tests": [fenced(EMPTY), fenced(TESTS)]}
    code = await program(writer(tools, trial))
    assert code.state == "passed"
    assert engine.roles == ["write", "tests", "tests"]


@pytest.mark.parametrize(
    "tests",
    [
        "def test_it():\n    pass\n",
        EMPTY,
        "import os\nos._exit(0)\ndef test_it(): pass\n",
        "print('5 passed')\n",
        "import pytest\npytestmark = pytest.mark.skip\ndef test_it(): assert 0\n",
        SWALLOWING,
        "def test_it(:\n",
    ],
)
async def test_tests_that_pretend_let_nothing_pass(
    engine: Scripted, tools: Tools, trial: Trial, tests: str
) -> None:
    engine.script = {
        "write": [fenced(WRONG, "All tests pass.")],
        "tests": [fenced(tests)],
        "repair": [fenced(OTHER, "I ran it, and it passed.")],
    }
    code = await program(writer(tools, trial))
    assert code.state != "passed"
    assert "pass." not in code.notes


async def test_what_may_not_be_run_is_not(engine: Scripted, tools: Tools, trial: Trial) -> None:
    engine.script = {"write": [fenced("forbidden = 1")], "tests": [fenced(TESTS)]}
    code = await program(writer(tools, trial))
    assert (code.state, code.tried.ran) == ("checked", False)
    assert NOT_LET in code.notes
    assert "`code.high.b602`" in code.notes
    engine.script = {"write": [fenced(RIGHT)], "tests": [fenced(f"# forbidden\n{TESTS}")]}
    assert (await program(writer(tools, trial))).state == "checked"


async def test_without_a_sandbox_it_says_so(engine: Scripted, tools: Tools) -> None:
    engine.script = {"write": [fenced(RIGHT)], "tests": [fenced(TESTS)]}
    code = await program(writer(tools, Trial(Unavailable("There is none."))))
    assert (code.state, code.tried.ran) == ("checked", False)
    assert "There is none." in code.notes


@pytest.mark.parametrize(
    ("tag", "source", "state", "ran"),
    [
        ("js", "console.log('你好 🙂')", "checked", True),
        ("bash", "echo hi", "checked", True),
        ("rust", "fn main() {}", "checked", False),
        ("haskell", "main = print 1", "unchecked", False),
    ],
)
async def test_other_languages_are_run_or_honestly_not(
    engine: Scripted, tools: Tools, trial: Trial, tag: str, source: str, *, state: str, ran: bool
) -> None:
    engine.script = {"write": [fenced(source, tag=tag)]}
    code = await program(writer(tools, trial))
    if code.state == "unchecked" and state != "unchecked":
        pytest.skip(code.notes)
    assert (code.state, code.tried.ran, code.tests) == (state, ran, "")


async def test_a_script_that_does_not_parse_is_repaired(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {
        "write": [fenced("if then", tag="bash")],
        "repair": [fenced("echo hi", tag="bash")],
    }
    code = await program(writer(tools, trial))
    assert (code.state, code.tried.repairs) == ("checked", 1)


async def test_a_program_that_node_ended_is_repaired(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    if isinstance(trial.sandbox, Unavailable) or not trial.sandbox.has("/usr/bin/node"):
        pytest.skip("node is not installed")
    broken, whole = "console.log(面积(3));", "const 面积 = (x) => x * x;\nconsole.log(面积(3));"
    engine.script = {
        "write": [fenced(broken, tag="js")],
        "repair": [fenced(whole, tag="js")],
    }
    code = await program(writer(tools, trial))
    assert (code.state, code.tried.ran, code.tried.repairs) == ("checked", True, 1)
    assert code.source.strip() == whole
    assert "面积 is not defined" in engine.told("repair")


@pytest.mark.parametrize(
    ("tag", "right", "wrong", "cases"),
    [
        ("js", RIGHT_JS, RIGHT_JS.replace("2 *", "3 *"), '[{"call": "double(2)", "gives": 4}]'),
        ("bash", 'echo "hi $1 🙂"', "echo hi", '[{"args": ["好"], "stdout": "hi 好 🙂"}]'),
    ],
)
async def test_other_languages_pass_by_cases_and_are_repaired(
    engine: Scripted, tools: Tools, trial: Trial, tag: str, right: str, *, wrong: str, cases: str
) -> None:
    if isinstance(trial.sandbox, Unavailable) or not trial.sandbox.has("/usr/bin/node"):
        pytest.skip("node is not installed")
    useless = '[{"status": 0}]' if tag == "bash" else '[{"call": "4", "gives": 4}]'
    engine.script = {
        "write": [fenced(wrong, tag=tag)],
        "tests": [fenced(useless, tag="json"), fenced(cases, tag="json")],
        "repair": [fenced(right, tag=tag)],
    }
    code = await program(writer(tools, trial))
    assert (code.state, code.source.strip(), code.tests.strip()) == ("passed", right, cases), code
    assert "secret" not in engine.told("tests")


async def test_fix_shows_what_changed(engine: Scripted, tools: Tools, trial: Trial) -> None:
    engine.script = {"repair": [fenced(RIGHT, "It squared.")], "tests": [fenced(TESTS)]}
    given = f"fix: it should double\n{fenced(WRONG)}\n{fenced(TESTS)}"
    code = await program(writer(tools, trial), given)
    assert (code.state, code.tests.strip()) == ("passed", TESTS.strip())
    assert engine.roles == ["repair"]
    assert "assert 9 == 6" in engine.told("repair")
    assert "-    return x ** 2\n+    return 2 * x" in code.notes
    assert code.notes.startswith("It squared.")


async def test_tests_that_were_given_are_never_changed(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {"repair": [fenced(OTHER)], "tests": [fenced(TESTS)]}
    code = await program(writer(tools, trial), f"fix\n{fenced(WRONG)}\n{fenced(TESTS)}")
    assert code.state == "failed"
    assert "tests" not in engine.roles


async def test_test_writes_tests_and_leaves_the_program(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {"tests": [fenced(TESTS)], "repair": [fenced(RIGHT)]}
    code = await program(writer(tools, trial), f"test this\n{fenced(WRONG)}")
    assert (code.state, code.source.strip(), engine.roles) == ("failed", WRONG, ["tests"])
    code = await program(writer(tools, trial), f"测试这段代码\n{fenced(RIGHT)}")
    assert code.state == "passed"


async def test_port_says_from_what_to_what(engine: Scripted, tools: Tools, trial: Trial) -> None:
    engine.script = {"port": [fenced("func Double(x int) int { return 2 * x }", tag="go")]}
    code = await program(writer(tools, trial), f"port to Go\n{fenced(RIGHT)}")
    assert (code.language, code.state) == ("go", "checked")
    assert "in python" in engine.told("port")
    engine.script = {"port": [fenced(RIGHT)], "tests": [fenced(TESTS)]}
    js = fenced("const double = x => 2 * x", tag="js")
    assert (await program(writer(tools, trial), f"移植到 Python\n{js}")).state == "passed"


async def test_review_gives_the_model_what_tools_found(
    engine: Scripted, tools: Tools, trial: Trial
) -> None:
    engine.script = {"review": ["- line 2: name it. I have tested it."]}
    content = await made(writer(tools, trial), f"review\n{fenced('import os' + chr(10) + RIGHT)}")
    assert isinstance(content, Text)
    assert "`F401` `os` imported but unused" in engine.told("review")
    assert "`F401`" in content.body.replace("line 1: ", "")
    assert content.body.endswith("- line 2: name it.")


async def test_explain_does_not_run_it(engine: Scripted, tools: Tools, trial: Trial) -> None:
    engine.script = {"explain": ["It doubles."]}
    content = await made(writer(tools, trial), f"explain\n{fenced(RIGHT)}")
    assert content == Text("It doubles.")
    assert isinstance(tools.vetting, Vetter)
    assert not tools.vetting.seen
