"""What the learned heads say of words: how harmful, by category, in English and Chinese.

A tripwire for people to look at, not a guard: a score ranks, and only the policy decides. The heads
know nothing of pictures, of other languages, or of what is true (`docs/heads.md`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from generators.draft import Content, words
from moderation.checks.encoded import decoded
from moderation.finding import HARM, Finding
from moderation.heads.model import CATEGORIES, OUTPUTS, Heads, Logits, load
from moderation.heads.pinned import SHA256
from moderation.tables import Direction

WEIGHTS: Final = Path(__file__).parents[1] / "heads" / "heads.safetensors"
ILLICIT: Final = "illicit"
NAMES: Final = (*CATEGORIES, ILLICIT)
"""The categories, as policies name them after `harm.`."""
_REQUEST: Final = OUTPUTS.index("request")
_DIGITS: Final = 4

Scores = NDArray[np.floating[Any]]

_loaded = cache(load)
"""Many gates of one process share the weights, which nothing changes."""


@dataclass(frozen=True, slots=True)
class Harm:
    """Finds a score for every category of harm in every text, however low.

    Raises WeightsError where the weights are missing or are not the ones expected, so that the
    gate holds every text.
    """

    name: str = "heads"
    weights: Path = WEIGHTS
    sha256: str = SHA256

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return one finding over the whole text for each category."""
        heads = _loaded(self.weights, self.sha256)
        each = [scored(heads, text, direction) for text in _readings(words(content))]
        return tuple(
            Finding(category=HARM + name, detector=self.name, score=max(one[name] for one in each))
            for name in NAMES
        )


def _readings(text: str) -> tuple[str, ...]:
    """Return the text, and what stands in it in Base64, in hex or percent-encoded."""
    hidden = "\n".join(plain for plain, _, _ in decoded(text))
    return (text, hidden) if hidden else (text,)


def scored(heads: Heads, text: str, direction: Direction) -> Mapping[str, float]:
    """Return the score of each category in 0..1; 0.5 is where few harmless texts come.

    What a model wrote is judged by what it says; what a person asks, by what it asks for, too.
    """
    logits = heads.logits(text)
    scores = _said(logits[:_REQUEST])
    if direction is Direction.INPUT:
        scores = np.maximum(scores, _asked(logits[_REQUEST:]))
    return {name: round(float(score), _DIGITS) for name, score in zip(NAMES, scores, strict=True)}


def _said(logits: Logits) -> Scores:
    """Return the scores of content by category; the head as a whole gives the highest."""
    whole, each, illicit = logits[0], logits[1:-1], logits[-1:]
    return np.concatenate([_likely(whole) * _shares(each), _likely(illicit)])


def _asked(logits: Logits) -> Scores:
    """Return the scores of what is asked for, in the same order."""
    whole, each = logits[0], np.roll(logits[1:], -1)  # illicit comes first there
    return _likely(whole) * _shares(each)


def _shares(logits: Logits) -> Scores:
    """Return how much of the highest category's likelihood each has."""
    likely = _likely(logits)
    return likely / likely.max()


def _likely(logits: Logits) -> Scores:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
