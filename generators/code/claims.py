"""What a run of tests claims of itself, and whether that can be so."""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from generators.code.python import tree

_PHASES: Final = ("setup", "call", "teardown")
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_ENDED_AS: Final = {True: 0, False: 1}
"""pytest's exit status when all passed, and when some failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The collected tests, and each one's outcomes by phase; `odd` says what cannot be."""

    collected: tuple[str, ...] = ()
    outcomes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    odd: str = ""

    def passed(self, test: str) -> bool:
        """Tell whether all of a test passed: it was neither skipped nor expected to fail."""
        return all(self.outcomes.get(test, {}).get(phase) == "passed" for phase in _PHASES)

    def failed(self, test: str) -> bool:
        """Tell whether a test ran and something in it failed."""
        return "failed" in self.outcomes.get(test, {}).values()

    @property
    def failures(self) -> tuple[str, ...]:
        """The tests that failed."""
        return tuple(test for test in self.collected if self.failed(test))

    @property
    def unsettled(self) -> tuple[str, ...]:
        """The tests that neither passed nor failed."""
        either = {test for test in self.collected if self.passed(test) or self.failed(test)}
        return tuple(test for test in self.collected if test not in either)


def read(report: bytes, word: str, status: int | None) -> Claims:
    """Read a report; what does not fit together, or is not complete, is odd."""
    collected: list[str] = []
    outcomes: dict[str, dict[str, str]] = defaultdict(dict)
    ended: list[int] = []
    try:
        for line in report.decode("utf-8").splitlines():
            said: dict[str, Any] = json.loads(line)
            if said["word"] != word or ended or said.get("phase") in outcomes[said.get("test", "")]:
                return Claims(odd="something else wrote into the report")
            collected += said.get("collected", [])
            ended += [said["ended"]] if "ended" in said else []
            if "test" in said:
                outcomes[said["test"]][said["phase"]] = said["outcome"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Claims(odd="the report cannot be read")
    outcomes.pop("", None)
    claims = Claims(collected=tuple(collected), outcomes=outcomes)
    return Claims(collected=claims.collected, outcomes=outcomes, odd=_odd(claims, ended, status))


def _odd(claims: Claims, ended: list[int], status: int | None) -> str:
    if not ended:
        return "the run broke off before pytest had ended"
    if not claims.collected:
        return "no test was found"
    if len(set(claims.collected)) < len(claims.collected):
        return "a test was told of twice"
    if claims.outcomes.keys() - set(claims.collected):
        return "a test was told of that was not found before"
    expected = _ENDED_AS[not claims.failures]
    return "" if ended == [status] == [expected] else "what pytest said at the end does not fit"


def missing(source: str, collected: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tests that stand in a source, by name, and were not collected."""
    plain = {_plain(test) for test in collected}
    return tuple(name for name in standing(source) if name not in plain)


def invented(source: str, collected: tuple[str, ...]) -> tuple[str, ...]:
    """Return the collected tests that no function of the source has the name of."""
    names = {node.name for node in ast.walk(tree(source)) if isinstance(node, _FUNCTIONS)}
    return tuple(test for test in collected if _plain(test).rpartition("::")[2] not in names)


def _plain(test: str) -> str:
    """Return `Class::name` of a test's id, without its file and its parameters."""
    return test.partition("::")[2].partition("[")[0]


def standing(source: str) -> Iterator[str]:
    """Yield the tests that stand in a source, by name. Raises what `ast.parse` raises."""
    body = tree(source).body
    yield from _tests(body)
    for node in body:
        if isinstance(node, ast.ClassDef) and _holds_tests(node):
            yield from (f"{node.name}::{name}" for name in _tests(node.body))


def _tests(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, _FUNCTIONS) and node.name.startswith("test"):
            decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
            if "fixture" not in decorators:
                yield node.name


def _holds_tests(node: ast.ClassDef) -> bool:
    bases = " ".join(ast.unparse(each) for each in node.bases)
    return node.name.startswith("Test") or "TestCase" in bases
