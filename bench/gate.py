"""What the checks cost: microseconds of one thread per 1,000 characters.

The peer is cutting the same text into words with one regular expression, a yardstick for the
machine. The linearity rows compare a text with one of half its length: 1.0 is linear, 2.0 would be
the square.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence

from bench import texts
from bench.figures import Figure
from generators.draft import Text
from moderation.checks import standard
from moderation.gate import Check
from moderation.policy import Direction

LENGTH = 16_000
ROUNDS = 7
SURE = 0.5
"""The heads find every category of harm in every text, if with a low score."""
_WORD = re.compile(r"\w+")

Work = Callable[[str], object]


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure every kind of text; `scale` is the share of the length."""
    length = max(200, round(LENGTH * scale))
    checks = standard()
    for kind, make in texts.KINDS.items():
        half, whole = make(length // 2), make(length)
        words_us, half_us, whole_us = _costs(checks, half, whole)
        yield Figure(
            what=f"all checks, {kind}",
            unit="us per 1,000",
            ours=whole_us,
            peer=words_us,
            peer_is="cutting it into words",
        )
        yield Figure(
            what=f"all checks, {kind}, {length:,} long",
            unit="us per 1,000",
            ours=whole_us,
            peer=half_us,
            peer_is=f"the same, {length // 2:,} long",
        )


def inspected(checks: Sequence[Check], text: str) -> int:
    """Run every check over the text and return the number of findings, low scores not counted."""
    found = (one for check in checks for one in check.inspect(Text(text), Direction.OUTPUT))
    return sum(one.score >= SURE for one in found)


def _costs(checks: Sequence[Check], half: str, whole: str) -> tuple[float, float, float]:
    """Return the least cost of each of three works, taken in turns: words, half, whole."""
    works: tuple[tuple[Work, str], ...] = (
        (_WORD.findall, whole),
        (lambda text: inspected(checks, text), half),
        (lambda text: inspected(checks, text), whole),
    )
    rounds = [[_us_per_1000(work, text) for work, text in works] for _ in range(ROUNDS)]
    words, half_us, whole_us = (min(costs) for costs in zip(*rounds, strict=True))
    return words, half_us, whole_us


def _us_per_1000(work: Work, text: str) -> float:
    # The thread's own CPU time: what other processes do meanwhile does not count.
    started = time.thread_time()
    work(text)
    return (time.thread_time() - started) * 1e6 * 1000 / len(text)
