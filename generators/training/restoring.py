"""The recipe of the restorer: pictures drawn, steps that go on after a crash, then a folder."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from generators.engine import mender
from generators.engine.mender import Mender
from generators.training import course, drawings, things
from generators.training.course import Course, Figures
from generators.training.plan import PlanError
from generators.training.restorer import RestorerLesson, RestorerPlan
from generators.training.things import Pixels

FILE: Final = "plan.json"
STAGE: Final = "restorer"
MODEL: Final = "model"
DRAWN: Final = "drawn.npy"
"""What is learned from, kept so that a training that goes on need not draw it again."""
_HELD_OUT_EVERY: Final = 10

Watch = Callable[[str, int, int, Figures], None]
"""Hears of the stage, steps done, steps in all, and figures."""


def emoji(pictures: Path | None, *, held_out: bool = False) -> list[Pixels]:
    """Return the emoji that are learned from, or each tenth, which never is; none without a folder.

    Raises DataMissingError.
    """
    if pictures is None:
        return []
    known = things.read(pictures)
    return [
        thing.pixels for at, thing in enumerate(known) if (at % _HELD_OUT_EVERY == 0) == held_out
    ]


def trained(run: Path, plan: RestorerPlan, pasted: Sequence[Pixels], watch: Watch) -> Mender:
    """Do what is left of a training in its folder; return the averaged network."""
    pixels = torch.from_numpy(_drawn(run / DRAWN, plan, pasted))
    lesson = RestorerLesson(pixels.permute(0, 3, 1, 2).contiguous(), plan)

    def told(at: int, figures: Figures) -> None:
        watch(STAGE, at, plan.steps, figures)

    course.follow(lesson, Course(run / STAGE, plan.steps, plan.keep_every_steps), told)
    mender.write(lesson.averaged, run / MODEL)
    return lesson.averaged


def _drawn(file: Path, plan: RestorerPlan, pasted: Sequence[Pixels]) -> NDArray[np.uint8]:
    if not file.exists():
        beside = file.with_suffix(".new.npy")
        np.save(beside, drawings.drawn(plan.pictures, plan.seed, pasted))
        beside.replace(file)
    kept: NDArray[np.uint8] = np.load(file)
    return kept


def settled(run: Path, steps: int | None, seed: int | None) -> RestorerPlan:
    """Return the plan of a folder, or a new one, which is kept; only the steps may change later.

    Raises PlanError.
    """
    file = run / FILE
    kept = _read(file) if file.exists() else None
    plan = kept or (RestorerPlan() if seed is None else RestorerPlan(seed=seed))
    if seed not in {None, plan.seed}:
        raise PlanError(
            f"{run} holds a training with seed {plan.seed} ({FILE}): only the steps may change. "
            "Name another folder, or leave --seed out."
        )
    plan = plan if steps is None else replace(plan, steps=steps)
    run.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(plan), indent=1), encoding="utf-8")
    return plan


def _read(file: Path) -> RestorerPlan:
    try:
        return RestorerPlan(**json.loads(file.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise PlanError(f"{file} is no plan of a training of the restorer: {error}.") from error
