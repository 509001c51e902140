"""What may be said of a program, and no more: it is parsed, run, and judged by its tests."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from typing import Final

from generators.code.answers import Answers
from generators.code.blocks import named
from generators.code.box import CODE
from generators.code.grammars import DOUBTED, flaws
from generators.code.proof import Judged, Prover, Source, shown
from generators.code.python import MAX_CHARS, Parsed, parse
from generators.code.sandbox import Program, Ran, Runs, SandboxGone, Unavailable
from generators.code.toolbox import toolbox

_LANGUAGES: Final = {"mjs": "javascript", "cjs": "javascript", "h": "c", "htm": "html"} | {
    "cc": "cpp",
    "hpp": "cpp",
}
_NODE: Final = "/usr/bin/node"
_INTERPRETERS: Final = {"javascript": (_NODE, "--check"), "shell": ("/bin/bash", "-n")}
"""What runs other languages than Python, and how it is asked whether a program is one."""
_NOT_RUN: Final = (
    "Its tests were not run: they are run for Python, and cases for JavaScript and shell."
)


@dataclass(frozen=True)
class Trial:
    """Judges programs with one sandbox; `sandbox` may also be the reason why there is none."""

    sandbox: Runs | Unavailable

    @cached_property
    def _prover(self) -> Prover | Unavailable:
        if isinstance(self.sandbox, Unavailable):
            return self.sandbox
        return Prover(sandbox=self.sandbox, tools=toolbox(self.sandbox.magic))

    def judge(self, program: Source, tests: Source | None = None) -> Judged:
        """Judge a program by its tests; without tests it is run, and never `passed`. Blocks."""
        try:
            return self._judged(program, tests)
        except SandboxGone as gone:
            return Trial(Unavailable(str(gone))).judge(program, tests)

    def _judged(self, program: Source, tests: Source | None) -> Judged:
        language = language_of(program.name)
        if len(program.text) > MAX_CHARS or (tests and len(tests.text) > MAX_CHARS):
            return Judged(state="unchecked", why="It is too long to be checked.")
        if language == "python":
            return self._python(program, tests)
        judged = self._other(program, language, tests)
        if tests and judged.state == "checked" and not isinstance(self.sandbox, Unavailable):
            return replace(judged, why=f"{judged.why} {_NOT_RUN}")
        return judged

    def _python(self, program: Source, tests: Source | None) -> Judged:
        for source in (program, *([tests] if tests else [])):
            parsed = parse(source.text)
            if parsed.error:
                why = f"{source.name} is not valid Python: {_where(parsed)}."
                return Judged(state="failed", why=why)
        if isinstance(self.sandbox, Unavailable):
            return Judged(state="checked", why=f"It parses. {self.sandbox.why}")
        if tests is None:
            command = (self.sandbox.python.path, "-I", "-B", f"{CODE}/main.py")
            return _alone(self.sandbox.run(_single(program, command)))
        if isinstance(self._prover, Unavailable):
            return Judged(state="checked", why=f"It parses. {self._prover.why}")
        return self._prover.judged(program, tests)

    def _other(self, program: Source, language: str, tests: Source | None) -> Judged:
        """Run what there is an interpreter for, and only read the rest."""
        if language not in _INTERPRETERS:
            return _read(program, language, f"Nothing here runs {language}." if language else "")
        interpreter, check = _INTERPRETERS[language]
        if isinstance(self.sandbox, Unavailable):
            return _read(program, language, self.sandbox.why)
        if not self.sandbox.has(interpreter):
            return _read(program, language, f"{interpreter} is not installed.")
        file = f"{CODE}/main{PurePath(program.name).suffix}"
        checked = self.sandbox.run(_single(program, (interpreter, check, file)))
        if checked.status != 0:
            why = f"It is not valid {language}."
            return Judged(state="failed", why=why, output=shown(checked))
        if tests is None or PurePath(tests.name).suffix.casefold() != ".json":
            return _alone(self.sandbox.run(_single(program, (interpreter, file))))
        return Answers(
            sandbox=self.sandbox,
            language=language,
            interpreter=(interpreter,),
            virtual_memory=interpreter != _NODE,
        ).judged(program, tests)


def _read(program: Source, language: str, more: str) -> Judged:
    """Say whether a program parses, by its language's grammar; `more` says why it is not run."""
    found = flaws(program.text, [language])
    if language not in found:
        unread = "Nothing here can check this language."
        return Judged(state="unchecked", why=more if language in _INTERPRETERS else unread)
    flaw = found[language]
    if flaw is None:
        return Judged(state="checked", why=f"It parses. {more}")
    if language in DOUBTED:
        return Judged(state="unchecked", why=f"It may not be valid {language}: {flaw.said}.")
    return Judged(state="failed", why=f"It is not valid {language}: {flaw.said}.")


def language_of(name: str) -> str:
    """Return our name of the language that a file's suffix stands for; empty: not known.

    >>> language_of("a.py"), language_of("b.mjs"), language_of("c")
    ('python', 'javascript', '')
    """
    suffix = PurePath(name).suffix.removeprefix(".").casefold()
    return _LANGUAGES.get(suffix) or named(suffix) or ""


def _where(parsed: Parsed) -> str:
    return f"line {parsed.error_line}: {parsed.error}" if parsed.error_line else parsed.error


def _single(program: Source, command: tuple[str, ...]) -> Program:
    files = {command[-1]: program.content}
    return Program(command=command, files=files, virtual_memory=command[0] != _NODE)


def _alone(ran: Ran) -> Judged:
    """Say of a run without tests how it ended: that is no proof of anything."""
    ended = f"It ended with status {ran.status}." if ran.ended == "exited" else ran.why
    return Judged(
        state="checked",
        why=f"It was run, without tests. {ended}",
        ran=True,
        exit=ran.status,
        seconds=ran.seconds,
        output=shown(ran),
    )
