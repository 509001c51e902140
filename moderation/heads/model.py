"""The two heads: `content`, is this text harmful, and `request`, is harm asked for; by category.

A head as a whole is a mean of two readings of a window of text: a small convolutional network
over vectors of word pieces, which knows words that mean alike, and a linear model over hashed
n-grams, which knows spellings. Scores are shifted so that 0.5 is where few harmless texts come
(`docs/heads.md` has the figures); they rank, and are no probabilities.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from moderation.heads.fold import fold
from moderation.heads.pieces import Ids, Vocabulary, each_buckets
from moderation.heads.weights import Array, read

Logits = NDArray[np.float32]

CATEGORIES: Final = ("hate", "harassment", "sexual", "violence", "self_harm")
OUTPUTS: Final = (
    *("content", *(f"content.{name}" for name in CATEGORIES), "content.illicit"),
    *("request", "request.illicit", *(f"request.{name}" for name in CATEGORIES)),
)
"""What is scored: each head as a whole, then by category."""
WHOLE: Final = tuple(OUTPUTS.index(name) for name in ("content", "content.illicit", "request"))
"""The outputs that the linear model reads, too; the others only say of which kind a harm is."""
WIDTHS: Final = (1, 2, 3)
"""How many pieces each filter of the network sees."""
WINDOW_CHARS: Final = 480
PIECES_MAX: Final = 160
"""Pieces that the network reads of one window."""
AT_ONCE: Final = 64
"""Windows that are read together, so that a long text needs no more memory than a short one."""
HIGHEST_SHARE: Final = 0.75
"""How much the worst window counts; the rest is their mean."""

HAN_SHARE: Final = 5
_FIRST_HAN: Final = 0x3400
_LAST_HAN: Final = 0x9FFF
_END: Final = re.compile(r"(?<=[.!?;。！？；])\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Weights in memory; scores may be asked from several threads at once."""

    vocabulary: Vocabulary
    vectors: NDArray[np.int8]
    """One row for each piece, shape (pieces, d), and a row of zeros at the end."""
    unit: np.float32
    """What a step of the vectors' values is worth."""
    filters: Logits
    """Side by side for each width and each place in it, shape (d, filters * sum of WIDTHS)."""
    filters_bias: Logits
    """In the columns of each width's first place, nothing in the others."""
    out: tuple[Logits, Logits]
    """Weights of shape (features, outputs) and biases."""
    grams: NDArray[np.int8]
    """Shape (buckets, WHOLE)."""
    grams_unit: Logits
    grams_bias: Logits
    share: Logits
    """How much the network counts where the linear model is read, too, shape (WHOLE)."""
    share_han: Logits
    """The same for Chinese."""
    shift: Logits
    """By output: a logit plus its shift is 0 where few harmless texts come."""
    shift_han: Logits
    """The same for Chinese."""

    def logits(self, text: str) -> Logits:
        """Return the calibrated logit of each output, over all windows of a text."""
        cut = list(windows(fold(text, self.vocabulary)))
        parts = [self._read(cut[at : at + AT_ONCE]) for at in range(0, len(cut), AT_ONCE)]
        each = np.concatenate(parts)
        return HIGHEST_SHARE * each.max(axis=0) + (1 - HIGHEST_SHARE) * each.mean(axis=0)

    def _read(self, cut: Sequence[str]) -> Logits:
        """Return the calibrated outputs for each window, shape (windows, outputs)."""
        outputs = self.network([self.vocabulary.ids(window)[:PIECES_MAX] for window in cut])
        han = np.asarray([chinese(window) for window in cut])[:, None]
        share = np.where(han, self.share_han, self.share)
        whole = list(WHOLE)
        outputs[:, whole] *= share
        outputs[:, whole] += (1 - share) * self.linear(*each_buckets(cut))
        return outputs + np.where(han, self.shift_han, self.shift)

    def linear(self, found: Ids, counts: Ids) -> Logits:
        """Return the linear model's outputs for each window, from their buckets and how many."""
        summed = np.empty((len(counts), self.grams.shape[1]), np.float32)
        ends = np.cumsum(counts).tolist()
        for row, (start, end) in enumerate(pairwise([0, *ends])):
            summed[row] = np.add.reduce(self.grams[found[start:end]], axis=0, dtype=np.int32)
        root = np.sqrt(np.maximum(1, counts)).astype(np.float32)[:, None]
        return summed * self.grams_unit / root + self.grams_bias

    def network(self, ids: Sequence[Ids]) -> Logits:
        """Return the network's outputs for each window, from the numbers of its pieces."""
        edge = np.full(max(WIDTHS) - 1, len(self.vectors) - 1)
        apart = [part for each in ids for part in (edge, each)]
        rows = self.vectors[np.concatenate([*apart, edge])].astype(np.float32) * self.unit
        counts = np.asarray([len(each) for each in ids])
        ends = np.cumsum(counts + len(edge))
        spans = list(zip((ends - counts).tolist(), ends.tolist(), strict=True))
        highest, summed = _pooled(rows @ self.filters + self.filters_bias, spans)
        root = (2 * np.sqrt(np.maximum(1, counts)))[:, None].astype(np.float32)
        weight, bias = self.out
        return np.concatenate([highest, summed / root], axis=1) @ weight + bias


def _pooled(parts: Array, spans: Sequence[tuple[int, int]]) -> tuple[Logits, Logits]:
    """Return each filter's highest value in each span of rows and its sum, nothing below 0.

    `parts` holds for each row what each place of each filter makes of it; a filter's value is the
    sum over its places. Rows of zeros lie between the spans, and a filter reads all it can reach.
    """
    depth = parts.shape[1] // sum(WIDTHS)
    shape = (len(spans), depth * len(WIDTHS))
    highest, summed = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for number, width in enumerate(WIDTHS):
        first = sum(WIDTHS[:number]) * depth
        runs = len(parts) - width + 1
        seen = parts[:runs, first : first + depth]
        for at in range(1, width):
            seen = seen + parts[at : at + runs, first + at * depth : first + (at + 1) * depth]
        seen = np.maximum(seen, 0)
        columns = slice(number * depth, (number + 1) * depth)
        for row, (start, end) in enumerate(spans):
            span = seen[start - width + 1 : end]
            np.maximum.reduce(span, axis=0, initial=0, out=highest[row, columns])
            np.add.reduce(span, axis=0, out=summed[row, columns])
    return highest, summed


def chinese(folded: str) -> bool:
    """Tell whether more than a fifth of the text is Han characters.

    >>> chinese("重启 nginx"), chinese("the 狗 barks")
    (True, False)
    """
    if folded.isascii():
        return False
    codes = np.frombuffer(folded.encode("utf-32-le", "replace"), dtype=np.uint32)
    han = np.count_nonzero((codes >= _FIRST_HAN) & (codes <= _LAST_HAN))
    return len(folded) < HAN_SHARE * int(han)


def windows(folded: str) -> Iterator[str]:
    """Cut text into windows of whole sentences; a longer sentence is cut where it must be."""
    window = ""
    for sentence in _END.split(folded):
        for start in range(0, len(sentence), WINDOW_CHARS):
            part = sentence[start : start + WINDOW_CHARS]
            if window and len(window) + len(part) > WINDOW_CHARS:
                yield f" {window} "
                window = ""
            window = f"{window} {part}".strip()
    yield f" {window} "


def load(file: Path, sha256: str) -> Heads:
    """Read the weights; raises WeightsError."""
    return assembled(read(file, sha256))


def assembled(arrays: Mapping[str, Array]) -> Heads:
    """Return the heads that weights of these names make."""
    wide: Mapping[str, Any] = {
        name: array if array.dtype.kind in "iu" else array.astype(np.float32)
        for name, array in arrays.items()
    }
    places = [place for width in WIDTHS for place in _places(wide, width)]
    return Heads(
        vocabulary=Vocabulary(bytes(wide["pieces"]).decode().split("\n")),
        vectors=wide["vectors"],
        unit=np.float32(arrays["unit"][0]),
        filters=np.concatenate([part for part, _ in places], axis=1),
        filters_bias=np.concatenate([bias for _, bias in places]),
        out=(wide["out"], wide["out.bias"]),
        grams=wide["grams"],
        grams_unit=wide["grams.unit"],
        grams_bias=wide["grams.bias"],
        share=wide["share"],
        share_han=wide["share.han"],
        shift=wide["shift"],
        shift_han=wide["shift.han"],
    )


def _places(wide: Mapping[str, Any], width: int) -> Iterator[tuple[Logits, Logits]]:
    """Yield the weights for each place that filters of a width see, and the bias with the first."""
    bias: Logits = wide[f"filters.{width}.bias"]
    for at, part in enumerate(np.split(wide[f"filters.{width}"], width)):
        yield part, np.zeros_like(bias) if at else bias
