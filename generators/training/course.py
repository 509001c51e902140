"""Steps one after another, kept on disk, so that a training goes on as if nothing had ended it.

What a step draws by chance comes from the seed and the number of the step alone, so the state is
weights, averages, the optimiser and that number.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from torch import Tensor

from generators.training.log import Figures, Log

CHECKPOINT: Final = "checkpoint.pt"
_WARM_STEPS: Final = 200
_STEADY_SHARE: Final = 0.75
_AVERAGED: Final = 0.999
_STRIDE: Final = 1_000_003

State = dict[str, Any]


class Lesson(Protocol):
    """What is trained."""

    def step(self, at: int, rate: float) -> Figures:
        """Learn once, at a share of the full rate; return what to write down."""
        ...

    def state(self) -> State:
        """Return all that decides the next steps."""
        ...

    def restore(self, state: State) -> None:
        """Take such a state back."""
        ...


@dataclass(frozen=True, slots=True)
class Course:
    """Where a training is kept, how long it is, how often it is kept."""

    folder: Path
    steps: int
    keep_every_steps: int = 100
    until: int | None = None
    """Stops here if that is earlier; 0 takes what is kept and does no step."""
    warm_steps: int = _WARM_STEPS
    """So long the rate rises at the beginning."""


def follow(lesson: Lesson, course: Course, watch: Callable[[int, Figures], None]) -> None:
    """Do the steps that are left; `watch` hears of each one done, after what it made was kept."""
    course.folder.mkdir(parents=True, exist_ok=True)
    done = restored(lesson, course.folder)
    last = course.steps if course.until is None else min(course.steps, course.until)
    if done >= last:
        return
    log = Log(course.folder, done)
    for at in range(done, last):
        figures = lesson.step(at, rate_at(at, course.steps, course.warm_steps))
        log.add(at, figures)
        if (at + 1) % course.keep_every_steps == 0 or at + 1 == last:
            log.flush()
            _keep(course.folder / CHECKPOINT, {"step": at + 1, "lesson": lesson.state()})
        watch(at + 1, figures)


def restored(lesson: Lesson, folder: Path) -> int:
    """Give a lesson what was kept in a folder, if anything; return how many steps that is."""
    file = folder / CHECKPOINT
    if not file.exists():
        return 0
    kept = torch.load(file, weights_only=True)
    lesson.restore(kept["lesson"])
    return int(kept["step"])


def steps_done(folder: Path) -> int:
    """Return how many steps are kept in a folder."""
    file = folder / CHECKPOINT
    return int(torch.load(file, weights_only=True, mmap=True)["step"]) if file.exists() else 0


def rate_at(at: int, steps: int, warm_steps: int = _WARM_STEPS) -> float:
    """Return the share of the full rate: up at first, steady, and down to nothing at the end.

    Steady until the last quarter, so that a training can be made longer without starting anew.
    """
    falling = (steps - at) / max(1.0, steps * (1 - _STEADY_SHARE))
    return min(1.0, (at + 1) / warm_steps, falling)


def averaged(average: Tensor, weights: Tensor, steps: Tensor | int) -> Tensor:
    """Move an average of weights towards the weights; the fewer steps, the further.

    A fixed share of .999 would for hundreds of steps be mostly the weights of the beginning.
    """
    share = min(_AVERAGED, (1 + int(steps)) / (10 + int(steps)))
    return weights.lerp(average, share)


def chance(seed: int, at: int) -> torch.Generator:
    """Return the source of all that a step draws."""
    return torch.Generator().manual_seed(seed * _STRIDE + at)


def _keep(file: Path, state: State) -> None:
    """Write a state so that, whenever the power fails, there is a whole one."""
    beside = file.with_suffix(".new")
    with beside.open("wb") as out:
        torch.save(state, out)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
