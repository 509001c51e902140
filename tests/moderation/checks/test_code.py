"""Bandit in process: what it says of a program, and what it says nothing of."""

import logging

import pytest

from generators.draft import Code, Content, Image, Text
from moderation.checks.code import Programs
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from moderation.tables import Scope

pytestmark = pytest.mark.thorough

CHECK = Programs()
SHELL = "import subprocess\n\n\nsubprocess.call(command, shell=True)\n"


def found(content: Content | str) -> list[tuple[str, int]]:
    program = Code(content, "python") if isinstance(content, str) else content
    return [(f.category, f.start) for f in CHECK.inspect(program, Direction.OUTPUT)]


def test_each_warning_is_a_finding_where_its_line_begins() -> None:
    assert found(SHELL) == [("code.low.b404", 0), ("code.high.b602", 20)]
    assert found(SHELL.replace("\n", "\r\n")) == [("code.low.b404", 0), ("code.high.b602", 23)]
    assert found("# 中文 😀\n" + SHELL)[1] == ("code.high.b602", 27)


@pytest.mark.parametrize(
    ("source", "category"),
    [
        ("eval(input())", "code.medium.b307"),
        ("import pickle\npickle.loads(data)", "code.medium.b301"),
        ("exec(text)", "code.medium.b102"),
        ("import os\nos.system(text)", "code.high.b605"),
        ("import hashlib\nhashlib.md5(data)", "code.high.b324"),
        ("import subprocess  # nosec", "code.low.b404"),
    ],
)
def test_what_it_knows(source: str, category: str) -> None:
    assert category in [name for name, _ in found(source)]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "print('hello')",
        "def add(a, b):\n    return a + b",
        Text(SHELL),
        Image(b"", SHELL),
        Code("rm -rf $HOME", "bash"),
        Code("tell <!channel>", ""),
        Code("function f() {", ""),
    ],
)
def test_what_it_says_nothing_of(content: Content | str) -> None:
    assert found(content) == []


@pytest.mark.parametrize("source", ["def (:", "x = 1\0", "  x\ny", "print 'hello'"])
def test_what_says_that_it_is_python_and_is_not(source: str) -> None:
    assert found(source) == [("code.unparsed", 0)]


def test_without_a_language_it_is_read_as_python() -> None:
    assert found(Code("exec(text)", "")) == [("code.medium.b102", 0)]


async def test_warnings_are_told_and_dangerous_code_is_held_only_where_it_would_be_run() -> None:
    gate = Gate([CHECK], Policy())
    shown = await gate.judge(Code(SHELL, "python"), Direction.OUTPUT)
    assert shown.action is Action.ALLOW
    assert shown.categories == ("code.high.b602", "code.low.b404")
    run = await gate.judge(Code(SHELL, "python"), Direction.OUTPUT, Scope(runs=True))
    assert run.action is Action.HOLD


async def test_a_program_that_it_cannot_look_at_is_held_and_not_quoted(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = "canary_4f1d"
    program = Code(f"{canary} = " + "+".join(["b"] * 30_000), "python")
    with caplog.at_level(logging.DEBUG):
        held = await Gate([CHECK], Policy()).judge(program, Direction.OUTPUT)
    assert (held.action, held.categories) == (Action.HOLD, ("gate.failure",))
    assert canary not in caplog.text + capsys.readouterr().err
