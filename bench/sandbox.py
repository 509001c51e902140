"""What the sandbox costs: the same program in it and outside, wall time, in turns.

Neither Python looks for installed packages, of which the sandbox has none; each begins a session
of its own, which counts for how the kernel shares time; and nothing begins until the next sandbox
is up. Then the same where none is up, and what it costs not to believe what tests say of
themselves: three runs for one.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.figures import Figure, Skipped, percentile
from generators.code.box import CODE
from generators.code.proof import Source
from generators.code.sandbox import Program, Runs, Unavailable, probe
from generators.code.spare import Spared
from generators.code.toolbox import toolbox
from generators.code.trial import Trial

ROUNDS = 31
GOAL = 1.2
"""The most that the sandbox may take, as a multiple of the plain interpreter."""
PROGRAMS = {
    "imports and prints": "import json, re, collections\nprint(json.dumps({'a': 1}))\n",
    "counts for a while": "print(sum(n * n for n in range(1_000_000)))\n",
    "is a test, under pytest": (
        "import os, sys\nsys.path.insert(0, os.path.dirname(__file__) + '/tools.zip')\n"
        "import pytest\n\ndef test_it():\n    assert 2 * 2 == 4\n\n"
        "if __name__ == '__main__':\n    pytest.main(['-q', '-pno:cacheprovider', __file__])\n"
    ),
}
FIRST = next(iter(PROGRAMS))
PAUSE_S = 0.1
"""Before each run: for the sandbox after the last one, which is made meanwhile."""
SOLUTION = Source("solution.py", "def double(x):\n    return 2 * x\n")
TESTS = Source("test_it.py", "from solution import *\ndef test_it():\n    assert double(2) == 4\n")


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure each program; `scale` is the share of the rounds."""
    sandbox = probe()
    if isinstance(sandbox, Unavailable):
        raise Skipped(sandbox.why)
    rounds = max(3, round(ROUNDS * scale))
    tools = {"tools.zip": toolbox(sandbox.magic)}
    spared = Spared(sandbox)
    for name, text in PROGRAMS.items():
        needed = tools if "pytest" in text else {}
        ours, peer = _taken(spared, {"main.py": text.encode(), **needed}, rounds)
        yield _figure(f"a program that {name}", ours, peer, peer * GOAL)
    spared.close()
    ours, peer = _taken(sandbox, {"main.py": PROGRAMS[FIRST].encode()}, rounds)
    yield _figure(f"a program that {FIRST}, no sandbox being up", ours, peer)
    yield _proof(sandbox, max(3, rounds // 3))


def _figure(what: str, ours: float, peer: float, goal: float | None = None) -> Figure:
    outside = "the same Python outside"
    return Figure(what=what, unit="s", ours=ours, peer=peer, peer_is=outside, goal=goal)


def _taken(sandbox: Runs, files: dict[str, bytes], rounds: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        flags = ("-I", "-S", "-B")
        command = [sandbox.python.path, *flags, f"{folder}/main.py"]
        inside = {f"{CODE}/{name}": content for name, content in files.items()}
        there = (sandbox.python.path, *flags, f"{CODE}/main.py")
        program = Program(command=there, files=inside)
        return _medians((lambda: sandbox.run(program), lambda: _outside(command)), rounds)


def _outside(command: Sequence[str]) -> None:
    subprocess.run(command, capture_output=True, check=True, start_new_session=True)  # noqa: S603 - ours


def _proof(sandbox: Runs, rounds: int) -> Figure:
    trial = Trial(sandbox)
    whole: list[float] = []
    first: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        first.append(trial.judge(SOLUTION, TESTS).seconds)
        whole.append(time.perf_counter() - started)
    return Figure(
        what="one test, believed",
        unit="s",
        ours=percentile(whole, 50),
        peer=percentile(first, 50),
        peer_is="the first of its three runs",
    )


def _medians(works: Sequence[Callable[[], object]], rounds: int) -> tuple[float, float]:
    """Return the median wall time of each of two works, taken in turns."""
    taken: list[list[float]] = [[], []]
    for _ in range(rounds):
        for work, times in zip(works, taken, strict=True):
            time.sleep(PAUSE_S)
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
    return percentile(taken[0], 50), percentile(taken[1], 50)
