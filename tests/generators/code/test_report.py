import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.code.lint import Remark
from generators.code.proof import Judged
from generators.code.report import (
    DIFF_LINES,
    OUTPUT_CHARS,
    OUTPUT_LINES,
    changes,
    fenced,
    printed,
    reported,
    why,
)
from generators.code.workbench import NOT_LET, Looked
from generators.tools import Concern

WHYS = (
    "It is too long to be checked.",
    "a.py is not valid Python: it is nested too deeply.",
    f"It parses. {NOT_LET}",
    "Nothing here can check this language.",
    "/usr/bin/node is not installed.",
    "It is not valid javascript.",
    "It was run, without tests. It ended with status 3.",
    "Its tests were not run: they are run for Python, and cases for JavaScript and shell.",
    "test_a is not valid JSON of cases: it is nested too deeply.",
    "It was run, without tests. It was ended: it took too long.",
    "The tests are nested too deeply to be read.",
    "1 of 2 tests failed.",
    "1 test passed in the sandbox.",
    "test_a was not run.",
    "test_a does not stand in the tests.",
    "test_a was skipped or expected to fail, so not all passed.",
    "The tests are not the same ones each time.",
    "test_a passes whatever it expects.",
    "The tests pass without the program, too, so they say nothing.",
)
NAMES = re.compile(
    r"[\w./]*(?:test_a|a\.py|node|javascript|Python|JavaScript|shell|JSON|it is nested too deeply)"
    r"[\w.]*"
)


@pytest.mark.parametrize("said", WHYS)
def test_every_reason_is_said_in_chinese(said: str) -> None:
    assert why(said, "en") == said
    assert not re.search("[a-z]{2}", NAMES.sub("", why(said, "zh"))), why(said, "zh")


@pytest.mark.parametrize(
    ("state", "english", "chinese"),
    [
        ("passed", "**Passed.**", "**通过。**"),
        ("failed", "**Failed.**", "**未通过。**"),
        ("checked", "**Checked.**", "**已检查。**"),
        ("unchecked", "**Not checked.**", "**未检查。**"),
    ],
)
def test_the_state_comes_first(state: str, english: str, chinese: str) -> None:
    judged = Judged(state=state, why="It parses.")  # pyrefly: ignore[bad-argument-type] - one of four
    for speak, head in (("en", english), ("zh", chinese)):
        said = reported(Looked(judged=judged), "x = 1", "python", "zh" if speak == "zh" else "en")
        assert said.startswith(head)


def test_what_tools_see_is_told_by_its_line() -> None:
    looked = Looked(
        judged=Judged(state="checked", why="It parses.", ran=True, output="好 🙂\n"),
        remarks=(Remark(2, "F401", "`os` imported but unused"),),
        concerns=(Concern("code.high.b602", 3), Concern("code.low.b404", 1)),
    )
    said = reported(looked, "def f(): ...", "python", "en")
    assert "- line 2: `F401` `os` imported but unused" in said
    assert "- line 3: `code.high.b602`" in said
    assert "b404" not in said
    assert "It defines `f`." in said
    assert "```\n好 🙂\n```" in said
    assert "第 2 行：`F401`" in reported(looked, "", "python", "zh")


def test_what_is_not_believed_is_not_repeated() -> None:
    for failed, repeated in ((0, False), (1, True)):
        judged = Judged(
            state="failed", why="No.", ran=True, tests=2, failed=failed, output="2 passed in 0.1s"
        )
        said = reported(Looked(judged=judged), "x = 1", "python", "en")
        assert ("2 passed" in said) is repeated


def test_where_nobody_lints_that_is_said() -> None:
    looked = Looked(judged=Judged(state="checked", why="It parses."), remarks=None)
    assert "ruff is not here" in reported(looked, "x", "python", "en")


@given(st.text())
def test_output_cannot_leave_its_fence(text: str) -> None:
    for said in (fenced(text), fenced(f"```\n{text}\n```")):
        assert said.count("```") == 2
        assert said.endswith("\n```")


def test_output_is_cut_to_its_end() -> None:
    said = printed("first\n" + "x\n" * 1000 + "last\n", "en")
    assert "first" not in said
    assert said.endswith("last\n```")
    assert len(said.splitlines()) <= OUTPUT_LINES + 3
    assert len(printed("x" * 99_999, "en")) <= OUTPUT_CHARS + 50
    assert printed(" \n", "zh") == "没有输出。"


def test_changes_are_lines_that_went_and_came() -> None:
    assert "-x = 1\n+x = 2" in changes("x = 1\n", "x = 2\n", "en")
    assert changes("x", "x\n", "en") == "Nothing changed."
    assert changes("a\n" * DIFF_LINES, "b\n" * DIFF_LINES, "en") == ""
