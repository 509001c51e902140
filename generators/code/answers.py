"""Whether a JavaScript or shell program does what its cases say: it answers, and we compare here.

Each case is a run in a sandbox of its own, and what is expected stays outside. A program can forge
whatever it likes, and still has to know the answer. docs/adr/0020-what-passed-means.md says more.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from generators.code.box import CODE
from generators.code.cases import Case, NoCases, read
from generators.code.proof import VACUOUS, Judged, Source, counted, shown
from generators.code.sandbox import Program, Ran, Runs

SHOWN_CHARS: Final = 300
"""Of an answer."""
_TAIL: Final = """
;(async () => (
CALL
))().then(
  (gives) => ({ gives }),
  (error) => ({ throws: String(error?.name ?? error) }),
).then((said) => {
  const plain = (_, value) => {
    if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) throw value;
    if (value === null || typeof value !== "object") return value;
    if (/^\\[object (Object|Array)\\]$/.test(Object.prototype.toString.call(value))) return value;
    throw value;
  };
  try {
    return JSON.stringify(said, plain);
  } catch (lost) {
    return JSON.stringify({ lost: String(lost) });
  }
}).then(async (text) => {
  const fs = await import("node:fs");
  fs.writeSync(Number(process.env.ATELIER_REPORT), text);
});
"""
"""What is put after a program to tell the value of an expression; JSON knows no other values."""
_QUIET: Final = ("/bin/sh", "-c", 'exec "$@" 2>/dev/null', "sh")
"""What keeps errors out of what is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Tries programs of one language; `interpreter` is the command that runs a file."""

    sandbox: Runs
    language: str
    interpreter: tuple[str, ...]
    virtual_memory: bool = True

    def judged(self, program: Source, tests: Source) -> Judged:
        """Judge a program that parses by its cases. Blocks. Raises SandboxGone."""
        try:
            cases = read(tests.text, self.language)
        except NoCases as error:
            why = f"{tests.name} is not valid JSON of cases: {error}."
            return Judged(state="failed", why=why)
        tried = list(self._tried(program, cases))
        wrong = [one for one in tried if not one.right]
        told = Judged(
            state="failed",
            why=f"{len(wrong) + len(cases) - len(tried)} of {len(cases)} tests failed.",
            ran=True,
            exit=tried[-1].ran.status,
            tests=len(cases),
            failed=len(wrong) + len(cases) - len(tried),
            seconds=sum(one.ran.seconds for one in tried),
            output="\n".join(one.told for one in tried),
        )
        if wrong:
            trace = shown(self._run(program, wrong[0].case, quiet=False))
            return replace(told, output=f"{told.output}\n{trace}")
        if all(one.right for one in self._tried(replace(program, text=""), cases)):
            return replace(told, why=VACUOUS, failed=0)
        return replace(told, state="passed", why=counted(len(cases)), failed=0)

    def _tried(self, program: Source, cases: tuple[Case, ...]) -> Iterator["_Tried"]:
        """Yield what came of each case, up to one that had to be ended."""
        for number, case in enumerate(cases, 1):
            tried = _Tried(number, case, self._run(program, case))
            yield tried
            if tried.ran.why:
                return

    def _run(self, program: Source, case: Case, *, quiet: bool = True) -> Ran:
        file = f"{CODE}/main{PurePath(program.name).suffix}"
        tail = (
            _TAIL.replace("CALL", case.call).encode(errors="surrogateescape") if case.call else b""
        )
        command = (*self.interpreter, file, *case.args)
        return self.sandbox.run(
            Program(
                command=(*_QUIET, *command) if quiet and not case.call else command,
                files={file: program.content + tail},
                given=case.stdin.encode(errors="surrogateescape"),
                virtual_memory=self.virtual_memory,
            )
        )


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of a case."""

    number: int
    case: Case
    ran: Ran

    @property
    def right(self) -> bool:
        """Whether it is what must come of it."""
        case, ran = self.case, self.ran
        if case.call:
            expected = {"throws": case.throws} if case.throws else {"gives": case.gives}
            return (ran.ended, ran.status) == ("exited", 0) and same(_reported(ran), expected)
        printed = case.stdout is None or (_lines(ran.output) == _lines(case.stdout.encode()))
        return (ran.ended, ran.status) == ("exited", case.status) and printed and not ran.cut

    @property
    def told(self) -> str:
        """What was asked, what came, and what was expected where that is something else."""
        case, said = self.case, f"{self.number}. {self.case.asked}: {self._came}"
        if self.right:
            return said
        if case.call:
            expected = f"throws {case.throws}" if case.throws else f"gives {_json(case.gives)}"
        else:
            expected = f"status {case.status}"
            expected += "" if case.stdout is None else f", {_json(_cut(case.stdout))}"
        return f"{said} (expected: {expected})"

    @property
    def _came(self) -> str:
        ran = self.ran
        if ran.why:
            return ran.why.rstrip(".")
        if not self.case.call:
            return f"status {ran.status}, {_json(_cut(shown(ran)))}"
        said = _reported(ran)
        parts = [f"{key} {_cut(_json(value))}" for key, value in said.items()]
        return ", ".join(parts) or f"ended with status {ran.status} and no answer"


def same(one: object, other: object) -> bool:
    """Tell whether two values of JSON are the same; true is not 1.

    >>> same([1, {"a": 2.0}], [1.0, {"a": 2}]), same(True, 1)
    (True, False)
    """
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _reported(ran: Ran) -> dict[str, object]:
    try:
        said: object = json.loads(ran.report)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _lines(output: bytes) -> bytes:
    """Return an output without the ends of lines at its end, of which people type one or none."""
    return output.rstrip(b"\r\n")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
