"""`python -m tests.generators.code [COUNT] [SEED]`: the long form of the trials.

It takes about an hour of one core: COUNT pretences (1,000), and each problem in every style, right
and wrong. Prints what went wrong.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator

from generators.code.proof import Source
from generators.code.sandbox import Limits, Unavailable, probe
from generators.code.trial import Trial
from tests.generators.code.honest import HONEST
from tests.generators.code.pretenders import drawn, every
from tests.generators.code.problems import PROBLEMS, STYLES

WALL_S = 4.0


def main(count: int = 1000, seed: int = 1) -> int:
    """Try them all; returns how many were judged wrongly."""
    sandbox = probe(Limits(wall_s=WALL_S))
    if isinstance(sandbox, Unavailable):
        raise SystemExit(sandbox.why)
    trial = Trial(sandbox)
    started, wrong, states = time.monotonic(), 0, Counter[str]()
    for expected, name, program, tests in _all(count, seed):
        file = HONEST[name][0] if name in HONEST else "solution.py"
        judged = trial.judge(Source(file, program), Source("test_solution.py", tests))
        states[f"{expected}: {judged.state}"] += 1
        if (judged.state == "passed") != (expected == "right"):
            wrong += 1
            print(f"WRONG {expected} {name}: {judged.state}, {judged.why}", flush=True)  # noqa: T201 - a script
    print(f"{dict(states)}, {wrong} wrong, {time.monotonic() - started:.0f} s")  # noqa: T201 - a script
    return wrong


def _all(count: int, seed: int) -> Iterator[tuple[str, str, str, str]]:
    for problem in PROBLEMS:
        for style in STYLES:
            yield "right", f"{problem.name} {style}", problem.right, problem.tests(style)
            yield "wrong", f"{problem.name} {style}", problem.wrong, problem.tests(style)
    for kind, (_, program, tests) in HONEST.items():
        yield "right", kind, program, tests
    for pretence in (*every(), *drawn(count, seed)):
        yield "pretence", pretence.name, pretence.program, pretence.tests


if __name__ == "__main__":
    raise SystemExit(min(1, main(*map(int, sys.argv[1:]))))
