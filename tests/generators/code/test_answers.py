"""Cases of JavaScript and shell programs, in the real sandbox."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from generators.code.answers import same
from generators.code.proof import Judged, Source
from generators.code.sandbox import Limits, Unavailable, probe
from generators.code.spare import Spared
from generators.code.trial import Trial
from tests.generators.code.others import PROBLEMS, Other, Pretence, can_run, every

pytestmark = [pytest.mark.thorough, pytest.mark.sockets]

LIMITS = Limits(wall_s=6.0)
QUICK = Limits(wall_s=1.0, memory_bytes=256 << 20)
"""For what must not pass: one that is ended early has not."""
NAMES = {"javascript": "solution.js", "shell": "solution.sh"}


@contextmanager
def trying(limits: Limits) -> Iterator[Trial]:
    found = probe(limits)
    if isinstance(found, Unavailable):
        pytest.skip(found.why)
    spared = Spared(found)
    yield Trial(spared)
    spared.close()


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with trying(LIMITS) as made:
        yield made


@pytest.fixture(scope="module")
def quick() -> Iterator[Trial]:
    with trying(QUICK) as made:
        yield made


def judged(trial: Trial, language: str, program: str, tests: str) -> Judged:
    if not can_run(language):
        pytest.skip(f"nothing here runs {language}")
    return trial.judge(Source(NAMES[language], program), Source("test_solution.json", tests))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_right_program_passes_and_its_broken_twin_fails(trial: Trial, problem: Other) -> None:
    right = judged(trial, problem.language, problem.right, problem.tests)
    assert (right.state, right.ran, right.failed) == ("passed", True, 0), right
    assert right.tests == len(problem.cases)
    wrong = judged(trial, problem.language, problem.wrong, problem.tests)
    assert (wrong.state, wrong.ran) == ("failed", True)
    assert wrong.failed > 0
    assert "expected" in wrong.output


@pytest.mark.parametrize("pretence", [*every()], ids=lambda pretence: pretence.name)
def test_what_pretends_is_not_said_to_have_passed(quick: Trial, pretence: Pretence) -> None:
    said = judged(quick, pretence.language, pretence.program, pretence.tests)
    assert said.state == "failed", said
    assert said.why.endswith(".")


def test_what_is_expected_is_nowhere_where_the_program_is(trial: Trial) -> None:
    search = "grep -rl canary-[4] /box /tmp /dev/shm /proc/[0-9]*/environ /proc/[0-9]*/cmdline\n"
    cases = [{"args": ["x"], "stdin": "y", "stdout": "canary-4"}]
    said = judged(trial, "shell", f"{search}echo canary-$((2 + 2))\n", json.dumps(cases))
    assert said.state == "passed", said


def test_what_a_broken_program_says_of_it_is_shown(trial: Trial) -> None:
    said = judged(trial, "shell", "echo one; echo 错 🙂 >&2; exit 3", '[{"stdout": "two"}]')
    asked, trace = said.output.split("\n", 1)
    assert asked == '1. run with no arguments: status 3, "one\\n" (expected: status 0, "two")'
    assert trace == "one\n错 🙂\n"
    assert said.why == "1 of 1 tests failed."


def test_after_one_that_has_to_be_ended_no_more_are_run(quick: Trial) -> None:
    cases = json.dumps([{"stdout": "x"}] * 32)
    said = judged(quick, "shell", "while :; do :; done", cases)
    assert (said.state, said.tests, said.failed) == ("failed", 32, 32)
    assert said.exit is None


def test_without_a_sandbox_nothing_is_run() -> None:
    trial = Trial(Unavailable("There is none."))
    said = judged(trial, "shell", "true", '[{"status": 1}]')
    assert (said.state, said.ran, said.why) == ("checked", False, "It parses. There is none.")


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (None, False, False),
        ([1, [2]], [1, [2]], True),
        ([1], [True], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"好": ["🙂"]}, {"好": ["🙂"]}, True),
        ("1", 1, False),
    ],
)
def test_values_are_the_same_or_not(one: object, other: object, *, are: bool) -> None:
    assert same(one, other) is are
