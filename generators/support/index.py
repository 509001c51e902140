"""One searchable base: its pieces ranked for a question, and how sure one may be of them.

With vectors, a piece's confidence is the cosine of question and piece, held against a floor that
is measured on the base itself; without, it is the share of the question's words that the piece
holds. Fused scores only order pieces: their best is always near the same value.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from generators.support.access import may_read
from generators.support.article import Chunk
from generators.support.bases import Ask, Matrix
from generators.support.lexical import Lexicon
from generators.support.measuring import Fusion, floor, fusion, stretched
from generators.tools import Passage

COVERED = 0.5
"""Share of a question's words that makes an answer, where there are no vectors."""
ANSWER_DISCOUNT = 0.1
"""An answer is a little like many questions: its cosine counts this much less than a question's."""

Scores = NDArray[np.float32]
Usable = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hit(Passage):
    """A passage with the evidence for it: a cosine or a coverage, and what it has to reach."""

    confidence: float
    floor: float
    position: int = 0
    """Where it stands among the pieces of its base: those of a document follow each other."""


class Understood(Protocol):
    """What is known of a base's meaning, wherever its vectors are."""

    @property
    def floor(self) -> float:
        """What a cosine has to reach."""
        ...

    @property
    def fusion(self) -> Fusion:
        """How scores are made."""
        ...

    def cosines(self, question: Matrix) -> tuple[Scores, Scores]:
        """Return for each piece the cosines of its two vectors with the question's (d,)."""
        ...


@dataclass(frozen=True, slots=True)
class Meaning:
    """The vectors of a base: what its pieces are about and what they say, both (n, d)."""

    subjects: Matrix
    texts: Matrix
    floor: float
    fusion: Fusion = field(default_factory=Fusion)
    rows: NDArray[np.intp] | None = None
    """Where `subjects` holds each vector once, the row of each piece in it."""

    def cosines(self, question: Matrix) -> tuple[Scores, Scores]:
        """Return for each piece the cosines of its two vectors with the question's (d,)."""
        about = self.subjects @ question
        if self.texts is self.subjects:
            return about, about
        said = self.texts @ question
        return about if self.rows is None else about[self.rows], said


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A meaning whose vectors are compared by what keeps them, each different one once."""

    ask: Ask
    subjects: NDArray[np.intp]
    """Which of the cosines that it gives is that of each piece's subject, (n,)."""
    texts: NDArray[np.intp]
    floor: float
    fusion: Fusion

    def cosines(self, question: Matrix) -> tuple[Scores, Scores]:
        """Return what `Meaning.cosines` would; raise `BasesUnreachable`."""
        found = self.ask(question)
        return found[self.subjects], found[self.texts]


class Index:
    """The pieces of one or more bases, at least one piece."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        """Index the words at once; vectors are handed in where there are any."""
        self.chunks = tuple(chunks)
        self._lexicon = Lexicon(self.chunks)
        self._restricted = [at for at, one in enumerate(self.chunks) if one.channels]

    def understood(self, subjects: Matrix, texts: Matrix) -> Meaning:
        """Return the meaning of a row for each piece, (n, d) both, with what they say of it."""
        fused = fusion(self.chunks, self._lexicon, subjects, texts)
        lowest = floor(self.chunks, subjects, texts)
        if not any(one.text and one.subject for one in self.chunks):
            return Meaning(subjects, subjects, lowest, fused)
        first: dict[str, int] = {}
        for number, one in enumerate(self.chunks):
            first.setdefault(one.subject or one.text, number)
        place = {number: row for row, number in enumerate(first.values())}
        rows = np.array([place[first[one.subject or one.text]] for one in self.chunks], np.intp)
        return Meaning(subjects[list(first.values())], texts, lowest, fused, rows)

    def by_words(self, question: str, top: int, shared: Collection[str] | None = ()) -> list[Hit]:
        """Return the best pieces by BM25 that share at least one word with the question."""
        scores = self._open(self._lexicon.scores(question), shared)
        return [
            self._hit(number, float(scores[number]), self._lexicon.coverage(question, number))
            for number in _best(scores, top)
            if scores[number] > 0
        ]

    def by_meaning(
        self,
        question: str,
        vector: Matrix,
        meaning: Understood,
        top: int,
        shared: Collection[str] | None = (),
    ) -> list[Hit]:
        """Return the best pieces by cosine with as much of BM25 as the base's measure says."""
        about, said = meaning.cosines(vector)
        scores = np.maximum(about, said - ANSWER_DISCOUNT)
        if meaning.fusion.weight:
            scores += meaning.fusion.weight * stretched(self._lexicon.beside(question))
        scores = _led(self._open(scores, shared), vector, meaning.fusion)
        cosines, floors = _confidences(np.maximum(about, said), vector, meaning)
        return [
            self._hit(number, float(scores[number]), float(cosines[number]), float(floors[number]))
            for number in _best(scores, top)
            if scores[number] > -np.inf
        ]

    def _open(self, scores: Scores, shared: Collection[str] | None) -> Scores:
        """Return the scores, -inf where the readers of the answer may not read the source."""
        closed = [at for at in self._restricted if not may_read(self.chunks[at].channels, shared)]
        if closed:
            scores[closed] = -np.inf
        return scores

    def _hit(self, number: int, score: float, confidence: float, floor: float = COVERED) -> Hit:
        one = self.chunks[number]
        text = one.text or one.subject
        return Hit(one.doc, one.title, text, score, one.public, min(confidence, 1.0), floor, number)


def _led(scores: Scores, vector: Matrix, fused: Fusion) -> Scores:
    """Put the best ticket of the router's label first, where the router leads."""
    first = fused.router.best(vector, scores) if fused.router and fused.leads else None
    if first is not None:
        scores[first] = np.nextafter(scores.max(), np.float32(np.inf))
    return scores


def _confidences(cosines: Scores, vector: Matrix, meaning: Understood) -> tuple[Scores, Scores]:
    """Return cosines and floors; a past ticket is as sure as it and its label's centre are near."""
    floors = np.full(len(cosines), meaning.floor, np.float32)
    router = meaning.fusion.router
    if router is not None:
        known = router.known
        cosines[known.pieces] += (router.centres @ vector)[known.labels]
        cosines[known.pieces] /= 2
        floors[known.pieces] = meaning.fusion.floor
    return cosines, floors


def _best(scores: Scores, top: int) -> list[int]:
    """Return the places of the highest scores; of equal ones the earlier comes first."""
    if top >= len(scores):
        return np.argsort(-scores, kind="stable").tolist()
    lowest = np.partition(scores, len(scores) - top)[len(scores) - top]
    among = np.flatnonzero(scores >= lowest)
    return among[np.argsort(-scores[among], kind="stable")][:top].tolist()
