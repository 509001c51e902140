"""What is said of programs: only what passed its tests in the sandbox is said to have passed."""

from pathlib import Path

import pytest

from generators.code.proof import Judged, Source
from generators.code.sandbox import Limits, Sandbox, Unavailable, probe
from generators.code.trial import Trial
from tests.generators.code.honest import HONEST
from tests.generators.code.pretenders import Pretence, every
from tests.generators.code.problems import PROBLEMS, STYLES, Problem

pytestmark = pytest.mark.thorough

LIMITS = Limits(wall_s=6.0)
FIXTURES = """
import pytest, unittest, solution
from solution import area

@pytest.fixture
def side():
    assert area(1) == 1
    return 3

def test_with_a_fixture(side, tmp_path, monkeypatch):
    (tmp_path / "面积").write_text(str(area(side)))
    assert (tmp_path / "面积").read_text() == "9"

def test_output(capsys):
    print(area(2))
    assert capsys.readouterr().out == "4\\n"

class TestMore:
    @pytest.mark.parametrize("n", [1, 2])
    def test_near(self, n):
        assert area(n) == pytest.approx(n * n)

class Cases(unittest.TestCase):
    def test_parts(self):
        for n in (1, 2):
            with self.subTest(n=n):
                self.assertEqual(area(n), n * n)

def test_message():
    with pytest.raises(TypeError, match="unsupported|can't"):
        area(None)

def test_expected_by_hand():
    try:
        area("x")
    except TypeError as error:
        assert "multiply" in str(error)
    else:
        pytest.fail("it took it")
"""


@pytest.fixture(scope="module")
def trial() -> Trial:
    found = probe(LIMITS)
    if isinstance(found, Unavailable):
        pytest.skip(found.why)
    return Trial(found)


def judged(trial: Trial, program: str, tests: str) -> Judged:
    return trial.judge(Source("solution.py", program), Source("test_solution.py", tests))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_right_program_passes_and_its_broken_twin_fails(trial: Trial, problem: Problem) -> None:
    tests = problem.tests(STYLES[PROBLEMS.index(problem) % len(STYLES)])
    right, wrong = (judged(trial, text, tests) for text in (problem.right, problem.wrong))
    assert (right.state, right.failed, right.ran, right.exit) == ("passed", 0, True, 0), right.why
    assert right.tests > 0
    assert (wrong.state, wrong.ran) == ("failed", True)
    assert wrong.failed > 0


@pytest.mark.parametrize("pretence", [*every()], ids=lambda pretence: pretence.name)
def test_what_pretends_is_not_said_to_have_passed(trial: Trial, pretence: Pretence) -> None:
    said = judged(trial, pretence.program, pretence.tests)
    assert said.state == "failed", said
    assert said.why.endswith(".")


@pytest.mark.parametrize("kind", [*HONEST][::3])
def test_what_people_write_passes(trial: Trial, kind: str) -> None:
    name, program, tests = HONEST[kind]
    said = trial.judge(Source(name, program), Source("test_it.py", tests))
    assert said.state == "passed", said


def test_what_pytest_offers_can_be_used(trial: Trial) -> None:
    said = judged(trial, "def area(side):\n    return side * side\n", FIXTURES)
    assert (said.state, said.tests, said.failed) == ("passed", 7, 0), said


def test_a_part_of_a_test_that_fails_is_a_failure(trial: Trial) -> None:
    program = "def area(side):\n    return side if side < 3 else 9\n"
    said = judged(trial, program, FIXTURES)
    assert said.state == "failed"
    assert said.failed >= 3


def test_answers_that_are_read_from_the_tests_are_no_answers(trial: Trial) -> None:
    problem = PROBLEMS[0]
    copied = (
        "import re\n"
        "text = open('/box/code/test_solution.py').read()\n"
        "said = dict(re.findall(r'double\\((.*?)\\) == (.*)', text))\n"
        "def double(x):\n    return int(said[str(x)])\n"
    )
    said = judged(trial, copied, problem.tests("plain"))
    assert said.state == "failed"
    assert "whatever it expects" in said.why


@pytest.mark.parametrize(
    ("name", "text", "state", "ran", "ended"),
    [
        ("好.py", "print('你好🙂')", "checked", True, 0),
        ("a.py", "raise SystemExit(3)", "checked", True, 3),
        ("a.py", "def f(:", "failed", False, None),
        ("a.py", "x = 'a\udcff'", "failed", False, None),
        ("a.py", "(" * 500 + ")" * 500, "failed", False, None),
        ("a.py", "#" * 200_000, "unchecked", False, None),
        ("a.sh", "echo hi; exit 4", "checked", True, 4),
        ("a.sh", "if then", "failed", False, None),
        ("a.js", "console.log(1 + 1)", "checked", True, 0),
        ("a.js", "let = = 1", "failed", False, None),
        ("a.rs", "fn main() {}", "checked", False, None),
        ("a.rs", "fn main( {}", "failed", False, None),
        ("a.hs", "main = print 1", "unchecked", False, None),
        ("README", "hello", "unchecked", False, None),
    ],
)
def test_without_tests_nothing_passes(
    trial: Trial, name: str, text: str, state: str, *, ran: bool, ended: int | None
) -> None:
    if name == "a.js" and not Path("/usr/bin/node").exists():
        pytest.skip("node is not installed")
    said = trial.judge(Source(name, text))
    assert (said.state, said.ran, said.exit) == (state, ran, ended), said


def test_tests_of_other_languages_are_not_run(trial: Trial) -> None:
    said = trial.judge(Source("a.sh", "true"), Source("test_a.py", "def test_it(): assert True"))
    assert said.state == "checked"
    assert said.why.endswith("they are run for Python, and cases for JavaScript and shell.")


def test_without_a_sandbox_nothing_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    program = Source("a.py", f"open({str(trace)!r}, 'w')")
    tests = Source("test_a.py", "import a\ndef test_it(): assert True")
    trial = Trial(Unavailable("There is none."))
    for given in (None, tests):
        said = trial.judge(program, given)
        assert (said.state, said.ran, said.why) == ("checked", False, "It parses. There is none.")
    assert not trial.judge(Source("a.sh", "true")).ran
    assert not trace.exists()


def test_where_no_sandbox_can_be_made_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = probe()
    assert isinstance(missing, Unavailable)
    assert "install bwrap" in missing.why
    refusing = tmp_path / "bwrap"
    refusing.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create a namespace' >&2\nexit 1\n"
    )
    for name in ("prlimit", "setpriv"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    refusing.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    refused = probe()
    assert isinstance(refused, Unavailable)
    assert "No permissions to create a namespace" in refused.why


def test_what_is_no_sandbox_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lax = tmp_path / "bwrap"
    lax.write_text(
        '#!/bin/sh\nwhile [ "$1" != -- ]; do\n[ "$2" = /box ] && folder=$1\nshift\ndone\n'
        'read -r go && . "$folder/start"\n'
    )
    for name in ("prlimit", "setpriv"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    lax.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = probe()
    assert isinstance(found, Unavailable)
    assert "too much power" in found.why


def test_the_output_is_cut_and_has_no_control_characters(trial: Trial) -> None:
    said = trial.judge(Source("a.py", "print('\\x1b[31m红\\x07' + 'x' * 100_000)"))
    assert said.output.startswith("[31m红xxx")
    assert said.output.endswith("[the rest was cut]")
    assert isinstance(trial.sandbox, Sandbox)
    assert len(said.output) <= trial.sandbox.limits.kept_bytes + 32
