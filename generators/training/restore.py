"""`python -m generators.training.restore`: what `atelier train restore` and its measure become."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from generators.engine import mender
from generators.engine.resolve import SHIPPED
from generators.training import restored, restoring
from generators.training.plan import PlanError
from generators.training.restored import Row
from generators.training.restorer import RestorerPlan
from generators.training.shown import Shown
from generators.training.things import DataMissingError

CARD: Final = "README.md"
DRAWN: Final = "drawn"
PHOTOGRAPHS: Final = "photographs"
_MEASURED: Final = "## Measured\n\n"
_CARD: Final = """---
license: apache-2.0
pipeline_tag: image-to-image
---
# A small restorer

Takes blur out of pictures. It learned to take noise out and to fill holes, too, but the engine does
that by classics, non-local means and harmonic filling: it does not beat them on every set measured
(holes: it won on 8 drawings, and lost on 12 and on photographs). {weights:,} weights in half
precision, {taken:.2f} MB. It is a demonstration of what minutes of one processor learn: a larger
model does better, and nothing of a face, a plate or a page is brought back that the damage took.
What it adds is a guess.

## Made with

`atelier train restore`, seed {seed}: {steps} steps with {batch} pieces of 48 x 48 pixels each.

## Learned from

{pictures} pictures that the training draws itself (`generators/training/drawings.py`): leaves of
chance with textures, pages of Latin letters in Pillow's own typeface, screens with charts, soft
ground; and, pasted into some, Google Noto Emoji of commit 41e31b110, Apache-2.0. No photograph. The
damage is Gaussian noise of 3 to 50 levels (some of it through JPEG), blur of a lens or of a
movement in a straight line, and holes of scratches and spots.

"""
_HEAD: Final = (
    "Mean PSNR in dB and SSIM. *damaged*: before. *best classic*: the best figure of median, "
    "bilateral filter and non-local means; of unsharp mask, Richardson-Lucy and Wiener filter that "
    "assume a Gaussian blur of 1.5 pixels; of harmonic and marched filling. *told*: the better of "
    "Richardson-Lucy and Wiener that are told the exact blur, which nobody knows of a picture of "
    "their own. The drawings are of another seed and with other emoji than those learned from.\n\n"
    "| Of | Damage | damaged | best classic | told | restored | wins |\n"
    "|---|---|---|---|---|---|---|\n"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train or evaluate; what the caller can mend is one sentence on stderr."""
    given = _parser().parse_args(arguments)
    if given.threads:
        torch.set_num_threads(given.threads)
    try:
        return _train(given) if given.what == "train" else _evaluate(given)
    except (DataMissingError, PlanError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _train(given: argparse.Namespace) -> int:
    plan = restoring.settled(given.run, given.steps, given.seed)
    with Shown() as shown:
        restoring.trained(given.run, plan, restoring.emoji(given.pictures), shown.step)
    model = given.run / restoring.MODEL
    taken = _describe(model, plan)
    sys.stdout.write(json.dumps({"model": str(model), "size_bytes": taken}) + "\n")
    return 0


def _evaluate(given: argparse.Namespace) -> int:
    if not given.model.joinpath(mender.WEIGHTS).exists():
        sys.stderr.write(f"{given.model} has no {mender.WEIGHTS}, so it is no restorer.\n")
        return 2
    model = mender.read(given.model)
    pasted = restoring.emoji(given.pictures, held_out=True)
    rows = restored.rows(model, restored.held_out(given.count, pasted), DRAWN)
    if given.photographs:
        rows += restored.rows(model, restored.photographs(given.photographs), PHOTOGRAPHS)
    told = table(rows)
    if given.card:
        _measured(given.model / CARD, told)
    sys.stdout.write(told)
    return int(not all(row.wins for row in rows if row.of == DRAWN and row.is_served))


def table(rows: Sequence[Row]) -> str:
    """Return figures as a Markdown table."""
    return _HEAD + "".join(_line(row) for row in rows)


def _line(row: Row) -> str:
    told = max(row.told.values(), default=None)
    cells = (
        f"{row.count} {row.of}",
        row.task,
        *(" / ".join(_figures(pair)) for pair in (row.damaged, row.best)),
        " / ".join(_figures(told)) if told else "",
        " / ".join(_figures(row.restored)),
        "yes" if row.wins else "no" if row.is_served else "no: the engine takes the classic",
    )
    return f"| {' | '.join(cells)} |\n"


def _figures(pair: tuple[float, float]) -> tuple[str, str]:
    return f"{pair[0]:.2f}", f"{pair[1]:.3f}"


def _describe(model: Path, plan: RestorerPlan) -> int:
    taken = model.joinpath(mender.WEIGHTS).stat().st_size
    told = _CARD.format(
        weights=sum(one.numel() for one in mender.Mender().parameters()),
        taken=taken / 1e6,
        seed=plan.seed,
        steps=plan.steps,
        batch=plan.batch,
        pictures=plan.pictures,
    )
    unmeasured = "Not yet: `atelier evaluate restore --card` does.\n"
    model.joinpath(CARD).write_text(f"{told}{_MEASURED}{unmeasured}", encoding="utf-8")
    return taken


def _measured(card: Path, told: str) -> None:
    before = card.read_text(encoding="utf-8").partition(_MEASURED)[0] if card.exists() else ""
    card.write_text(f"{before}{_MEASURED}{told}", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="generators.training.restore", description=__doc__)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as there are")
    what = parser.add_subparsers(dest="what", required=True)
    train = what.add_parser("train")
    train.add_argument("--run", type=Path, required=True)
    train.add_argument("--steps", type=int)
    train.add_argument("--seed", type=int)
    evaluate = what.add_parser("evaluate")
    evaluate.add_argument("--model", type=Path, default=SHIPPED)
    evaluate.add_argument("--count", type=int, default=24)
    evaluate.add_argument("--photographs", type=Path)
    evaluate.add_argument("--card", action="store_true")
    for each in (train, evaluate):
        each.add_argument("--pictures", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
