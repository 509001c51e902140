"""What a base says of its own search: how much words count, whether to route, and how near is near.

Everything is measured by asking the base its own questions while their own place is left out, so
that a setting is the base's and no constant of ours. What does not win there is not used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from generators.support.article import Chunk
from generators.support.lexical import Lexicon
from generators.support.routing import Labelled, Router, labelled
from generators.support.vectors import Matrix

WEIGHTS: Final = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4)
"""Of BM25, stretched to 0..1, beside the cosine."""
UNMEASURED: Final = 0.05
"""The weight where a base has neither answers nor labels enough to measure one."""
GAIN_MIN: Final = 0.005
"""What wins by less than this, in rank or in right labels, does not win."""
FLOOR_QUANTILE: Final = 0.05
"""So many of a base's own questions stay below the floor; of others, fewer than one in ten."""
FLOOR_LOWEST, FLOOR_HIGHEST = 0.3, 0.9
FLOOR_UNKNOWN = 0.45
"""The cosine that is asked for where a base is too small to measure one."""
SAMPLE: Final = 256
"""Questions that are asked at most for each figure."""
FLOOR_SAMPLE: Final = 512
TICKETS_SAMPLE: Final = 2048
"""More, because the router and the nearest ticket are right about as often."""
ENOUGH = 8
FOLDS: Final = 4

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the scores of a base's pieces are made."""

    weight: float = UNMEASURED
    router: Router | None = None
    """Knows the labels of past tickets, where there are any."""
    leads: bool = False
    """Whether the router's label comes first: only where that was right more often."""
    floor: float = FLOOR_UNKNOWN
    """What the confidence of a past ticket has to reach."""


def stretched(scores: Floats) -> Floats:
    """Return each row of scores (..., n) stretched to 0..1; all 0 where they are alike."""
    lowest = scores.min(axis=-1, keepdims=True)
    width = scores.max(axis=-1, keepdims=True) - lowest
    return (scores - lowest) / np.where(width > 0, width, 1)


def fusion(chunks: Sequence[Chunk], lexicon: Lexicon, subjects: Matrix, texts: Matrix) -> Fusion:
    """Measure how to rank the pieces, whose vectors are (n, d) each."""
    known = labelled(chunks)
    if known is not None:
        return _of_tickets(chunks, lexicon, subjects, known)
    return Fusion(weight=_of_answers(chunks, lexicon, subjects, texts))


def _of_tickets(
    chunks: Sequence[Chunk], lexicon: Lexicon, subjects: Matrix, known: Labelled
) -> Fusion:
    """Ask each fold's tickets of the others, and count where the right label comes first."""
    place = _places(known)
    right = np.zeros((2, len(WEIGHTS)))
    asked = 0
    for fold in range(FOLDS):
        left = place % FOLDS == fold
        if left.any() and not left.all():
            found, number = _right(chunks, lexicon, subjects, (known, left))
            right, asked = right + found, asked + number
    nearest, routed = right / max(1, asked)
    router = Router.fit(known, subjects)
    leads = bool(routed.max() > nearest.max())
    weight = _least(routed if leads else nearest)
    return Fusion(weight, router, leads, _floor_of_tickets(router, subjects))


def _right(
    chunks: Sequence[Chunk],
    lexicon: Lexicon,
    subjects: Matrix,
    parts: tuple[Labelled, NDArray[np.bool_]],
) -> tuple[NDArray[np.float64], int]:
    """Return how often nearest ticket and router were right, (2, weights), and of how many."""
    known, left = parts
    others = known.without(left)
    router = Router.fit(others, subjects)
    step = max(1, int(left.sum()) * FOLDS // TICKETS_SAMPLE)
    asked, truth = known.pieces[left][::step], known.labels[left][::step]
    vectors = subjects[asked]
    cosines = vectors @ subjects[others.pieces].T
    words = np.stack([lexicon.beside(chunks[one].subject)[others.pieces] for one in asked])
    right = np.zeros((2, len(WEIGHTS)))
    for at, weight in enumerate(WEIGHTS):
        scores = (cosines + weight * stretched(words)).astype(np.float32)
        found = (
            others.labels[scores.argmax(axis=1)],
            router.likeness(vectors, scores).argmax(axis=1),
        )
        right[:, at] = [(one == truth).sum() for one in found]
    return right, len(asked)


def _places(known: Labelled) -> NDArray[np.intp]:
    """Return the place of each ticket among those of its label."""
    order = np.argsort(known.labels, kind="stable")
    starts = np.searchsorted(known.labels[order], known.labels[order])
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order)) - starts
    return place


def _of_answers(
    chunks: Sequence[Chunk], lexicon: Lexicon, subjects: Matrix, texts: Matrix
) -> float:
    """Ask each question of the answers alone, and return the weight that ranks its own best."""
    asked = _questions(chunks)
    if len(asked) < ENOUGH:
        return UNMEASURED
    docs = np.array([one.doc for one in chunks])
    answers = np.array([bool(one.text) for one in chunks])
    ranks = np.zeros(len(WEIGHTS))
    for number in asked[:: max(1, len(asked) // SAMPLE)]:
        cosines = np.where(answers, texts @ subjects[number], -1).astype(np.float32)
        words = stretched(lexicon.text_scores(chunks[number].subject))
        own = answers & (docs == docs[number])
        for at, weight in enumerate(WEIGHTS):
            scores = cosines + weight * words
            ranks[at] += 1 / (1 + (scores > scores[own].max()).sum())
    return _least(ranks / len(asked[:: max(1, len(asked) // SAMPLE)]))


def _questions(chunks: Sequence[Chunk]) -> list[int]:
    """Return the pieces that have both sides, one of each document."""
    both = {one.doc: at for at, one in reversed(list(enumerate(chunks))) if one.title and one.text}
    return sorted(both.values())


def _least(figures: NDArray[np.float64]) -> float:
    """Return the smallest weight that does about as well as the best."""
    return WEIGHTS[int((figures >= figures.max() - GAIN_MIN).argmax())]


def _floor_of_tickets(router: Router, subjects: Matrix) -> float:
    """Return what `confidences` of the other tickets nine in ten of the tickets reach."""
    known = router.known
    rows = subjects[known.pieces]
    best = [
        _nearest_of_others(router, rows, one)
        for one in range(0, len(rows), max(1, len(rows) // FLOOR_SAMPLE))
    ]
    return _clipped(best) if len(best) >= ENOUGH else FLOOR_UNKNOWN


def _nearest_of_others(router: Router, rows: Matrix, one: int) -> float:
    labels = router.known.labels
    mates = labels == labels[one]
    mates[one] = False
    centres = router.centres @ rows[one]
    centre = rows[mates].sum(axis=0)
    centres[labels[one]] = centre @ rows[one] / max(float(np.linalg.norm(centre)), 1e-6)
    confidences = (rows @ rows[one] + centres[labels]) / 2
    confidences[one] = -1
    return float(confidences.max())


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
        max(
            _highest(np.where(docs != docs[number], subjects @ subjects[number], -1)),
            _highest(said @ subjects[number]),
        )
        for number in asked[:: max(1, len(asked) // FLOOR_SAMPLE)]
    ]
    return _clipped(best)


def _highest(cosines: Floats) -> float:
    return float(cosines.max(initial=-1.0))


def _clipped(best: Sequence[float]) -> float:
    return float(np.clip(np.quantile(best, FLOOR_QUANTILE), FLOOR_LOWEST, FLOOR_HIGHEST))
