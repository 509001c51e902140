"""Search by words: BM25 over the pieces, and how much of a question a piece covers.

It finds words, not meaning: a paraphrase that shares none of the article's words is not found.
BM25 scores order pieces and are no measure of confidence; `coverage` is.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal, Protocol, cast

import bm25s
import numpy as np
from numpy.typing import NDArray

from generators.sentences import language
from generators.support.article import Chunk
from generators.support.words import (
    bags,
    informative,
    informative_runs,
    is_cjk,
    pairs,
    stem,
    tokens,
)

SUBJECT_WEIGHT = 2
"""A word of the title counts as often as this many in the text."""
TEXT_SHARE = 0.3
"""Beside vectors, a text counts this much of its title: a question is likely to sound alike."""
FOCUS, CHINESE_FOCUS = 3, 1
"""How often more than an idle term an informative one is asked for."""
LEAD_WEIGHT = 1.1
"""An article's opening counts this much more than its sections, where both match alike."""
NOT_EMPTY = "\x00"
"""Stands in pieces without a word: bm25s cannot divide by a mean length of zero."""

Scores = NDArray[np.float32]
_Numbered = tuple[list[list[int]], dict[str, int]]


class _Ranking(Protocol):
    def index(self, corpus: _Numbered, *, show_progress: bool) -> None: ...
    def get_scores(self, query_tokens_single: list[str]) -> Scores: ...


class Lexicon:
    """The words of some pieces, ready to be searched. Making it takes seconds for 10,000 pieces."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        """Take at least one piece; what a search needs is made when it is first needed."""
        self._chunks = tuple(chunks)
        self._lead = np.array([1.0 if one.heading else LEAD_WEIGHT for one in chunks], np.float32)

    @cached_property
    def _whole(self) -> "_Field":
        sides = zip(self._bags("subject"), self._bags("text"), strict=True)
        return _Field([subject * SUBJECT_WEIGHT + text for subject, text in sides])

    @cached_property
    def _subjects(self) -> "_Field":
        return _Field(list(self._bags("subject")))

    @cached_property
    def _texts(self) -> "_Field":
        return _Field(list(self._bags("text")))

    def _bags(self, side: Literal["subject", "text"]) -> Iterator[list[str]]:
        return bags(one.subject if side == "subject" else one.text for one in self._chunks)

    def scores(self, question: str) -> Scores:
        """Return the BM25 score of every piece, shape (n,), 0 where no word is shared."""
        return self._whole.scores(_asked(question)) * self._lead

    def beside(self, question: str) -> Scores:
        """Return scores to add to cosines: what a piece is called, and a share of what it says."""
        terms = _asked(question)
        found = self._subjects.scores(terms) + TEXT_SHARE * self._texts.scores(terms)
        return found.astype(np.float32) * self._lead

    def text_scores(self, question: str) -> Scores:
        """Return the scores of what the pieces say, whatever they are called."""
        return self._texts.scores(_asked(question))

    def coverage(self, question: str, number: int) -> float:
        """Return the share, 0 to 1, of the question's informative words that a piece holds.

        Words weigh by how rare they are, so that one the base has never seen weighs most.
        """
        held = frozenset(tokens(self._chunks[number].whole))
        weighed = list(self._weighed(question, held))
        whole = sum(weight for weight, _ in weighed)
        return sum(weight * share for weight, share in weighed) / whole if whole else 0.0

    def _weighed(self, question: str, held: frozenset[str]) -> Iterator[tuple[float, float]]:
        """Yield the weight of each word or Chinese run, and the share of it that is held."""
        for run in informative_runs(question):
            if len(run) == 1:
                continue  # a digit, a letter or a lone character says nothing by itself
            if not is_cjk(run):
                yield self._rarity(stem(run)), float(stem(run) in held)
            else:
                yield self._rarity(NOT_EMPTY) * len(run) / 2, _pairs_held(run, held)

    def _rarity(self, term: str) -> float:
        found = self._whole.found_in(term)
        return math.log(1 + (len(self._chunks) - found + 0.5) / (found + 0.5))


def _asked(question: str) -> list[str]:
    """Return the terms of a question, those that say what it is about several times.

    In Chinese what looks idle may be half a word, so that it counts for more than in English.
    """
    times = CHINESE_FOCUS if language(question) == "zh" else FOCUS
    return informative(question) * times + tokens(question)


class _Field:
    """One side of the pieces: what they are called, or what they say."""

    def __init__(self, held: Sequence[list[str]]) -> None:
        known: dict[str, int] = {}
        numbered = [[known.setdefault(term, len(known)) for term in bag] for bag in held]
        filler = known.setdefault(NOT_EMPTY, len(known))
        self._size = len(held)
        self._known = known
        self._bags = numbered
        self._ranking = cast("_Ranking", bm25s.BM25())
        self._ranking.index(([bag or [filler] for bag in numbered], known), show_progress=False)

    def scores(self, terms: Sequence[str]) -> Scores:
        known = [term for term in terms if term in self._known]
        return self._ranking.get_scores(known) if known else np.zeros(self._size, np.float32)

    def found_in(self, term: str) -> int:
        """Return how many pieces hold a term."""
        number = self._known.get(term)
        return 0 if number is None else int(self._counts[number])

    @cached_property
    def _counts(self) -> NDArray[np.intp]:
        once = (number for bag in self._bags for number in set(bag))
        return np.bincount(np.fromiter(once, np.intp), minlength=len(self._known))


def _pairs_held(run: str, held: frozenset[str]) -> float:
    """Return the share of a run's characters that stand in a pair that is held."""
    covered = [False] * len(run)
    for at, pair in enumerate(pairs(run)):
        if pair in held:
            covered[at] = covered[at + 1] = True
    return sum(covered) / len(run)
