import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.code.python import MAX_CHARS, looks_like_python, parse


def test_a_program_is_told_by_what_it_defines() -> None:
    source = "class A:\n    pass\n\nasync def b(): ...\n\ndef 三(): ...\n"
    assert parse(source).defines == ("A", "b", "三")
    assert parse(source).lines == 6


def test_an_error_has_its_line() -> None:
    parsed = parse("x = 1\ndef f(:\n")
    assert parsed.error_line == 2
    assert parsed.error


@pytest.mark.parametrize(
    "source", ["\0", "(" * 5000, "x" * (MAX_CHARS + 1), "\ud800", "-" * 90_000 + "1"]
)
def test_hostile_source_is_an_error_and_no_crash(source: str) -> None:
    assert parse(source).error


def test_an_odd_escape_is_no_error() -> None:
    assert not parse(r"x = '\d'").error


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    assert isinstance(looks_like_python(text), bool)


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("def f():\n    return 1", True),
        ("print('你好')", True),
        ("x = 1", True),
        ("hello", False),
        ("你好", False),
        ("todo: milk", False),
        ("1 + 1", False),
        ("reverse a string", False),
        ("'quoted'", False),
        ("", False),
    ],
)
def test_plain_speech_is_no_program(text: str, program: bool) -> None:
    assert looks_like_python(text) is program
