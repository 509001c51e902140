"""What a processor could do at most, measured on it: the limit that a model's speed is a share of.

A step writes a token for each of the requests at work. It takes at least as long as reading all
weights and their keys and values once, or as multiplying them once, whichever is longer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from bench.models import Shape

PROBE_MIB = 256
"""More than the caches of a processor hold."""
SQUARE = 1024
ROUNDS = 5
BYTES = 4
"""Of a number in float32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Bytes read and operations done a second, by as many threads as torch has here."""

    bytes_s: float
    flops_s: float

    def tokens_s(self, shape: Shape, rows: int, context: float) -> float:
        """Return the most tokens a second with so many requests of such a length at once."""
        weights, each = sizes(shape)
        read_s = BYTES * (weights + rows * context * each) / self.bytes_s
        done_s = 2 * rows * weights / self.flops_s
        return rows / max(read_s, done_s)


def sizes(shape: Shape) -> tuple[int, int]:
    """Return how many weights a step reads, and numbers of the cache for a token of context."""
    heads = shape.heads + 2 * shape.groups
    layer = shape.width * shape.head_size * (heads + shape.heads) + 3 * shape.width * shape.inner
    cache = 2 * shape.layers * shape.groups * shape.head_size
    return shape.layers * layer + shape.vocabulary * shape.width, cache


def probed() -> Limit:
    """Measure, for about a second: one vector by a large matrix, and a square by a square."""
    matrix = torch.ones(PROBE_MIB * 256, 1024)
    vector, square = torch.ones(1024), torch.ones(SQUARE, SQUARE)
    read_s = _quickest(lambda: torch.mv(matrix, vector))
    done_s = _quickest(lambda: torch.mm(square, square))
    return Limit(bytes_s=PROBE_MIB * 2**20 / read_s, flops_s=2 * SQUARE**3 / done_s)


def _quickest(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        begin = time.thread_time()  # of one thread: others may need the processor, too
        work()
        seconds.append(time.thread_time() - begin)
    return min(seconds)
