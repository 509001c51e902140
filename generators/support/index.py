"""One searchable base: its pieces ranked for a question, and how sure one may be of them.

With vectors, a piece's confidence is the cosine of question and piece, held against a floor that
is measured on the base itself; without, it is the share of the question's words that the piece
holds. Fused scores only order pieces: their best is always near the same value.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generators.support.article import Chunk
from generators.support.lexical import Lexicon
from generators.support.vectors import Matrix
from generators.tools import Passage

LEXICAL_SHARE = 0.25
"""Weight of min-max BM25 beside the cosine; 0.2 to 0.3 measured best on short questions."""
COVERED = 0.5
"""Share of a question's words that makes an answer, where there are no vectors."""
FLOOR_QUANTILE = 0.05
FLOOR_LOWEST, FLOOR_HIGHEST = 0.3, 0.9
FLOOR_UNKNOWN = 0.45
"""The cosine that is asked for where a base is too small to measure one."""
SAMPLE = 512
ENOUGH = 8


@dataclass(frozen=True, slots=True)
class Hit(Passage):
    """A passage with the evidence for it: a cosine or a coverage, and what it has to reach."""

    confidence: float
    floor: float
    position: int = 0
    """Where it stands among the pieces of its base: those of a document follow each other."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The vectors of a base: what its pieces are about and what they say, both (n, d)."""

    subjects: Matrix
    texts: Matrix
    floor: float

    def cosines(self, question: Matrix) -> NDArray[np.float32]:
        """Return for each piece the better cosine of its two vectors with the question's (d,)."""
        return np.maximum(self.subjects @ question, self.texts @ question)


class Index:
    """The pieces of one or more bases, at least one piece."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        """Index the words at once; vectors are handed in where there are any."""
        self.chunks = tuple(chunks)
        self._lexicon = Lexicon(self.chunks)

    def by_words(self, question: str, top: int) -> list[Hit]:
        """Return the best pieces by BM25 that share at least one word with the question."""
        scores = self._lexicon.scores(question)
        return [
            self._hit(number, float(scores[number]), self._lexicon.coverage(question, number))
            for number in _best(scores, top)
            if scores[number] > 0
        ]

    def by_meaning(self, question: str, vector: Matrix, meaning: Meaning, top: int) -> list[Hit]:
        """Return the best pieces by cosine with a little BM25."""
        cosines = meaning.cosines(vector)
        scores = cosines + LEXICAL_SHARE * _stretched(self._lexicon.scores(question))
        return [
            self._hit(number, float(scores[number]), float(cosines[number]), meaning.floor)
            for number in _best(scores, top)
        ]

    def _hit(self, number: int, score: float, confidence: float, floor: float = COVERED) -> Hit:
        one = self.chunks[number]
        text = one.text or one.subject
        return Hit(one.doc, one.title, text, score, one.public, min(confidence, 1.0), floor, number)


def _best(scores: NDArray[np.floating], top: int) -> list[int]:
    return np.argsort(-scores, kind="stable")[:top].tolist()


def _stretched(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    lowest, highest = scores.min(), scores.max()
    return (scores - lowest) / (highest - lowest) if highest > lowest else np.zeros_like(scores)


def floor(chunks: Sequence[Chunk], subjects: Matrix, texts: Matrix) -> float:
    """Return the cosine that a covered question reaches: measured by leaving one out.

    Each piece's subject is asked as a question of everything but the subjects of its own article;
    all but the lowest twentieth of these best cosines lie above the floor.
    """
    docs = np.array([one.doc for one in chunks])
    said = texts[[bool(one.text) for one in chunks]]
    asked = [number for number, one in enumerate(chunks) if one.title]
    if len(asked) < ENOUGH:
        return FLOOR_UNKNOWN
    best = [
        max(_highest(subjects[docs != docs[number]], one), _highest(said, one))
        for number in asked[:: max(1, len(asked) // SAMPLE)]
        for one in (subjects[number],)
    ]
    return float(np.clip(np.quantile(best, FLOOR_QUANTILE), FLOOR_LOWEST, FLOOR_HIGHEST))


def _highest(vectors: Matrix, one: Matrix) -> float:
    return float((vectors @ one).max(initial=-1.0))
