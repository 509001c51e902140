"""A picture classifier behind HTTP, ours or one that answers alike: what a picture shows.

Settings say what each label means: `safe`, or the category that its score counts for. Scores are
what it is asked for, and the picture is never changed. What is not such an answer is an error.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from generators.draft import Image
from moderation.finding import Finding
from moderation.served import Served
from moderation.stages import CLASSIFY

SAFE: Final = "safe"
_UNFIT: Final = re.compile(r"[^a-z0-9]+")
_NAME_CHARS: Final = 40


class ClassifierError(Exception):
    """The server did not answer as a classifier does; never quotes it."""


class _Label(BaseModel):
    model_config = ConfigDict(strict=True)

    label: str
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Scores(BaseModel):
    model_config = ConfigDict(strict=True)

    labels: Annotated[list[_Label], Field(min_length=1, max_length=1000)]


class Classifier:
    """Asks one model about one picture at a time."""

    def __init__(self, served: Served, labels: Mapping[str, str]) -> None:
        """Take the model as it is served, and what its labels mean."""
        self._served = served
        self._meanings = dict(labels)

    @property
    def name(self) -> str:
        """Name the classifier as reports do."""
        return "classifier"

    async def close(self) -> None:
        """Close the connections."""
        await self._served.close()

    async def seen(self, picture: Image) -> Sequence[Finding]:
        """Return a finding for each category, with the sum of the scores that count for it.

        A label that the settings do not name is `image.<label>`. Raises ClassifierError,
        GenerationError, ValidationError.
        """
        body = {
            "model": self._served.model,
            "image": base64.b64encode(picture.png).decode(),
            "labels": list(self._meanings),
        }
        asking = self._served.client.post("/images/classifications", cast_to=object, body=body)
        answer = _Scores.model_validate(await self._served.counted(CLASSIFY, asking))
        scores = {one.label: one.score for one in answer.labels}
        if len(scores) != len(answer.labels) or not scores.keys() >= self._meanings.keys():
            raise ClassifierError("a label is there twice, or not at all")
        return [
            Finding(category=category, detector=self.name, score=min(1.0, score))
            for category, score in self._sums(scores).items()
        ]

    def _sums(self, scores: Mapping[str, float]) -> Mapping[str, float]:
        sums: dict[str, float] = {}
        for label, score in scores.items():
            category = self._meanings.get(label, f"image.{_slug(label)}")
            if category != SAFE:
                sums[category] = sums.get(category, 0.0) + score
        return sums


def _slug(label: str) -> str:
    """Return a label as a part of a category's name.

    >>> _slug("Graphic Violence!"), _slug("血腥")
    ('graphic_violence', 'other')
    """
    return _UNFIT.sub("_", label.lower()).strip("_")[:_NAME_CHARS] or "other"
