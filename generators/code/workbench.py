"""Looks at programs in every way that needs no model: vetted, linted, run by their tests.

Nothing is run before `Vetting` lets it be, and at most two at once: each is a process of its own
with threads of the bot waiting for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from generators.code.blocks import suffix, suspects
from generators.code.cases import CASED, counted, language_of_tests
from generators.code.claims import standing
from generators.code.grammars import likeliest
from generators.code.lint import Remark, remarks
from generators.code.proof import Judged, Source
from generators.code.python import looks_like_python, parse
from generators.code.sandbox import Unavailable
from generators.code.trial import Trial
from generators.draft import Code, Tried
from generators.metering import Step, turned
from generators.tools import Concern, Vetting

AT_ONCE = 2
TESTS = {"python": "test_solution.py", "json": "test_solution.json"}
"""What tests are called, by the language that they are in."""
NOT_LET = "It was not run: the checks do not let it be."


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is known of a program; `remarks` is None where nobody could lint it."""

    judged: Judged
    remarks: tuple[Remark, ...] | None = ()
    concerns: tuple[Concern, ...] = ()

    @property
    def fatal(self) -> tuple[Remark, ...]:
        """The remarks that say that it cannot do what it should."""
        return tuple(one for one in self.remarks or () if one.fatal)

    def tried(self, repairs: int = 0) -> Tried:
        """Return what its run came to."""
        said = self.judged
        ms = round(said.seconds * 1000)
        counts = {"tests": said.tests, "failed": said.failed, "repairs": repairs}
        return Tried(ran=said.ran, ms=ms, **counts)


class Workbench:
    """One sandbox, and who says what may be run in it."""

    def __init__(self, vetting: Vetting, made: Callable[[], Trial]) -> None:
        """Take who looks at programs first; `made` makes the trial, on its first use."""
        self._vetting = vetting
        self._made = made
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sandbox")
        self._lock = Lock()
        self._trial: Trial | None = None

    async def language(self, source: str) -> str:
        """Return the language that an unnamed program is in; empty where it looks like none."""
        if looks_like_python(source):
            return "python"
        running = asyncio.get_running_loop()
        return await running.run_in_executor(self._threads, likeliest, source, suspects(source))

    async def look(self, source: str, language: str, tests: str = "") -> Looked:
        """Look at a program, and run it with its tests if it may be."""
        vetted = await self._vetting.vetted(Code(source, language))
        may_run = vetted.may_run
        kind = language_of_tests(language)
        if tests and may_run:
            may_run = (await self._vetting.vetted(Code(tests, kind))).may_run
        program = Source(f"solution.{suffix(language)}", source)
        given = Source(TESTS[kind], tests) if tests else None
        if may_run:
            turned(_step(tests, language))
        work = self._run if may_run else _read
        running = asyncio.get_running_loop().run_in_executor(self._threads, work, program, given)
        judged, said = await running
        return Looked(judged=judged, remarks=said, concerns=vetted.concerns)

    def _run(
        self, program: Source, tests: Source | None
    ) -> tuple[Judged, tuple[Remark, ...] | None]:
        with self._lock:
            if self._trial is None or isinstance(self._trial.sandbox, Unavailable):
                self._trial = self._made()  # a runner may have come meanwhile
            trial = self._trial
        return trial.judge(program, tests), _linted(program)


def _step(tests: str, language: str) -> Step:
    if language in CASED:
        count = counted(tests, language)
    else:
        count = 0 if parse(tests).error else sum(1 for _ in standing(tests))
    return Step("testing", count) if count else Step("running")


def _read(program: Source, tests: Source | None) -> tuple[Judged, tuple[Remark, ...] | None]:
    """Say what can be said of what may not be run."""
    return Trial(Unavailable(NOT_LET)).judge(program, tests), _linted(program)


def _linted(program: Source) -> tuple[Remark, ...] | None:
    return remarks(program.text) if program.name.endswith(".py") else ()
