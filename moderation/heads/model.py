"""The two heads: `content`, is this text harmful, and `request`, is harm asked for; by category.

A head as a whole is the mean of two readings of a window of text: a small convolutional network
over vectors of word pieces, which knows words that mean alike, and a linear model over hashed
n-grams, which knows spellings. Scores are shifted so that 0.5 is where few harmless texts come
(`docs/heads.md` has the figures); they rank, and are no probabilities.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from moderation.heads.fold import fold
from moderation.heads.pieces import Ids, Vocabulary, buckets
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
HIGHEST_SHARE: Final = 0.75
"""How much the worst window counts; the rest is their mean."""

HAN_SHARE: Final = 5
_HAN: Final = re.compile("[\u3400-\u9fff]")
_END: Final = re.compile(r"(?<=[.!?;。！？；])\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Weights in memory; scores may be asked from several threads at once."""

    vocabulary: Vocabulary
    vectors: NDArray[np.int8]
    """One row for each piece, shape (pieces, d), and a row of zeros at the end."""
    unit: float
    """What a step of the vectors' values is worth."""
    filters: tuple[tuple[Logits, Logits], ...]
    """For each width weights of shape (width * d, filters) and biases."""
    out: tuple[Logits, Logits]
    """Weights of shape (features, outputs) and biases."""
    grams: NDArray[np.int8]
    """Shape (buckets, WHOLE)."""
    grams_unit: Logits
    grams_bias: Logits
    share: Logits
    """How much the network counts where the linear model is read, too, shape (WHOLE)."""
    shift: Logits
    """By output: a logit plus its shift is 0 where few harmless texts come."""
    shift_han: Logits
    """The same for Chinese."""

    def logits(self, text: str) -> Logits:
        """Return the calibrated logit of each output, over all windows of a text."""
        folded = fold(text, self.vocabulary)
        each = np.stack([self._window(window) for window in windows(folded)])
        return HIGHEST_SHARE * each.max(axis=0) + (1 - HIGHEST_SHARE) * each.mean(axis=0)

    def _window(self, folded: str) -> Logits:
        outputs = self.network(self.vocabulary.ids(folded)[:PIECES_MAX])
        whole = list(WHOLE)
        outputs[whole] *= self.share
        outputs[whole] += (1 - self.share) * self.linear(buckets(folded))
        return outputs + (self.shift_han if chinese(folded) else self.shift)

    def linear(self, found: Ids) -> Logits:
        """Return the linear model's outputs for the buckets of a window."""
        if not len(found):
            return self.grams_bias
        summed = self.grams[found].sum(axis=0, dtype=np.int32).astype(np.float32)
        return summed * self.grams_unit / np.float32(np.sqrt(len(found))) + self.grams_bias

    def network(self, ids: Ids) -> Logits:
        """Return the network's outputs for the pieces of a window."""
        wide = max(WIDTHS) - 1
        edge = np.full(wide, len(self.vectors) - 1)
        rows = self.vectors[np.concatenate([edge, ids, edge])].astype(np.float32) * self.unit
        root = np.float32(max(1, len(ids)) ** 0.5 * 2)
        seen = [
            _convolved(rows[wide - width + 1 : len(rows) - wide + width - 1], weight, bias)
            for width, (weight, bias) in zip(WIDTHS, self.filters, strict=True)
        ]
        highest = [each.max(axis=0) for each in seen]
        features = np.concatenate([*highest, *(each.sum(axis=0) / root for each in seen)])
        weight, bias = self.out
        return features @ weight + bias


def _convolved(rows: Logits, weight: Logits, bias: Logits) -> Logits:
    """Return what filters make of each run of rows, shape (runs, filters), nothing below 0."""
    depth = rows.shape[1]
    width = weight.shape[0] // depth
    runs = len(rows) - width + 1
    if runs < 1:
        return np.zeros((1, weight.shape[1]), dtype=np.float32)
    beside = np.concatenate([rows[at : at + runs] for at in range(width)], axis=1)
    return np.maximum(beside @ weight + bias, 0)


def chinese(folded: str) -> bool:
    """Tell whether more than a fifth of the text is Han characters.

    >>> chinese("重启 nginx"), chinese("the 狗 barks")
    (True, False)
    """
    return len(folded) < HAN_SHARE * len(_HAN.findall(folded))


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
    return Heads(
        vocabulary=Vocabulary(bytes(wide["pieces"]).decode().split("\n")),
        vectors=wide["vectors"],
        unit=float(arrays["unit"][0]),
        filters=tuple((wide[f"filters.{w}"], wide[f"filters.{w}.bias"]) for w in WIDTHS),
        out=(wide["out"], wide["out.bias"]),
        grams=wide["grams"],
        grams_unit=wide["grams.unit"],
        grams_bias=wide["grams.bias"],
        share=wide["share"],
        shift=wide["shift"],
        shift_han=wide["shift.han"],
    )
