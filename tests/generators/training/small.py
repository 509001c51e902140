"""A GAN of a few thousand weights; a child of a test loads no more than it needs."""

from pathlib import Path

from generators.dataset import Row
from generators.training import early
from generators.training.course import Course, Figures
from generators.training.early import Looks
from generators.training.gan import Gan
from generators.training.plans import GanPlan

PLAN = GanPlan(
    steps=12, batch=8, rate=2e-3, side_px=16, width=8, chance=8, warm_steps=1,
    keep_every_steps=4, look_every_steps=4, patience=9,
)  # fmt: skip


def nobody(at: int, figures: Figures) -> None:
    """Watch nothing."""


def rows(pictures: Path) -> list[Row]:
    return [Row(place=file.name, picture=file) for file in sorted(pictures.glob("*.png"))]


def trained(run: Path, pictures: Path, watch: early.Watch = nobody) -> Gan:
    every = rows(pictures)
    pupil = Gan(every[::2], every[1::2], PLAN)
    kept = Course(run, PLAN.steps, PLAN.keep_every_steps, warm_steps=PLAN.warm_steps)
    early.follow(pupil, kept, Looks(PLAN.look_every_steps, PLAN.patience), watch)
    return pupil
