"""Folded text as numbers: pieces of words for the network, buckets of n-grams for the linear part.

Both are linear in the length of the text.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Hashes = NDArray[np.uint64]

BUCKET_BITS: Final = 19
SPAN: Final = 5
"""The longest run of characters that is looked up."""
LATIN: Final = frozenset({3, 4, 5})
HAN: Final = frozenset({1, 2, 3})
"""Lengths of runs without and with a Chinese, Japanese or Korean character."""

_WORD: Final = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")
_SPOKEN: Final = re.compile(r"[a-z0-9']+")
_FIRST_HAN: Final = 0x2E80
_LONGEST_PIECE: Final = 18
_PRIME: Final = np.uint64(0x100000001B3)
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(64 - BUCKET_BITS)
"""FNV's prime rolls a hash along; Fibonacci hashing (Knuth, 6.4) spreads it over the buckets."""
_BITS: Final = np.uint64(BUCKET_BITS)
_LOW: Final = np.uint64((1 << BUCKET_BITS) - 1)


class Vocabulary:
    """The pieces that have a vector: words, ends of words behind `##`, single Han characters."""

    def __init__(self, pieces: list[str]) -> None:
        """Take the pieces, numbered as they come."""
        self._numbers: Mapping[str, int] = {piece: at for at, piece in enumerate(pieces)}

    def __contains__(self, word: object) -> bool:
        """Tell whether a word is a piece by itself."""
        return word in self._numbers

    def ids(self, folded: str) -> Ids:
        """Return the numbers of the pieces in folded text; what is in no piece is left out."""
        numbers = [number for word in _WORD.findall(folded) for number in self._word(word)]
        return np.asarray(numbers, dtype=np.int64)

    def _word(self, word: str) -> tuple[int, ...]:
        whole = self._numbers.get(word)
        return (whole,) if whole is not None else tuple(self._cut(word))

    def _cut(self, word: str) -> Iterator[int]:
        """Yield the longest pieces from the left, as WordPiece does; nothing where one fails."""
        found, at = list[int](), 0
        while at < len(word):
            mark = "##" if at else ""
            ends = range(min(len(word), at + _LONGEST_PIECE), at, -1)
            end = next((end for end in ends if mark + word[at:end] in self._numbers), 0)
            if not end:
                return
            found.append(self._numbers[mark + word[at:end]])
            at = end
        yield from found


def buckets(folded: str) -> Ids:
    """Return the buckets of all words, pairs of words and short runs of characters, each once."""
    return each_buckets([folded])[0]


def each_buckets(texts: Sequence[str]) -> tuple[Ids, Ids]:
    """Return the buckets of every text, one text after the other, and how many each has."""
    owners = np.repeat(_numbers(texts), [len(text) for text in texts])
    parts = [*_runs("".join(texts), owners), _words(texts)]
    hashes = np.concatenate([each for each, _ in parts])
    of = np.concatenate([each for _, each in parts])
    keys = np.unique(of << _BITS | (hashes * _GOLDEN) >> _SHIFT)
    counts = np.bincount((keys >> _BITS).astype(np.int64), minlength=len(texts))
    return (keys & _LOW).astype(np.int64), counts


def _runs(joined: str, owners: Hashes) -> Iterator[tuple[Hashes, Hashes]]:
    """Yield the hashes of all runs of one length, and of which text each is; none is of two."""
    raw = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
    codes = raw.astype(np.uint64)
    before = np.concatenate([[0], np.cumsum(raw >= _FIRST_HAN)])
    rolled = np.zeros(len(codes), dtype=np.uint64)
    for length in range(1, min(SPAN, len(codes)) + 1):
        first = len(codes) - length + 1
        rolled = rolled[:first] * _PRIME + codes[length - 1 :]
        if not before[-1] and length not in LATIN:
            continue
        foreign = before[length:] > before[:-length]
        kept = foreign & (length in HAN) | ~foreign & (length in LATIN)
        kept &= owners[:first] == owners[length - 1 :]
        yield rolled[kept] + np.uint64(length), owners[:first][kept]


def _words(texts: Sequence[str]) -> tuple[Hashes, Hashes]:
    """Return the hashes of all words and pairs of neighbours, and of which text each is."""
    hashes, counts = list[int](), list[int]()
    for text in texts:
        words = _SPOKEN.findall(text)
        pairs = [f"{one} {other}" for one, other in pairwise(words)]
        hashes += [zlib.crc32(each.encode()) for each in (*words, *pairs)]
        counts.append(len(words) + len(pairs))
    return np.asarray(hashes, dtype=np.uint64) * _PRIME, np.repeat(_numbers(texts), counts)


def _numbers(texts: Sequence[str]) -> Hashes:
    return np.arange(len(texts), dtype=np.uint64)
