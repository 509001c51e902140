"""From examples to heads: both models, put into the small numbers that are shipped."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from moderation.heads.fold import fold
from moderation.heads.model import OUTPUTS, WHOLE, WIDTHS, Logits
from moderation.heads.pieces import Ids, Vocabulary, buckets
from training import linear
from training.examples import Example
from training.network import Lessons, Network, trained

SEED: Final = 7
SHARE: Final = 0.75
"""The network's share of an output: it knows words by what they mean, also foreign ones."""
SHARE_HAN: Final = 0.5
"""The same for Chinese, where runs of characters tell as much."""
_STEPS: Final = 127
_RARE: Final = 3
"""A Han character that comes less often has no vector."""
_HAN: Final = ("\u3400", "\u9fff")

Arrays = Mapping[str, np.ndarray[Any, Any]]


@dataclass(frozen=True, slots=True)
class Seen:
    """Examples as both models read them."""

    ids: Sequence[Ids]
    buckets: Sequence[Ids]
    labels: Logits
    weights: Logits


def characters(folded: Iterable[str]) -> list[str]:
    """Return the Han characters that come often enough to learn a vector for, in order."""
    counts = Counter(one for text in folded for one in text if _HAN[0] <= one <= _HAN[1])
    return sorted(one for one, count in counts.items() if count >= _RARE)


def seen(examples: Sequence[Example], folded: Sequence[str], vocabulary: Vocabulary) -> Seen:
    """Look up the parts of every example."""
    return Seen(
        ids=[vocabulary.ids(text) for text in folded],
        buckets=[buckets(text) for text in folded],
        labels=np.stack([example.row() for example in examples]),
        weights=np.asarray([example.weight for example in examples], dtype=np.float32),
    )


def arrays(examples: Sequence[Example], pieces: Sequence[str], vectors: Logits) -> Arrays:
    """Train both models and return what is shipped, not yet calibrated."""
    words = Vocabulary(list(pieces))
    folded = [fold(example.text, words) for example in examples]
    han = characters(folded)
    every = [*pieces, *han]
    given = seen(examples, folded, Vocabulary(every))
    unit = np.float32(np.abs(vectors).max() / _STEPS)
    network = Network(np.rint(vectors / unit) * unit, len(han))
    trained(network, Lessons(given.ids, given.labels, given.weights), SEED)
    weights, bias = linear.fitted(given.buckets, given.labels[:, list(WHOLE)], given.weights)
    grams, grams_unit = _small(weights)
    return {
        "pieces": np.frombuffer("\n".join(every).encode(), dtype=np.uint8),
        **of_network(network, unit),
        "grams": grams,
        "grams.unit": grams_unit,
        "grams.bias": bias.astype(np.float32),
        "share": np.full(len(WHOLE), SHARE, dtype=np.float32),
        "share.han": np.full(len(WHOLE), SHARE_HAN, dtype=np.float32),
        "shift": np.zeros(len(OUTPUTS), dtype=np.float32),
        "shift.han": np.zeros(len(OUTPUTS), dtype=np.float32),
    }


def of_network(network: Network, unit: np.float32) -> Arrays:
    """Return the trained network as it is shipped."""
    vectors = network.vectors().detach().numpy()
    found: dict[str, np.ndarray[Any, Any]] = {
        "unit": np.asarray([unit]),
        "vectors": np.clip(np.rint(vectors / unit), -_STEPS, _STEPS).astype(np.int8),
        "out": network.out.weight.detach().numpy().T.astype(np.float32),
        "out.bias": network.out.bias.detach().numpy(),
    }
    for width, filters in zip(WIDTHS, network.filters, strict=True):
        weight = filters.weight.detach().numpy().transpose(2, 1, 0)
        found[f"filters.{width}"] = weight.reshape(-1, weight.shape[2]).astype(np.float16)
        found[f"filters.{width}.bias"] = filters.bias.detach().numpy()
    return found


def _small(weights: Logits) -> tuple[np.ndarray[Any, Any], Logits]:
    """Return whole numbers of -127 to 127, and what one is worth in each column."""
    unit = np.abs(weights).max(axis=0) / _STEPS
    return np.rint(weights / unit).astype(np.int8), unit.astype(np.float32)
