"""Does a message read negative? A small linear head over hashed n-grams and the heads' vectors.

English and Chinese. It ranks wording and knows no irony, no facts and no people; what it is worth
is in `docs/watch.md`. The vectors of word pieces are those of the moderation heads, so that the
weights belong to exactly one file of theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.digests.mood_pinned import HEADS, SHA256
from moderation.heads import pinned
from moderation.heads.fold import fold
from moderation.heads.model import PIECES_MAX, WINDOW_CHARS, Logits, chinese
from moderation.heads.pieces import BUCKET_BITS, Ids, Vocabulary, buckets
from moderation.heads.weights import Array, WeightsError, read

BITS: Final = 16
"""Of a bucket's number here, the upper ones of the moderation heads' buckets."""
DENSE_SCALE: Final = 0.1
"""Brings the mean vector of a text to the size of its n-grams."""
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The vectors of word pieces that the moderation heads have."""

    vocabulary: Vocabulary
    vectors: NDArray[np.float32]
    """Shape (pieces and one of zeros, d)."""

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> "Pieces":
        """Take them from the heads' weights."""
        named = bytes(arrays["pieces"]).decode().split("\n")
        vectors = arrays["vectors"].astype(np.float32) * np.float32(arrays["unit"][0])
        return cls(vocabulary=Vocabulary(named), vectors=vectors)

    def seen(self, text: str) -> tuple[Ids, Logits, bool]:
        """Return a text's buckets, its mean vector, and whether it is mainly Chinese."""
        folded = fold(text, self.vocabulary)[:WINDOW_CHARS]
        ids = self.vocabulary.ids(folded)[:PIECES_MAX]
        rows = self.vectors[ids] if len(ids) else self.vectors[-1:]
        dense = rows.mean(axis=0) * np.float32(DENSE_SCALE)
        return np.unique(buckets(folded) >> (BUCKET_BITS - BITS)), dense, chinese(folded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """The head in memory; may be asked from several threads at once."""

    pieces: Pieces
    grams: NDArray[np.int8]
    """Shape (1 << BITS,)."""
    unit: np.float32
    dense: Logits
    """Shape (d,)."""
    bias: Logits
    """For other texts, and for Chinese ones."""

    def score(self, text: str) -> float:
        """Return how negative a text reads: above 0 it counts as negative. No probability."""
        found, dense, han = self.pieces.seen(text)
        summed = self.grams[found].sum(dtype=np.int32) * self.unit / np.sqrt(max(1, len(found)))
        return float(summed + dense @ self.dense + self.bias[int(han)])


def load(folder: Path = _HERE, heads: Path | None = None) -> Mood:
    """Read the weights. Raises WeightsError."""
    if pinned.SHA256 != HEADS:
        raise WeightsError(
            "mood.safetensors was made with other heads: run python -m training.mood"
        )
    place = heads or Path(pinned.__file__).with_name("heads.safetensors")
    pieces = Pieces.of(read(place, HEADS))
    return assembled(pieces, read(folder / "mood.safetensors", SHA256))


def assembled(pieces: Pieces, arrays: Mapping[str, Array]) -> Mood:
    """Return the head that weights of these names make."""
    return Mood(
        pieces=pieces,
        grams=arrays["grams"],
        unit=np.float32(arrays["unit"][0]),
        dense=arrays["dense"],
        bias=arrays["bias"],
    )
