"""Early stopping: looks now and then at what is not learned from, keeps the best, ends in time.

Only the log decides, and the best is part of what a checkpoint keeps, so a training that was killed
ends where it would have.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from torch import Tensor

from generators.training import course, log
from generators.training.course import Course, Figures, Lesson, State

HELD_OUT: Final = "held_out"
Weights = dict[str, Tensor]
Watch = Callable[[int, Figures], None]
"""Hears of a step, counted from 1, and its figures."""


class Pupil(Lesson, Protocol):
    """A lesson that can be measured."""

    def held_out(self) -> float:
        """Return a figure over what is not learned from; lower is better."""
        ...

    def weights(self) -> Weights:
        """Return what the training is for."""
        ...

    def take(self, weights: Weights) -> None:
        """Have such weights."""
        ...


@dataclass(frozen=True, slots=True)
class Looks:
    """How often is looked, and after how many looks without anything better it is over."""

    every_steps: int
    patience: int


class Looked:
    """A pupil that is looked at; its best weights are kept."""

    def __init__(self, pupil: Pupil, looks: Looks, steps: int) -> None:
        """Take the pupil, and how many steps there are in all."""
        self._pupil, self._every, self._steps = pupil, looks.every_steps, steps
        self._best = math.inf
        self._weights: Weights = {}

    def step(self, at: int, rate: float) -> Figures:
        """Learn once, and look if it is time."""
        figures = self._pupil.step(at, rate)
        if (at + 1) % self._every and at + 1 != self._steps:
            return figures
        found = self._pupil.held_out()
        if found < self._best:
            kept = {name: value.detach().clone() for name, value in self._pupil.weights().items()}
            self._best, self._weights = found, kept
        return {**figures, HELD_OUT: found}

    def state(self) -> State:
        """Return the pupil's state, and the best so far."""
        return {"pupil": self._pupil.state(), "best": self._best, "weights": self._weights}

    def restore(self, state: State) -> None:
        """Take them back."""
        self._pupil.restore(state["pupil"])
        self._best, self._weights = state["best"], state["weights"]

    def finish(self) -> float:
        """Give the pupil its best weights; return how good they are."""
        if self._weights:
            self._pupil.take(self._weights)
        return self._best


def follow(pupil: Pupil, course_: Course, looks: Looks, watch: Watch) -> float:
    """Do the steps that are left, until nothing gets better; return the best figure."""
    lesson = Looked(pupil, looks, course_.steps)
    done = course.steps_done(course_.folder)
    while done < course_.steps and not over(course_.folder, done, looks.patience):
        end = min(course_.steps, (done // looks.every_steps + 1) * looks.every_steps)
        course.follow(lesson, replace(course_, until=end), watch)
        done = end
    course.restored(lesson, course_.folder)
    return lesson.finish()


def over(folder: Path, done: int, patience: int) -> bool:
    """Tell whether nothing got better for so many looks, of the steps that are kept."""
    if not folder.joinpath(log.FILE).exists():
        return False
    kept = [line for line in log.read(folder) if line["step"] < done]
    seen = [line[HELD_OUT] for line in kept if HELD_OUT in line]
    best = min(seen, default=math.inf)
    return bool(seen) and len(seen) - 1 - seen.index(best) >= patience
