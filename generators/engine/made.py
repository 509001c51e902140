"""Pictures that a model made, as they are answered. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from generators.vocabulary import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG file, the seed that gives it again, and its share of the time in the model."""

    png: bytes
    seed: int
    model_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The pictures of one request; `gpu_ms` is the time in the model."""

    pictures: tuple[Picture, ...]
    gpu_ms: int
    things: int = 0
    """How many things the model knows; 0 where it keeps no vocabulary, as most do."""
    unknown: tuple[Unknown, ...] = ()
    """Words of the prompt that it never read."""
    revised: str = ""
    """What it got instead of the prompt; empty: the prompt as it was."""


def finished(made: Sequence[Picture]) -> Pictures:
    """Return the pictures of a request together."""
    total_ms = sum(picture.model_ms for picture in made)
    return Pictures(pictures=tuple(made), gpu_ms=round(total_ms))
