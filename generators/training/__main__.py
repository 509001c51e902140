"""`python -m generators.training`: what `atelier train` and `atelier evaluate` become."""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from generators.adapters import ShelfError
from generators.dataset import DatasetError
from generators.training import card, evaluation, folder, own, picture, plan, things
from generators.training.picture import Training
from generators.training.plan import Plan, PlanError
from generators.training.shown import Shown
from generators.training.things import DataMissingError, Thing

MODEL: Final = "model"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train or evaluate; what the caller can mend is one sentence on stderr."""
    given = _parser().parse_args(arguments)
    if given.threads:
        torch.set_num_threads(given.threads)
    try:
        return int(given.work(given))
    except (DataMissingError, DatasetError, PlanError, ShelfError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _train(given: argparse.Namespace) -> int:
    settled = plan.settled(given.run, _asked(given))
    known = things.read(given.pictures, settled.things)
    with Shown() as shown:
        training = Training(given.run, settled, known, shown.step, 0 if given.export else None)
        pipe = training.run()
    model = given.run / MODEL
    folder.write(pipe, model, picture.vocabulary(known))
    _describe(given.run, known, settled)
    taken = folder.size_bytes(model)
    sys.stdout.write(json.dumps({"model": str(model), "size_bytes": taken}) + "\n")
    return 0


def _describe(run: Path, known: Sequence[Thing], settled: Plan) -> None:
    """Put beside the weights what was asked of the training, what came of it, and the card."""
    model = run / MODEL
    shutil.copy(run / plan.FILE, model)
    latest = run / picture.GRIDS / picture.LATEST
    if latest.exists():
        shutil.copy(latest, model / "grid.png")
    card.write(model, settled, known)


def _asked(given: argparse.Namespace) -> Plan | None:
    """Return the plan that the options ask for; None where none was given, so that it goes on."""
    file = given.run / plan.FILE
    asked = plan.read(file) if file.exists() else Plan()
    if given.steps is not None:
        asked = replace(asked, denoiser=replace(asked.denoiser, steps=given.steps))
    if given.autoencoder_steps is not None:
        parts = replace(asked.autoencoder, steps=given.autoencoder_steps)
        asked = replace(asked, autoencoder=parts)
    if given.discriminator:
        asked = replace(asked, autoencoder=replace(asked.autoencoder, discriminator=True))
    given_too = {"seed": given.seed, "things": given.things}
    return replace(asked, **{name: n for name, n in given_too.items() if n is not None})


def _evaluate(given: argparse.Namespace) -> int:
    known = things.read(given.pictures, given.things)
    if not given.model.joinpath("model_index.json").exists():
        sys.stderr.write(
            f"{given.model} is no folder of a picture model: it has no model_index.json.\n"
        )
        return 2
    with Shown() as shown:
        report = evaluation.evaluated(
            given.model, known, given.captions, lambda at, all_: shown.step("drawing", at, all_, {})
        )
    told = json.dumps(report.table())
    given.model.joinpath(evaluation.FILE).write_text(told, encoding="utf-8")
    card.measured(given.model, report)
    sys.stdout.write(f"{told}\n")
    return int(bool(report.lacks()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m generators.training", description=__doc__)
    parser.add_argument(
        "--threads", type=int, default=0, help="of the processor; 0: as many as it has"
    )
    what = parser.add_subparsers(dest="what", required=True)
    train = what.add_parser("picture")
    train.add_argument("--run", type=Path, required=True)
    train.add_argument("--steps", type=int)
    train.add_argument("--autoencoder-steps", type=int)
    train.add_argument("--seed", type=int)
    train.add_argument("--discriminator", action="store_true")
    train.add_argument("--export", action="store_true")
    evaluate = what.add_parser("evaluate")
    evaluate.add_argument("--model", type=Path, required=True)
    evaluate.add_argument("--captions", type=int)
    train.set_defaults(work=_train)
    evaluate.set_defaults(work=_evaluate)
    own.add_to(what)
    for each in (train, evaluate):
        each.add_argument("--pictures", type=Path, required=True)
        each.add_argument("--things", type=int)
    return parser


if __name__ == "__main__":
    sys.exit(main())
