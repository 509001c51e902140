"""Writes tests apart from a program, runs both, and has the program repaired while that helps.

It ends when all is well, after as many repairs as the budget has, when the budget is used up, when
a model gives the same program again, or none. What is best by then is what it returns.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final, Literal

from generators.code.author import Answer, Author, Budget
from generators.code.cases import CASED, counted
from generators.code.interface import heads, interface
from generators.code.proof import Judged
from generators.code.python import looks_like_tests, parse
from generators.code.workbench import TESTS, Looked, Workbench
from generators.metering import Step, turned
from generators.preset import Preset

TRACE_LINES: Final = 30
"""Of what a run said, its last lines are what the model is told."""
TRACE_CHARS: Final = 4000
_BROKE: Final = ("Traceback (most recent call last)", "\nNode.js v")
"""What Python and Node say at the end of a program that they ended."""
_INVALID: Final = tuple(f"{name} is not valid" for name in TESTS.values())
_RANKS: Final = {"passed": 3, "checked": 2, "unchecked": 1, "failed": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A program in a state that was really seen, its tests, and what a model said of it."""

    source: str
    language: str
    looked: Looked
    tests: str = ""
    said: str = ""
    """The whole answer that the program came in."""
    repairs: int = 0
    retested: bool = False
    """Whether its tests are not the first ones."""

    @property
    def rank(self) -> tuple[int, int, int, bool]:
        """Of several, the highest is shown: passed; more that ran; fewer faults, or none."""
        said, flawless = self.looked.judged, fault_of(self.looked) is None
        return _RANKS[said.state], said.tests - said.failed, -len(self.looked.fatal), flawless


@dataclass(frozen=True, slots=True, kw_only=True)
class Presets:
    """How a model is asked for tests and repairs."""

    tests: Preset = field(default_factory=lambda: Preset.load("code_tests"))
    cases: Preset = field(default_factory=lambda: Preset.load("code_cases"))
    repair: Preset = field(default_factory=lambda: Preset.load("code_repair"))


Whose = Literal["program", "tests", "either"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, in words for a model, and whose it is; `either`: first the tests' then."""

    of: Whose
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """The loop for one request; `task` is what was asked, in words."""

    author: Author
    bench: Workbench
    budget: Budget
    task: str
    presets: Presets = field(default_factory=Presets)
    tests: str = ""
    """Tests that were given: they are never changed."""
    repairs_program: bool = True
    """Whether the program may be changed; tests that are of no use always may."""

    async def run(self, source: str, language: str, said: str = "") -> Written:
        """Return the best of the given program and what repairs make of it."""
        best = now = await self._looked(_Changed(source, self.tests, said), language)
        seen = {_mark(now.source, now.tests)}
        for repairs in range(1, self.budget.repairs + 1):
            fault = fault_of(now.looked)
            if fault:
                turned(Step("repairing", repairs, self.budget.repairs))
            changed = await self._changed(now, fault) if fault else None
            if changed is None or _mark(changed.source, changed.tests) in seen:
                break
            seen.add(_mark(changed.source, changed.tests))
            now = await self._looked(changed, language, repairs)
            best = max(best, now, key=lambda one: one.rank)
        return best

    async def _looked(self, made: "_Changed", language: str, repairs: int = 0) -> Written:
        """Look at a program, with tests if there can be some."""
        tests = made.tests or await self._tests(made.source, language)
        return Written(
            source=made.source,
            language=language,
            looked=await self.bench.look(made.source, language, tests),
            tests=tests,
            said=made.said,
            repairs=repairs,
            retested=made.retested,
        )

    async def _changed(self, now: Written, fault: Fault) -> "_Changed | None":
        fresh = fault.of == "either" and not now.retested
        if (fault.of == "tests" or fresh) and not self.tests:
            tests = await self._tests(now.source, now.language, fault.said)
            return _Changed(now.source, tests, now.said, retested=True) if tests else None
        if not self.repairs_program:
            return None
        answer = await self.author.again(
            self.presets.repair,
            task=self.task,
            program=now.source,
            fault=fault.said,
            in_language=f" in {now.language}",
        )
        if answer is None:
            return None
        return _Changed(answer.block.source, now.tests, answer.text, now.retested)

    async def _tests(self, source: str, language: str, complaint: str = "") -> str:
        """Return tests by somebody who has not seen the program; empty where there are none."""
        preset = self.presets.cases if language in CASED else self.presets.tests
        if language not in {*CASED, "python"} or (language == "python" and parse(source).error):
            return ""
        told = f"\nEarlier tests were of no use: {complaint}" if complaint else ""
        offers = interface(source) if language == "python" else heads(source)
        values = {"task": self.task, "interface": offers, "complaint": told}
        answer = await self.author.again(preset, in_language=language, **values)
        return answer.block.source if answer and _is_tests(answer, language) else ""


@dataclass(frozen=True, slots=True)
class _Changed:
    source: str
    tests: str
    said: str
    retested: bool = False


def fault_of(looked: Looked) -> Fault | None:
    """Return what is wrong with a program or its tests; None where nothing is known to be."""
    said = looked.judged
    fatal = "\n".join(f"line {one.line}: {one.text}" for one in looked.fatal)
    if said.state == "failed":
        trace = tail(said.output)
        told = "\n".join(part for part in (said.why, fatal, trace) if part)
        return Fault(of=_whose(said, trace), said=told)
    if fatal:
        return Fault(of="program", said=fatal)
    if said.state == "checked" and said.ran and any(one in said.output for one in _BROKE):
        return Fault(of="program", said=tail(said.output))
    return None


def tail(output: str, lines: int = TRACE_LINES, chars: int = TRACE_CHARS) -> str:
    r"""Return the last lines of what a run said.

    >>> tail("a\nb\nc\n", lines=2)
    'b\nc'
    """
    return "\n".join(output.strip().splitlines()[-lines:])[-chars:]


def _whose(said: Judged, trace: str) -> Whose:
    """Tell whose a failure is; a run that ended oddly, by itself, can be anybody's."""
    if said.why.startswith(_INVALID) or "say nothing" in said.why:
        return "tests"
    odd = said.ran and not said.failed and said.exit is not None and "solution.py" not in trace
    return "either" if odd else "program"


def _is_tests(answer: Answer, language: str) -> bool:
    if language in CASED:
        return counted(answer.block.source, language) > 0
    return answer.block.language in {"", "python"} and looks_like_tests(answer.block.source)


def _mark(source: str, tests: str) -> str:
    return hashlib.sha256(f"{source.strip()}\0{tests.strip()}".encode()).hexdigest()
