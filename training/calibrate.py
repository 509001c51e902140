"""Where 0.5 lies: shifts the outputs so that few harmless texts that were kept apart reach it."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from moderation.heads.fold import fold
from moderation.heads.model import OUTPUTS, WHOLE, Heads, Logits, chinese
from training.examples import Example

FALSE_HOLDS: Final = 0.003
"""The share of harmless texts that may reach 0.5, in the worst kind of talk."""
LEAST: Final[Mapping[str, float]] = {"content": 0.25, "content.illicit": 0.5, "request": 1.5}
"""Lower logits are never the point, however well its own sets are known: foreign talk is less."""
LEAST_HAN: Final[Mapping[str, float]] = {"content": 1.5, "content.illicit": 0.5, "request": 1.5}
"""Chinese posts were labelled about half and half, so that talk from elsewhere comes higher."""
TALK: Final[Mapping[str, frozenset[str]]] = {
    "developers": frozenset({"irc"}),
    "customers": frozenset({"banking77", "clinc150", "covidqa"}),
    "meetings": frozenset({"qmsum"}),
    "chinese": frozenset({"kdconv"}),
    "reviews": frozenset({"amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets"}),
}
"""Kinds of ordinary talk, and the sets they are held out of."""
_PART: Final = 10


def kept_apart(example: Example) -> bool:
    """Tell whether an example is for measuring only: every tenth, by its words."""
    return zlib.crc32(example.text.encode()) % _PART == 0


def logits(heads: Heads, examples: Sequence[Example]) -> Logits:
    """Return the outputs for each example, shape (examples, outputs)."""
    return np.stack([heads.logits(example.text) for example in examples])


def shifts(examples: Sequence[Example], found: Logits, least: Mapping[str, float]) -> Logits:
    """Return the shift of each output, from the outputs for harmless examples kept apart."""
    shift = np.zeros(len(OUTPUTS), dtype=np.float32)
    for at in WHOLE:
        points = [
            float(np.quantile(found[rows, at], 1 - FALSE_HOLDS))
            for sources in TALK.values()
            if (rows := [n for n, one in enumerate(examples) if one.source in sources])
        ]
        shift[at] = -max(least[OUTPUTS[at]], *points)
    return shift


def calibrated(examples: Sequence[Example], found: Logits) -> tuple[Mapping[str, Logits], Logits]:
    """Return the shifts by name, and the outputs with them applied."""
    shift = shifts(examples, found, LEAST)
    han = np.minimum(shift, -np.asarray([LEAST_HAN.get(name, 0) for name in OUTPUTS]))
    mainly = np.asarray([chinese(fold(example.text)) for example in examples])[:, None]
    moved = np.where(mainly, found + han, found + shift).astype(np.float32)
    return {"shift": shift, "shift.han": han.astype(np.float32)}, moved
