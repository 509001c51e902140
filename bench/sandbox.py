"""What the sandbox costs: the same program in it and outside, wall time, in turns.

The last figure is the price of not believing what tests say of themselves: three runs for one.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.figures import Figure, Skipped, percentile
from generators.code.box import CODE
from generators.code.proof import Source
from generators.code.sandbox import Program, Sandbox, Unavailable, probe
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
SOLUTION = Source("solution.py", "def double(x):\n    return 2 * x\n")
TESTS = Source("test_it.py", "from solution import *\ndef test_it():\n    assert double(2) == 4\n")


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure each program; `scale` is the share of the rounds."""
    sandbox = probe()
    if isinstance(sandbox, Unavailable):
        raise Skipped(sandbox.why)
    rounds = max(3, round(ROUNDS * scale))
    tools = {"tools.zip": toolbox(sandbox.magic)}
    for name, text in PROGRAMS.items():
        needed = tools if "pytest" in text else {}
        ours, peer = _taken(sandbox, {"main.py": text.encode(), **needed}, rounds)
        yield Figure(
            what=f"a program that {name}",
            unit="s",
            ours=ours,
            peer=peer,
            peer_is="the same Python outside",
            goal=peer * GOAL,
        )
    yield _proof(sandbox, max(3, rounds // 3))


def _taken(sandbox: Sandbox, files: dict[str, bytes], rounds: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        command = [sandbox.python.path, "-I", "-B", f"{folder}/main.py"]
        inside = {f"{CODE}/{name}": content for name, content in files.items()}
        there = (sandbox.python.path, "-I", "-B", f"{CODE}/main.py")
        program = Program(command=there, files=inside)
        return _medians(
            (
                lambda: sandbox.run(program),
                lambda: subprocess.run(command, capture_output=True, check=True),  # noqa: S603 - ours
            ),
            rounds,
        )


def _proof(sandbox: Sandbox, rounds: int) -> Figure:
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
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
    return percentile(taken[0], 50), percentile(taken[1], 50)
