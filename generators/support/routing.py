"""Which label a question belongs to, learnt from past tickets that people answered.

Two views are added: how near the nearest tickets of a label are, and where linear discriminant
analysis puts the question (Fisher 1936; the covariance is shrunk towards a multiple of the unit
matrix, Friedman 1989), which is solved in one step and so follows every approval at once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generators.support.article import Chunk
from generators.support.vectors import Matrix

SHRINK = 0.3
NEARNESS = 0.03
"""Of two tickets whose cosines are further apart than this, the nearer one decides alone."""
TEMPERATURE = 20.0
SHARE = 0.2
"""What the discriminant counts beside a cosine."""
EXAMPLES_MIN = 3
"""Fewer tickets a label than this on average, and there is nothing to learn from."""

Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The pieces that carry a label, one of each document, and the number of each one's label."""

    pieces: Numbers
    labels: Numbers
    count: int

    def without(self, left_out: NDArray[np.bool_]) -> "Labelled":
        """Return the others."""
        return Labelled(self.pieces[~left_out], self.labels[~left_out], self.count)


def labelled(chunks: Sequence[Chunk]) -> Labelled | None:
    """Return the past tickets among some pieces; None where they are too few to learn from.

    Documents that are answered by the same words are of one label, whether or not it has a name.
    """
    firsts = {one.doc: number for number, one in reversed(list(enumerate(chunks)))}
    told = {number: _label(chunks[number]) for number in sorted(firsts.values())}
    shared = Counter(told.values())
    kept = {number: name for number, name in told.items() if name and shared[name] > 1}
    names = {name: at for at, name in enumerate(dict.fromkeys(kept.values()))}
    if len(names) <= 1 or len(kept) < EXAMPLES_MIN * len(names):
        return None
    numbers = np.array([names[name] for name in kept.values()], np.intp)
    return Labelled(np.array(list(kept), np.intp), numbers, len(names))


def _label(one: Chunk) -> str:
    return f"label {one.label}" if one.label else f"answer {one.text}" if one.text else ""


@dataclass(frozen=True, slots=True)
class Router:
    """A fitted router: `centres` (labels, d) of length 1, and the discriminant (d, labels)."""

    known: Labelled
    centres: Matrix
    weights: Matrix
    offsets: Matrix

    @classmethod
    def fit(cls, known: Labelled, subjects: Matrix) -> "Router":
        """Fit to the vectors of all pieces (n, d); takes O(n d^2)."""
        rows = subjects[known.pieces]
        sums = np.zeros((known.count, rows.shape[1]), np.float32)
        np.add.at(sums, known.labels, rows)
        sizes = np.bincount(known.labels, minlength=known.count)[:, None]
        means = sums / np.maximum(sizes, 1)
        apart = rows - means[known.labels]
        spread = apart.T @ apart / len(rows)
        level = max(float(np.trace(spread)) / len(spread), 1e-6)
        shrunk = (1 - SHRINK) * spread + SHRINK * level * np.eye(len(spread), dtype=np.float32)
        weights = np.linalg.solve(shrunk, means.T).astype(np.float32)
        offsets = -0.5 * np.einsum("cd,dc->c", means, weights)
        norms = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
        offsets[sizes[:, 0] == 0] = -np.inf
        return cls(known, means / norms, weights, offsets)

    def likeness(self, vectors: Matrix, scores: Matrix) -> Matrix:
        """Return for questions (m, d) how like each label they are, shape (m, labels).

        `scores` are those of the labelled pieces, shape (m, labelled): -inf where one is not
        to be used; a label of which none is to be used is -inf.
        """
        near = np.exp((scores - 1) / NEARNESS)
        sums = np.stack([np.bincount(self.known.labels, row, self.known.count) for row in near])
        sizes = np.maximum(np.bincount(self.known.labels, minlength=self.known.count), 1)
        with np.errstate(divide="ignore"):
            nearest = NEARNESS * np.log(sums / sizes)
        placed = _shares((vectors @ self.weights + self.offsets) / TEMPERATURE)
        return (nearest + SHARE * placed).astype(np.float32)

    def best(self, vector: Matrix, scores: NDArray[np.floating]) -> int | None:
        """Return the piece to put first, of all pieces' scores (n,); None where none may be."""
        own = scores[self.known.pieces].astype(np.float32)
        label = int(self.likeness(vector[None], own[None])[0].argmax())
        of_label = np.where(self.known.labels == label, own, -np.inf)
        at = int(of_label.argmax())
        return None if np.isneginf(of_label[at]) else int(self.known.pieces[at])


def _shares(logits: Matrix) -> Matrix:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
