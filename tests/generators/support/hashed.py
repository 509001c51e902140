"""An embedding model made of hashes: texts that share words are near, and nothing is learnt."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from generators.draft import EngineUnavailable
from generators.support.probes import PAIRS
from generators.support.words import informative

WIDTH = 256


class Hashed:
    """Embeds deterministically. `down`: it does not answer; `calls`: it goes down after as many."""

    def __init__(
        self,
        *,
        chinese: bool = True,
        down: bool = False,
        name: str = "hashed",
        calls: int = 10**6,
        stuck: bool = False,
    ) -> None:
        self.name = name
        self.down = down
        self.chinese = chinese
        self.calls = calls
        self.stuck = stuck
        self.embedded: list[str] = []

    async def installed(self) -> Mapping[str, str]:
        if self.down:
            raise EngineUnavailable("The engine does not answer.")
        return {"embed": self.name} if self.name else {}

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.stuck:
            await asyncio.Event().wait()
        self.calls -= 1
        if self.down or self.calls < 0:
            raise EngineUnavailable("The engine does not answer.")
        self.embedded += texts
        return np.stack([self._row(text) for text in texts])

    def _row(self, text: str) -> NDArray[np.float32]:
        for number, pair in enumerate(PAIRS):
            if text in pair:
                return _axis(number if self.chinese else 0)
        row = np.zeros(WIDTH, np.float32)
        for term in informative(text) or [""]:
            row[int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big") % WIDTH] += 1
        return row / np.linalg.norm(row)


def _axis(number: int) -> NDArray[np.float32]:
    row = np.zeros(WIDTH, np.float32)
    row[number] = 1
    return row
