"""Tests of JavaScript and shell programs: cases in JSON, which say what must come of a run.

`{"args": [...], "stdin": "...", "stdout": "...", "status": 0}` is the program run once;
`{"call": "double(2)", "gives": 4}` or `{"call": ..., "throws": "RangeError"}` is an expression of
JavaScript where the program's names are known. What is expected never goes where the program is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from generators.code.sandbox import GIVEN_BYTES

CASED: Final = ("javascript", "shell")
"""The languages whose tests are cases."""
MOST: Final = 32
MOST_ARGS: Final = 16
_RUN: Final = frozenset({"args", "stdin", "stdout", "status"})
_CALL: Final = (frozenset({"call", "gives"}), frozenset({"call", "throws"}))


class NoCases(Exception):  # noqa: N818 - reads as the state it names
    """A text holds no cases; the words say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run, and what must come of it: JSON's `gives`, a `throws`, or `stdout` and `status`."""

    call: str = ""
    gives: object = None
    throws: str = ""
    args: tuple[str, ...] = ()
    stdin: str = ""
    stdout: str | None = None
    status: int = 0

    @property
    def asked(self) -> str:
        """What is done, in a line."""
        words = " ".join(json.dumps(word, ensure_ascii=False) for word in self.args)
        return self.call or f"run with {words or 'no arguments'}"


def language_of_tests(language: str) -> str:
    """Return the language that the tests of a program are in.

    >>> language_of_tests("shell"), language_of_tests("python")
    ('json', 'python')
    """
    return "json" if language in CASED else "python"


def looks_like_cases(text: str) -> bool:
    """Tell whether a text may be cases for JavaScript or shell.

    >>> looks_like_cases('[{"args": ["a"], "stdout": "A"}]'), looks_like_cases("[1]")
    (True, False)
    """
    return bool(_found(text, "javascript"))


def counted(text: str, language: str) -> int:
    """Return how many cases there are; 0 where it holds none."""
    return len(_found(text, language))


def _found(text: str, language: str) -> tuple[Case, ...]:
    try:
        return read(text, language)
    except NoCases:
        return ()


def read(text: str, language: str) -> tuple[Case, ...]:
    """Return the cases that a text holds. Raises NoCases."""
    try:
        said: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise NoCases(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise NoCases("a number is too long, or it is nested too deeply") from error
    if not isinstance(said, list) or not 0 < len(said) <= MOST:
        raise NoCases(f"it must be a list of 1 to {MOST} objects")
    return tuple(_case(each, number, language) for number, each in enumerate(said, 1))


def _case(said: object, number: int, language: str) -> Case:
    if not isinstance(said, dict):
        raise NoCases(f"case {number} is no object")
    if said.keys() in _CALL and language == "javascript" and _is_call(said):
        return Case(**said)
    expects = said.keys() & {"stdout", "status"}
    if not expects or not said.keys() <= _RUN or not _is_run(said):
        raise NoCases(f"case {number} has not the form of one")
    args: list[str] = said.get("args", [])
    return Case(**{name: value for name, value in said.items() if name != "args"}, args=tuple(args))


def _is_call(said: Mapping[str, Any]) -> bool:
    named = (said["call"], said.get("throws", "Error"))
    return all(isinstance(each, str) and each.strip() for each in named)


def _is_run(said: Mapping[str, Any]) -> bool:
    args, status = said.get("args", []), said.get("status", 0)
    if (
        not isinstance(args, list)
        or len(args) > MOST_ARGS
        or not _are_texts(said, "stdin", "stdout")
    ):
        return False
    small = len(str(said.get("stdin", "")).encode(errors="replace")) <= GIVEN_BYTES
    words = all(isinstance(word, str) and "\0" not in word for word in args)
    return small and words and type(status) is int


def _are_texts(said: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(said.get(name, ""), str) for name in names)
