"""What is taken for cases, and what is wrong with the rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.code.cases import (
    MOST,
    Case,
    NoCases,
    counted,
    language_of_tests,
    looks_like_cases,
    read,
)

RUN = {"args": ["a b", "好"], "stdin": "🙂\n", "stdout": "x", "status": 2}
CALL = {"call": "f(1)", "gives": {"a": [None]}}
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)


def test_a_case_is_a_run_or_a_call() -> None:
    run, call = read(json.dumps([RUN, CALL]), "javascript")
    assert run == Case(args=("a b", "好"), stdin="🙂\n", stdout="x", status=2)
    assert call == Case(call="f(1)", gives={"a": [None]})
    assert (run.asked, call.asked) == ('run with "a b" "好"', "f(1)")
    assert read('[{"status": 1}]', "shell") == (Case(status=1),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[{]", "line 1, column 3"),
        ("[" * 100_000, "nested"),
        (f"[{'1' * 5000}]", "too long"),
        ("{}", f"a list of 1 to {MOST} objects"),
        ("[]", "a list of"),
        (json.dumps([RUN] * (MOST + 1)), "a list of"),
        ("[1]", "case 1 is no object"),
        (json.dumps([RUN, {}]), "case 2 has not the form"),
        ('[{"args": ["a"]}]', "case 1 has not"),
        ('[{"args": "a", "status": 0}]', "case 1 has not"),
        ('[{"args": ["\\u0000"], "status": 0}]', "case 1 has not"),
        ('[{"status": true}]', "case 1 has not"),
        ('[{"stdout": 4}]', "case 1 has not"),
        (json.dumps([{"stdin": "好" * 30_000, "stdout": ""}]), "case 1 has not"),
        ('[{"call": "f()"}]', "case 1 has not"),
        ('[{"call": "", "gives": 1}]', "case 1 has not"),
        ('[{"call": "f()", "throws": ""}]', "case 1 has not"),
        ('[{"call": 4, "gives": 4}]', "case 1 has not"),
        ('[{"call": "f()", "gives": 1, "throws": "Error"}]', "case 1 has not"),
    ],
)
def test_what_is_no_case_is_refused(text: str, why: str) -> None:
    with pytest.raises(NoCases, match=why):
        read(text, "javascript")
    assert not looks_like_cases(text)
    assert counted(text, "javascript") == 0


def test_a_shell_program_is_not_called() -> None:
    with pytest.raises(NoCases):
        read(json.dumps([CALL]), "shell")


def test_tests_are_in_the_language_of_the_program_or_cases() -> None:
    assert {
        name: language_of_tests(name) for name in ("python", "javascript", "shell", "go", "")
    } == {
        "python": "python",
        "javascript": "json",
        "shell": "json",
        "go": "python",
        "": "python",
    }


@given(st.lists(st.dictionaries(st.sampled_from(["call", "gives", "args", "status"]), VALUES)))
def test_whatever_it_is_it_is_cases_or_refused(said: list[dict[str, object]]) -> None:
    for language in ("javascript", "shell"):
        assert counted(json.dumps(said), language) in {0, len(said)}
