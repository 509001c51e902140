"""A picture classifier: a picture in, a score for each label out; never a changed picture.

Two families: what `AutoModelForImageClassification` loads, with labels of its own; and CLIP, which
takes sentences for labels, and says how well each fits the picture beside the others.
"""

import io
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image, UnidentifiedImageError
from typing_extensions import override

from generators.engine.errors import BadRequest
from generators.engine.gather import Job
from generators.engine.wire import ClassifyAsk

MAX_PIXELS = 25_000_000
"""As many as the gate takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The score of each label in 0..1; `gpu_ms` is the time in the model."""

    scores: Mapping[str, float]
    gpu_ms: int


class Classifier(ABC):
    """What a slot for classifiers holds; `job` on the event loop, `look` on one thread."""

    def job(self, ask: ClassifyAsk) -> Job[ClassifyAsk, Looked, Looked]:
        """Turn a request into work: one picture, alone."""
        return Job(
            parts=[ask],
            key=None,
            cost=1,
            make=lambda pieces: [self.look(piece.part) for piece in pieces],
            finish=lambda made: made[0],
            most=lambda: 1,
        )

    @abstractmethod
    def look(self, ask: ClassifyAsk) -> Looked:
        """Return the scores of a picture. Raises BadRequest."""


class OwnLabels(Classifier):
    """A model with labels of its own: softmax, or a sigmoid each where they exclude nothing."""

    def __init__(self, model: Any, processor: Any) -> None:  # noqa: ANN401 - wide unions
        """Take the model and what prepares pictures for it."""
        self._model = model
        self._processor = processor
        self._labels = [str(model.config.id2label[n]) for n in range(model.config.num_labels)]
        self._several = model.config.problem_type == "multi_label_classification"

    @override
    def look(self, ask: ClassifyAsk) -> Looked:
        """Return the score of each of its labels. Raises BadRequest."""
        if missing := set(ask.labels) - set(self._labels):
            raise BadRequest(f"'labels': this model has no label {min(missing)}.", param="labels")
        began = time.perf_counter()
        with torch.inference_mode():
            inputs = self._processor(images=opened(ask.png), return_tensors="pt")
            logits = self._model(**inputs.to(self._model.device)).logits[0].float().cpu()
        shares = logits.sigmoid() if self._several else logits.softmax(dim=-1)
        return Looked(scores=_scores(self._labels, shares), gpu_ms=_since(began))


class AnyLabels(Classifier):
    """CLIP: how well each label fits the picture, all labels together making 1."""

    def __init__(self, model: Any, processor: Any) -> None:  # noqa: ANN401 - wide unions
        """Take the model and what prepares pictures and words for it."""
        self._model = model
        self._processor = processor

    @override
    def look(self, ask: ClassifyAsk) -> Looked:
        """Return the score of each label that was asked for. Raises BadRequest."""
        if len(ask.labels) < 2:  # noqa: PLR2004 - one alone would always make 1
            raise BadRequest("'labels': this model needs two or more.", param="labels")
        began = time.perf_counter()
        with torch.inference_mode():
            inputs = self._processor(
                text=list(ask.labels),
                images=opened(ask.png),
                return_tensors="pt",
                padding=True,
                truncation=True,
            )
            logits = self._model(**inputs.to(self._model.device)).logits_per_image[0].float().cpu()
        return Looked(scores=_scores(ask.labels, logits.softmax(dim=-1)), gpu_ms=_since(began))


def opened(data: bytes) -> Image.Image:
    """Return a picture in RGB; what is transparent is as it would be without. Raises BadRequest."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise BadRequest("'image': it has too many pixels.", param="image")
            return picture.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadRequest("'image': it is not a PNG that can be read.", param="image") from error


def _scores(labels: Sequence[str], shares: torch.Tensor) -> dict[str, float]:
    if not bool(torch.isfinite(shares).all()):
        raise ArithmeticError("a score is no number")
    return dict(zip(labels, shares.tolist(), strict=True))


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
