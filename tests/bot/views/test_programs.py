from dataclasses import replace
from itertools import product
from typing import Any, get_args

import pytest

from bot.intake.following import PREFIX, read_value
from bot.views.notices import Notice
from bot.views.programs import PORTS, buttons, state
from bot.views.render import Page, pages
from generators.code.blocks import LANGUAGES
from generators.code.job import Act
from generators.draft import Code, CodeState, Tried
from tests.bot.builders import request
from tests.bot.shown import said

RAN = Tried(ran=True, tests=3, failed=0, ms=340, repairs=1)
PASSED = Code("x = 1\n", "python", "passed", "def test_x(): ...", "It is **one**.", RAN)


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [
        (
            PASSED,
            "Its 3 tests were run in the sandbox and passed, in 0.3 s. Repairs: 1.",
            "3 个测试已在沙箱中运行并通过，用时 0.3 秒。 已修复 1 次。",
        ),
        (
            Code("x", "python", "failed", tried=Tried(ran=True, tests=3, failed=2)),
            "2 of its 3 tests failed in the sandbox.",
            "3 个测试中有 2 个在沙箱中未通过。",
        ),
        (
            Code("x", "python", "failed", tried=Tried(ran=True, tests=3)),
            "It was run, and did not pass.",
            "已运行，未通过。",
        ),
        (
            Code("x", "python", "checked", tried=Tried(ran=True)),
            "It was run in the sandbox, without tests.",
            "已在沙箱中运行，没有测试。",
        ),
        (Code("x", "go"), "It was neither parsed nor run.", "没有检查，也没有运行。"),
    ],
)
def test_the_state_is_a_sentence(code: Code, english: str, chinese: str) -> None:
    assert (state(code, "en"), state(code, "zh")) == (english, chinese)


@pytest.mark.parametrize(("kind", "ran"), list(product(get_args(CodeState), (True, False))))
def test_only_what_passed_is_said_to_have_passed(kind: Any, *, ran: bool) -> None:
    for count in (0, 1, 2):
        code = Code("x", "python", kind, tried=Tried(ran=ran, tests=count))
        assert ("and passed" in state(code, "en")) is (kind == "passed")
        assert ("并通过" in state(code, "zh")) is (kind == "passed")


def elements(code: Code, speech: Any = "en") -> list[dict[str, Any]]:
    row: dict[str, Any] = buttons(code, request(verb="code"), speech)
    found: list[dict[str, Any]] = row["elements"]
    return found


def test_every_button_says_what_to_do_about_which_request() -> None:
    for element in elements(PASSED):
        act = element["action_id"].removeprefix(PREFIX)
        assert act in get_args(Act)
        values = [option["value"] for option in element.get("options", [element])]
        assert all(len(value) <= 75 and read_value(value)[0] == "code" for value in values)


def test_tests_are_shown_only_where_there_are_some() -> None:
    assert "code_show" in [one["action_id"] for one in elements(PASSED)]
    assert "code_show" not in [one["action_id"] for one in elements(Code("x", "python"))]


def test_a_program_is_not_ported_to_its_own_language() -> None:
    *_, select = elements(PASSED, "zh")
    names = [option["text"]["text"] for option in select["options"]]
    assert "移植到 Go" in names
    assert "移植到 Python" not in names
    assert PORTS.keys() <= LANGUAGES.keys()


def test_tests_and_notes_follow_the_program() -> None:
    first, tests, notes = pages(PASSED, "small")
    assert said(first.blocks[0]) == "```\nx = 1\n\n```"
    assert (tests.blocks, tests.file and tests.file.name) == ([], "test_solution.py")
    assert tests.file is not None
    assert tests.file.data == b"def test_x(): ..."
    other = replace(PASSED, language="shell", tests="[]")
    assert [page.file.name for page in pages(other, "small") if page.file] == ["test_solution.json"]
    assert notes == Page("It is *one*.", notes.blocks)
    assert [said(block) for block in notes.blocks] == ["It is *one*."]


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("rust", "answer.rs"),
        ("csharp", "answer.cs"),
        ("yaml", "answer.yml"),
        ("text", "answer.txt"),
    ],
)
def test_a_long_program_is_a_file_of_its_type(language: str, name: str) -> None:
    (page,) = pages(Code("x\n" * 50, language), "small", "zh")
    assert page.file is not None
    assert page.file.name == name
    assert said(page.blocks[0]) == Notice.CODE_IN_FILE.text("zh")
