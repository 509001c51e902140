"""`python -m tests.generators.code.looped [PRETENCES] [SEED]`: the loop over all problems.

For each of the hundred problems a scripted model over real HTTP writes it right; wrong, and then
repairs it; and wrong each time. Then it pretends, in the program, in the tests and in words. The
same with problems in JavaScript and shell, with a third as many pretences. Prints every state that
is wrong, and at the end how often each was said.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator

from generators.code.sandbox import Limits, Unavailable, probe
from generators.code.trial import Trial
from generators.code.workbench import Workbench
from generators.code.write import Write
from generators.draft import Code
from generators.model import Model
from generators.tools import Tools, Vetted
from tests.asking import drafts, request
from tests.fake_engine import running
from tests.fake_knowledge import Shelf
from tests.generators.code import others
from tests.generators.code.families import COUNT, problems
from tests.generators.code.pretenders import drawn
from tests.generators.code.scripted import Scripted, fenced

WALL_S = 4.0
CLAIM = "I ran it, and all tests passed. 测试全部通过。"
CLAIMS = ("I ran it", "测试全部通过")
Case = tuple[str, str, dict[str, list[str]]]


class Lets:
    """Lets everything be run."""

    async def vetted(self, program: Code) -> Vetted:
        """Look at nothing."""
        del program
        return Vetted(may_run=True)


def _cases(pretences: int, seed: int) -> Iterator[Case]:
    for one in problems():
        right, wrong, tests = (fenced(text) for text in (one.right, one.wrong, one.tests))
        yield "passed 0", f"{one.name}, right", {"write": [right], "tests": [tests]}
        repaired: dict[str, list[str]] = {"write": [wrong], "tests": [tests], "repair": [right]}
        yield "passed 1", f"{one.name}, repaired", repaired
        never: dict[str, list[str]] = {"write": [wrong], "tests": [tests], "repair": [wrong]}
        yield "failed 0", f"{one.name}, never right", never
    for one in drawn(pretences, seed):
        lies, tests = fenced(one.program, CLAIM), fenced(one.tests, CLAIM)
        yield "not passed", one.name, {"write": [lies], "tests": [tests], "repair": [lies]}
    yield from _others(pretences // 3, seed)


def _others(pretences: int, seed: int) -> Iterator[Case]:
    """Yield the same in JavaScript and shell, where they can be run."""
    for one in filter(lambda one: others.can_run(one.language), others.PROBLEMS):
        right, wrong = (fenced(text, tag=one.language) for text in (one.right, one.wrong))
        tests = fenced(one.tests, tag="json")
        yield "passed 0", f"{one.name}, right", {"write": [right], "tests": [tests]}
        repaired: dict[str, list[str]] = {"write": [wrong], "tests": [tests], "repair": [right]}
        yield "passed 1", f"{one.name}, repaired", repaired
        never: dict[str, list[str]] = {"write": [wrong], "tests": [tests], "repair": [wrong]}
        yield "failed 0", f"{one.name}, never right", never
    for one in others.drawn(pretences, seed):
        lies, tests = fenced(one.program, CLAIM, one.language), fenced(one.tests, CLAIM, "json")
        yield "not passed", one.name, {"write": [lies], "tests": [tests], "repair": [lies]}


def is_right(expected: str, code: Code) -> bool:
    """Tell whether a state is the one that must come of it."""
    if expected == "not passed":
        return code.state != "passed" and not any(one in code.notes for one in CLAIMS)
    return f"{code.state} {code.tried.repairs}" == expected


async def main(pretences: int = 1000, seed: int = 1) -> int:
    """Try them all; returns how many were judged wrongly."""
    sandbox = probe(Limits(wall_s=WALL_S))
    if isinstance(sandbox, Unavailable):
        raise SystemExit(sandbox.why)
    started, wrong, states = time.monotonic(), 0, Counter[str]()
    async with running(Scripted()) as engine:
        model = Model(engine.url, timeout_s=60)
        bench = Workbench(Lets(), lambda: Trial(sandbox))
        writer = Write(Tools(model, Shelf(), Lets()), bench=bench)
        assert isinstance(engine, Scripted)
        for expected, name, script in _cases(pretences, seed):
            engine.script = script
            engine.roles.clear()
            engine.asked.clear()
            last = (await drafts(writer, request(name)))[-1].content
            code = last if isinstance(last, Code) else Code("", "", "unchecked")
            states[f"{expected}: {code.state}"] += 1
            if not is_right(expected, code):
                wrong += 1
                print(f"WRONG {expected} {name}: {code}", flush=True)  # noqa: T201 - a script
        await model.close()
    seconds = time.monotonic() - started
    count = COUNT + len(others.PROBLEMS)
    print(f"{count} problems, {dict(states)}, {wrong} wrong, {seconds:.0f} s")  # noqa: T201 - a script
    return wrong


if __name__ == "__main__":
    raise SystemExit(min(1, asyncio.run(main(*map(int, sys.argv[1:])))))
