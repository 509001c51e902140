"""Search by words: BM25 over the pieces, and how much of a question a piece covers.

It finds words, not meaning: a paraphrase that shares none of the article's words is not found.
BM25 scores order pieces and are no measure of confidence; `coverage` is.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol, cast

import bm25s
import numpy as np
from numpy.typing import NDArray

from generators.support.article import Chunk
from generators.support.words import informative, informative_runs, is_cjk, pairs, stem, tokens

SUBJECT_WEIGHT = 2
"""A word of the title counts as often as this many in the text."""
LEAD_WEIGHT = 1.1
"""An article's opening counts this much more than its sections, where both match alike."""
NOT_EMPTY = "\x00"
"""Stands in pieces without a word: bm25s cannot divide by a mean length of zero."""


class _Ranking(Protocol):
    def index(self, corpus: list[list[str]], *, show_progress: bool) -> None: ...
    def get_scores(self, query_tokens_single: list[str]) -> NDArray[np.float32]: ...


class Lexicon:
    """The words of some pieces, ready to be searched. Making it takes seconds for 10,000 pieces."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        """Index at least one piece."""
        bags = [tokens(one.subject) * SUBJECT_WEIGHT + tokens(one.text) for one in chunks]
        self._terms = [frozenset(bag) for bag in bags]
        self._found_in = Counter(term for bag in self._terms for term in bag)
        self._lead = np.array([1.0 if one.heading else LEAD_WEIGHT for one in chunks], np.float32)
        self._ranking = cast("_Ranking", bm25s.BM25())
        self._ranking.index([bag or [NOT_EMPTY] for bag in bags], show_progress=False)

    def scores(self, question: str) -> NDArray[np.float32]:
        """Return the BM25 score of every piece, shape (n,), 0 where no word is shared."""
        terms = [term for term in informative(question) or tokens(question) if self._known(term)]
        if not terms:
            return np.zeros(len(self._terms), dtype=np.float32)
        return self._ranking.get_scores(terms) * self._lead

    def coverage(self, question: str, number: int) -> float:
        """Return the share, 0 to 1, of the question's informative words that a piece holds.

        Words weigh by how rare they are, so that one the base has never seen weighs most.
        """
        weighed = list(self._weighed(question, self._terms[number]))
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
        found = self._found_in[term]
        return math.log(1 + (len(self._terms) - found + 0.5) / (found + 0.5))

    def _known(self, term: str) -> bool:
        return term in self._found_in


def _pairs_held(run: str, held: frozenset[str]) -> float:
    """Return the share of a run's characters that stand in a pair that is held."""
    covered = [False] * len(run)
    for at, pair in enumerate(pairs(run)):
        if pair in held:
            covered[at] = covered[at + 1] = True
    return sum(covered) / len(run)
