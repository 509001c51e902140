from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.code.blocks import LANGUAGES, named, suffix
from generators.code.job import Act, job_of
from generators.draft import Line, PromptRejected
from tests.asking import request

THREAD = (
    Line("ana", "```py\nold = 1\n```", "1.0"),
    Line("bo", "```py\ny = 2\n```\nwhat is this?", "2.0"),
    Line("chen", "No idea. 不知道", "3.0"),
)
CODE = "```py\nx = 1\n```"
TESTS = "```py\nimport solution\ndef test_x():\n    assert solution.x == 1\n```"
TRACE = "```\nTraceback (most recent call last):\nNameError: x\n```"


@pytest.mark.parametrize(
    ("prompt", "act", "words"),
    [
        ("a function that sorts", "write", "a function that sorts"),
        ("test whether a number is prime", "write", "test whether a number is prime"),
        ("写一个函数，检查素数", "write", "写一个函数，检查素数"),
        (f"fix: it is slow\n{CODE}", "fix", "it is slow"),
        (f"Please fix this {CODE}", "fix", "this"),
        (f"run\n{CODE}", "check", ""),
        (f"{CODE}", "check", ""),
        (f"how does it sort?\n{CODE}", "write", "how does it sort?"),
        (f"解释这段代码\n{CODE}", "explain", ""),
        (f"请帮我评审一下：\n{CODE}", "review", ""),
        (f"把这段代码移植到 Go\n{CODE}", "port", "把这段代码移植到 Go"),
        (f"why?\n{CODE}\n{TRACE}", "fix", "why?\nTraceback (most recent call last):\nNameError: x"),
    ],
)
def test_what_is_asked_is_told_by_the_words(prompt: str, act: Act, words: str) -> None:
    job = job_of(request(prompt))
    assert job.act == act
    assert " ".join(job.words.split()) == " ".join(words.split())


def test_who_begins_in_chinese_is_answered_in_chinese() -> None:
    words = "修复: a function that sorts the names of all customers by their age"
    assert job_of(request(f"{words}\n{CODE}")).speak == "zh"
    assert job_of(request(f"fix: 排序\n{CODE}")).speak == "zh"
    assert job_of(request(f"fix: sort\n{CODE}")).speak == "en"


@pytest.mark.parametrize(
    ("flag", "act"), [("review", "review"), ("RUN", "check"), ("修复", "fix"), ("show", "show")]
)
def test_a_flag_says_it_too(flag: str, act: Act) -> None:
    assert job_of(request(CODE, flags={"do": flag})).act == act


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(PromptRejected, match="write, check, test"):
        job_of(request(CODE, flags={"do": "dance"}))
    with pytest.raises(PromptRejected, match="I know these languages"):
        job_of(request(CODE, flags={"do": "port", "to": "klingon"}))


@pytest.mark.parametrize(
    ("prompt", "source", "language"),
    [
        ("fix ```x = 1```", "x = 1\n", "python"),
        ("run ```js\nlet a = 1```", "let a = 1\n", "javascript"),
        ("run\n```sh\nls\n```", "ls\n", "shell"),
        ("run\n```\npackage main\n```", "package main\n", ""),
        ("run print('你好')", "print('你好')", "python"),
        ("import os\nprint(os)", "import os\nprint(os)", "python"),
        ("check\n```\nx = \n```", "x = \n", "python"),
    ],
)
def test_the_program_is_found(prompt: str, source: str, language: str) -> None:
    program = job_of(request(prompt)).program
    assert program is not None
    assert (program.source, program.language) == (source, language)


def test_tests_are_told_from_the_program() -> None:
    for prompt in (f"{CODE}\n{TESTS}", f"{TESTS}\n{CODE}"):
        job = job_of(request(prompt))
        assert job.program is not None
        assert job.program.source == "x = 1\n"
        assert job.tests.startswith("import solution")


def test_cases_are_told_from_a_program_that_is_not_python() -> None:
    cases, script = '[{"args": ["好"], "stdout": "好"}]', 'echo "$1"'
    blocks = [f"```bash\n{script}\n```", f"```json\n{cases}\n```"]
    for prompt in ("\n".join(blocks), "\n".join(reversed(blocks))):
        job = job_of(request(prompt))
        assert job.program is not None
        assert (job.program.source.strip(), job.program.language) == (script, "shell")
        assert job.tests.strip() == cases
    alone = job_of(request(blocks[1]))
    assert alone.program is not None
    assert (alone.program.language, alone.tests) == ("json", "")
    assert not job_of(request(f"{CODE}\n{blocks[1]}")).tests


@pytest.mark.parametrize("prompt", ["review", "fix it", "解释一下", "explain the code above"])
def test_the_newest_program_of_a_thread_is_meant(prompt: str) -> None:
    program = job_of(request(prompt, context=THREAD)).program
    assert program is not None
    assert program.source == "y = 2\n"


@pytest.mark.parametrize("prompt", ["a fizzbuzz", "test whether a number is prime in linear time"])
def test_a_wish_of_its_own_is_not_about_the_thread(prompt: str) -> None:
    job = job_of(request(prompt, context=THREAD))
    assert (job.act, job.program) == ("write", None)


@pytest.mark.parametrize(
    ("prompt", "flags", "language"),
    [
        (f"port to Go\n{CODE}", {}, "go"),
        (f"翻译成 rust\n{CODE}", {}, "rust"),
        (f"convert this into C#\n{CODE}", {}, "csharp"),
        (f"port\n{CODE}", {"to": "ts"}, "typescript"),
        ("a fizzbuzz", {"lang": "js"}, "javascript"),
        ("a fizzbuzz", {}, "python"),
    ],
)
def test_the_language_is_named(prompt: str, flags: dict[str, str], language: str) -> None:
    assert job_of(request(prompt, flags=flags), "py").language == language


@given(st.text(), st.text())
def test_no_text_makes_it_fail(prompt: str, line: str) -> None:
    given: Any = request(prompt, context=(Line("ana", line, "1.0"),))
    assert job_of(given).speak in {"en", "zh"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_files_end_names_its_language(language: str) -> None:
    assert named(suffix(language)) == language
