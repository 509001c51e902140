"""Trainings on data of one's own, and what they are worth: the parts of the command line for them.

The data were judged before: `--run` holds what was let in.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from generators import material
from generators.adapters import Shelf
from generators.engine.hub import Kind, NoModel
from generators.engine.resolve import resolve
from generators.material import Material
from generators.training import course, early, faithful, folder, manifold, measures
from generators.training.candidates import offered
from generators.training.course import Course, Figures
from generators.training.early import HELD_OUT, Looks, Pupil
from generators.training.gan import Gan, drawn, loaded, read
from generators.training.image_lora import ImageLora
from generators.training.plan import PlanError
from generators.training.plans import GanPlan, ImagePlan, OwnPlan, TextPlan, settled
from generators.training.shown import Shown
from generators.training.squares import tensor
from generators.training.text_lora import TextLora

STEPS: Final = "steps"
MODEL: Final = "model"
GRIDS: Final = "grids"
LATEST: Final = "latest.png"
SAMPLES: Final = "samples.jsonl"
SUITE: Final = "suite.json"
_SHOWN: Final = 4
_GRID: Final = 64
_MADE: Final = 256
_SAMPLE_TOKENS: Final = 64

Look = Callable[[], None]
"""Shows what the training can do by now."""


def text_lora(given: argparse.Namespace) -> int:
    """Train an adapter of a language model, and offer it."""
    plan = settled(given.run, TextPlan(), _asked(given, "base", "rank"))
    learned = material.read(given.run)
    pupil = _text(plan, learned)
    some = learned.held_out[:_SHOWN]

    def look() -> None:
        told = [
            {"asked": row.turns[-2].content, "answer": pupil.answer(row.turns[:-1], _SAMPLE_TOKENS)}
            for row in some
        ]
        lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in told)
        given.run.joinpath(SAMPLES).write_text(lines, encoding="utf-8")

    return _adapter(given, plan, pupil, learned, look)


def image_lora(given: argparse.Namespace) -> int:
    """Train an adapter of a picture model, and offer it."""
    plan = settled(given.run, ImagePlan(), _asked(given, "base", "rank", "side_px"))
    learned = material.read(given.run)
    pupil = ImageLora(_base(plan.base, "image"), learned.learned, learned.held_out, plan)

    def look() -> None:
        pictures = [tensor(pupil.drawn(caption, plan.seed)) for caption in pupil.asked[:_SHOWN]]
        folder.grid(torch.stack(pictures), given.run / GRIDS / LATEST, columns=_SHOWN)

    return _adapter(given, plan, pupil, learned, look)


def gan(given: argparse.Namespace) -> int:
    """Train a generator of small pictures; draw some, if they were asked for."""
    plan = settled(given.run, GanPlan(), _asked(given, "side_px"))
    learned = material.read(given.run)
    pupil = Gan(learned.learned, learned.held_out, plan)

    def look() -> None:
        folder.grid(pupil.drawn(_GRID, plan.seed), given.run / GRIDS / LATEST)

    best = _followed(given.run, plan, pupil, look)
    pupil.write(given.run / MODEL)
    look()
    if given.samples:
        _kept(pupil.drawn(given.samples, plan.seed + 1), given.run / "samples", learned)
    _tell({"model": str(given.run / MODEL), "lacking": best})
    return 0


def evaluate_gan(given: argparse.Namespace) -> int:
    """Print precision, recall, and how near made pictures are to those that were learned."""
    model, plan = loaded(given.run / MODEL)
    learned = material.read(given.run)
    real, held = read(learned.learned, plan.side_px), read(learned.held_out, plan.side_px)
    made = drawn(model, plan, _MADE, plan.seed + 2)
    apart = torch.cdist(manifold.features(made), manifold.features(real))
    nearest = real[apart.argmin(dim=1)]
    ours, ceiling = manifold.covered(made, held), manifold.covered(real, held)
    told = {
        "made": len(made), "learned": len(real), "held_out": len(held),
        "feature": manifold.FEATURE, "neighbours": manifold.NEIGHBOURS,
        "precision": ours.precision, "recall": ours.recall,
        "precision_of_real": ceiling.precision, "recall_of_real": ceiling.recall,
        "nearest_psnr_db": measures.psnr_db(made, nearest),
        "nearest_ssim": float(measures.ssim(made, nearest)),
    }  # fmt: skip
    given.run.joinpath(MODEL, "evaluation.json").write_text(json.dumps(told), encoding="utf-8")
    _tell(told)
    return 0


def evaluate_text(given: argparse.Namespace) -> int:
    """Print perplexity and faithfulness on what was held out, of the adapter and of its base."""
    plan = settled(given.run, TextPlan(), {})
    learned = material.read(given.run)
    pupil = _text(plan, learned)
    told: dict[str, Any] = {"base": _worth(pupil, learned, None)}
    if given.adapter:
        told["adapter"] = _worth(pupil, learned, given.adapter)
    _tell({"held_out": len(learned.held_out), **told})
    return 0


def _worth(pupil: TextLora, learned: Material, adapter: Path | None) -> dict[str, Any]:
    with pupil.before(adapter):
        perplexity = math.exp(pupil.held_out())
        return {"perplexity": perplexity, **faithful.measured(pupil, learned.held_out).table()}


def _text(plan: TextPlan, learned: Material) -> TextLora:
    return TextLora(_base(plan.base, "text"), learned.learned, learned.held_out, plan)


def _adapter(
    given: argparse.Namespace,
    plan: TextPlan | ImagePlan,
    pupil: TextLora | ImageLora,
    learned: Material,
    look: Look,
) -> int:
    before = time.process_time()
    _followed(given.run, plan, pupil, look)
    seconds = time.process_time() - before
    prompts = json.loads(given.run.joinpath(SUITE).read_text(encoding="utf-8"))
    told = (learned.summary, course.steps_done(given.run / STEPS), seconds)
    version, card = offered(pupil, Shelf(given.shelf), plan, prompts, told)
    _tell(
        {
            "name": given.shelf.name, "candidate": version, "steps": card.steps,
            "held_out": card.held_out, "held_out_before": card.held_out_before,
        }
    )  # fmt: skip
    return 0


def _followed(run: Path, plan: OwnPlan, pupil: Pupil, look: Look) -> float:
    """Do what is left of a training, and show how far it is; return the best figure."""
    kept = Course(run / STEPS, plan.steps, plan.keep_every_steps, warm_steps=plan.warm_steps)
    looks = Looks(plan.look_every_steps, plan.patience)
    with Shown() as shown:

        def watch(at: int, figures: Figures) -> None:
            if HELD_OUT in figures:
                look()
            shown.step("training", at, plan.steps, figures)

        return early.follow(pupil, kept, looks, watch)


def _kept(pictures: Tensor, into: Path, learned: Material) -> None:
    """Write pictures as data that can be learned from, with the record of where they come from."""
    into.mkdir(parents=True, exist_ok=True)
    for at, picture in enumerate(pictures):
        folder.grid(picture[None], into / f"{at:05}.png", columns=1)
    record = learned.summary.record
    told = {
        "licence": record.licence,
        "source": f"Made by a model that learned from: {record.source}",
        "consent": record.consent,
    }
    lines = "".join(f"{name} = {json.dumps(said)}\n" for name, said in told.items())
    into.joinpath("DATASET.toml").write_text(lines, encoding="utf-8")


def _base(spec: str, kind: Kind) -> Path:
    try:
        return resolve(spec, kind, offline=True)
    except NoModel as error:
        raise PlanError(f"{error.sentence} `atelier models pull` fetches one.") from error


def _asked(given: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: getattr(given, name) for name in ("steps", "seed", *names)}


def _tell(told: object) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


def add_to(what: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    """Add these commands to the parser's."""
    for name, run in (("gan", gan), ("text-lora", text_lora), ("image-lora", image_lora)):
        command = what.add_parser(name)
        command.set_defaults(work=run)
        command.add_argument("--run", type=Path, required=True)
        command.add_argument("--steps", type=int)
        command.add_argument("--seed", type=int)
        if name != "text-lora":
            command.add_argument("--side", dest="side_px", type=int)
        if name == "gan":
            command.add_argument("--samples", type=int, default=0)
        else:
            command.add_argument("--shelf", type=Path, required=True)
            command.add_argument("--base")
            command.add_argument("--rank", type=int)
    for name, run in (("evaluate-gan", evaluate_gan), ("evaluate-text", evaluate_text)):
        command = what.add_parser(name)
        command.set_defaults(work=run)
        command.add_argument("--run", type=Path, required=True)
        command.add_argument("--adapter", type=Path)
