"""Whether tests really passed, when program and tests may lie about it.

They share a process with pytest and can forge all that it says. So `passed` needs three runs,
each in a sandbox of its own: the tests pass; the same tests with other expectations, which look as
ordinary, fail one by one; and the tests do not pass when a thing that does nothing
stands in for the program. docs/code.md and
docs/adr/0020-what-passed-means.md say what that proves and what not.
"""

import secrets
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final

from generators.code import absent, inside
from generators.code.box import CODE
from generators.code.claims import Claims, invented, missing, read
from generators.code.mutants import plain, turned
from generators.code.sandbox import Program, Ran, Runs
from generators.draft import CodeState

_RUNNER: Final = "/box/inside.py"
_KEPT: Final = frozenset("\n\t")
VACUOUS: Final = "The tests pass without the program, too, so they say nothing."


@dataclass(frozen=True, slots=True)
class Source:
    """A file by its name, without its folder, and its text (no UTF-8: surrogates)."""

    name: str
    text: str

    @property
    def content(self) -> bytes:
        """The file as it was read."""
        return self.text.encode("utf-8", errors="surrogateescape")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What may be said of a program; `why` is one sentence.

    `ran` says that it was run, `exit` with which status (None: it was ended, or did not run),
    `seconds` for how long: the first run, where there were several. `output` is cut.
    """

    state: CodeState
    why: str
    ran: bool = False
    exit: int | None = None
    tests: int = 0
    failed: int = 0
    seconds: float = 0.0
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Tries programs by their tests; `tools` is pytest as `toolbox` packs it."""

    sandbox: Runs
    tools: bytes

    def judged(self, program: Source, tests: Source) -> Judged:
        """Judge a program that parses by tests that parse. Blocks."""
        stem = PurePath(tests.name).stem
        if not stem.isidentifier() or stem == PurePath(program.name).stem:
            tests = replace(tests, name="test_of_it.py")
        try:
            tests, others = (replace(tests, text=form(tests.text)) for form in (plain, turned))
        except (RecursionError, ValueError):
            return Judged(state="failed", why="The tests are nested too deeply to be read.")
        ran, claims = self._run(program, tests)
        told = Judged(
            state="failed",
            why=_objection(tests.text, ran, claims),
            ran=True,
            exit=ran.status,
            tests=len(claims.collected),
            failed=len(claims.failures),
            seconds=ran.seconds,
            output=shown(ran),
        )
        if told.why:
            return told
        doubt = self._lies(program, others, claims) or self._says_nothing(program, tests)
        if doubt:
            return replace(told, why=doubt)
        return replace(told, state="passed", why=counted(len(claims.collected)))

    def _lies(self, program: Source, others: Source, claims: Claims) -> str:
        """Return the doubt that a program passes tests that it must fail; empty: there is none."""
        ran, told = self._run(program, others)
        odd = _odd(ran, told)
        if odd:
            return f"With other expectations, the tests ended otherwise than they should: {odd}."
        if set(told.collected) != set(claims.collected):
            return "The tests are not the same ones each time."
        passing = [test for test in claims.collected if not told.failed(test)]
        return f"{_short(passing[0])} passes whatever it expects." if passing else ""

    def _says_nothing(self, program: Source, tests: Source) -> str:
        """Return the doubt that the tests pass without the program; empty: there is none."""
        nothing = Path(absent.__file__).read_text(encoding="utf-8")
        ran, claims = self._run(replace(program, text=nothing), tests)
        vacuous = not _objection(tests.text, ran, claims)
        return VACUOUS if vacuous else ""

    def _run(self, program: Source, tests: Source) -> tuple[Ran, Claims]:
        word = secrets.token_hex()
        file = f"{CODE}/{tests.name}"
        files = {
            "/box/tools.zip": self.tools,
            _RUNNER: Path(inside.__file__).read_bytes(),
            f"{CODE}/{program.name}": program.content,
            file: tests.content,
        }
        command = (self.sandbox.python.path, "-I", "-B", _RUNNER, file, program.name)
        ran = self.sandbox.run(Program(command=command, files=files, given=f"{word}\n".encode()))
        return ran, read(ran.report, word, ran.status)


def shown(ran: Ran) -> str:
    """Return what a run said, for people: no control characters, and a line where it was cut."""
    text = ran.output.decode("utf-8", errors="replace").replace("\r\n", "\n")
    kept = "".join(each for each in text if each in _KEPT or unicodedata.category(each) != "Cc")
    return f"{kept}\n[the rest was cut]" if ran.cut else kept


def _objection(tests: str, ran: Ran, claims: Claims) -> str:
    """Return why a run is not one in which all tests passed; empty when it claims to be."""
    if claims.failures:
        return f"{len(claims.failures)} of {len(claims.collected)} tests failed."
    odd = _odd(ran, claims)
    if odd:
        return f"The tests did not run to their end: {odd}."
    lost = missing(tests, claims.collected)
    if lost:
        return f"{lost[0]} was not run."
    strange = invented(tests, claims.collected)
    if strange:
        return f"{_short(strange[0])} does not stand in the tests."
    if claims.unsettled:
        return f"{_short(claims.unsettled[0])} was skipped or expected to fail, so not all passed."
    return ""


def _odd(ran: Ran, claims: Claims) -> str:
    return ran.why.rstrip(".") if ran.why else claims.odd


def counted(tests: int) -> str:
    """Say how many tests passed."""
    return f"{tests} {'test' if tests == 1 else 'tests'} passed in the sandbox."


def _short(test: str) -> str:
    return test.rpartition("::")[2]
