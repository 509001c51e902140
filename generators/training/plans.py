"""The plans of trainings on data of one's own: flat values, kept like the picture model's."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from generators.training.plan import FILE, PlanError


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlan:
    """What they share."""

    seed: int = 1
    steps: int = 600
    batch: int = 4
    rate: float = 2e-4
    warm_steps: int = 20
    keep_every_steps: int = 25
    look_every_steps: int = 25
    """So often it is measured on what is held out."""
    patience: int = 4
    """After so many looks without anything better it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPlan(OwnPlan):
    """An adapter of a language model."""

    base: str = ""
    rank: int = 16
    context_tokens: int = 1024
    """Longer conversations are left out."""
    answer_tokens: int = 64
    """Of the answers to the suite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePlan(OwnPlan):
    """An adapter of a picture model."""

    base: str = ""
    rank: int = 8
    rate: float = 1e-4
    side_px: int = 0
    """Of the pictures that are learned from and drawn; 0: the model's own."""
    draw_steps: int = 20
    """Of the pictures of the suite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GanPlan(OwnPlan):
    """A generator of small pictures."""

    steps: int = 6000
    batch: int = 32
    keep_every_steps: int = 250
    look_every_steps: int = 500
    patience: int = 6
    side_px: int = 32
    """16, 32 or 64."""
    width: int = 32
    """Channels of the finest level; each coarser one has twice as many."""
    chance: int = 64
    """Numbers that a picture is made from."""


P = TypeVar("P", bound=OwnPlan)


def settled(folder: Path, usual: P, given: Mapping[str, Any]) -> P:
    """Return the plan of a folder with what was given; only steps and patience may change later.

    Raises PlanError.
    """
    file = folder / FILE
    kept = _read(file, usual) if file.exists() else None
    named = {name: value for name, value in given.items() if value is not None}
    plan = replace(kept or usual, **named)
    if kept and replace(plan, steps=0, patience=0) != replace(kept, steps=0, patience=0):
        raise PlanError(
            f"{folder} holds a training with other settings ({FILE}): only the steps may change. "
            "Name another folder, or leave the settings out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(plan), indent=1), encoding="utf-8")
    return plan


def _read(file: Path, usual: P) -> P:
    try:
        return replace(usual, **json.loads(file.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise PlanError(f"{file} is no plan of such a training: {error}.") from error
