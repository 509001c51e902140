"""One text to learn from, with what is known of it; what is not known is not a no."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from moderation.heads.model import CATEGORIES, OUTPUTS, Logits

CONTENT = OUTPUTS[: len(CATEGORIES) + 2]
REQUEST = OUTPUTS[len(CATEGORIES) + 2 :]

HARMLESS: Mapping[str, float] = dict.fromkeys(OUTPUTS, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text, the set it is from, and for some outputs whether they apply, in 0..1."""

    text: str
    source: str
    labels: Mapping[str, float]
    weight: float = 1.0

    def row(self) -> Logits:
        """Return the label of each output, NaN where it is not known."""
        return np.asarray([self.labels.get(name, np.nan) for name in OUTPUTS], dtype=np.float32)


def said(*categories: str, whole: float = 1.0) -> Mapping[str, float]:
    """Return the labels of a harmful text of which only these categories are known."""
    return {"content": whole, **{f"content.{name}": 1.0 for name in categories}}


def asked(*categories: str, whole: float = 1.0) -> Mapping[str, float]:
    """Return the labels of a request for harm of which only these categories are known."""
    return {"request": whole, **{f"request.{name}": 1.0 for name in categories}}


def without(labels: Mapping[str, float], *categories: str) -> Mapping[str, float]:
    """Return the labels with these categories of content unknown."""
    return {k: v for k, v in labels.items() if k not in {f"content.{one}" for one in categories}}
