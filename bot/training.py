"""`atelier train` and `atelier evaluate`: models of our own. The work is that of the training."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from bot import adapting
from bot.commands import Data, settings_of
from bot.processes import become
from bot.settings import SettingsError

MODULE = "generators.training"
RUN = Path("training", "picture")
"""Where a training is kept, in the data folder."""
MODEL = "model"

train = typer.Typer(no_args_is_help=True, help="Train a model; it goes on where it stopped.")
evaluate = typer.Typer(no_args_is_help=True, help="Measure a model; exit 1 below its gate.")
train.command("gan")(adapting.train_gan)
train.command("text-lora")(adapting.train_text_lora)
train.command("image-lora")(adapting.train_image_lora)
train.command("promote")(adapting.promote)
train.command("back")(adapting.back)
evaluate.command("gan")(adapting.evaluate_gan)
evaluate.command("text")(adapting.evaluate_text)


def register(atelier: typer.Typer) -> None:
    """Add these commands to the command line."""
    atelier.add_typer(train, name="train")
    atelier.add_typer(evaluate, name="evaluate")


Pictures = Annotated[
    Path, typer.Option("--pictures", help="Folder with noto64.npz and captions.csv.")
]
Threads = Annotated[int, typer.Option(help="Of the processor; 0: as many as it has.")]
Things = Annotated[int | None, typer.Option(help="Only the first so many things.")]


@train.callback()
def _training() -> None:
    """Keep `picture` a word of its own, however many there are."""


@evaluate.callback()
def _evaluating() -> None:
    """Keep `picture` a word of its own, however many there are."""


@train.command("picture")
def train_picture(  # noqa: PLR0913 - each is an option of the command line
    *,
    pictures: Pictures,
    run: Annotated[Path | None, typer.Option(help="Folder of this training.")] = None,
    steps: Annotated[int | None, typer.Option(help="Of the denoiser.")] = None,
    autoencoder_steps: Annotated[int | None, typer.Option(help="Of the autoencoder.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of all that is drawn by chance.")] = None,
    things: Things = None,
    discriminator: Annotated[bool, typer.Option(help="With a patch discriminator.")] = False,
    export: Annotated[bool, typer.Option(help="Write what is learned so far; no step.")] = False,
    threads: Threads = 0,
    data: Data = None,
) -> None:
    """Train the small picture model from nothing, or go on with it, and write its folder."""
    options = {
        "--steps": steps,
        "--autoencoder-steps": autoencoder_steps,
        "--seed": seed,
        "--things": things,
    }
    given = [part for name, n in options.items() if n is not None for part in (name, str(n))]
    given += ["--discriminator"] if discriminator else []
    given += ["--export"] if export else []
    where = run or settings_of(data).data / RUN
    _become(threads, ["picture", "--run", str(where), "--pictures", str(pictures), *given])


@evaluate.command("picture")
def evaluate_picture(
    pictures: Pictures,
    model: Annotated[Path | None, typer.Option(help="Folder of the model.")] = None,
    captions: Annotated[int | None, typer.Option(help="Only so many; not the gate then.")] = None,
    threads: Threads = 0,
    data: Data = None,
) -> None:
    """Measure the small picture model over all it should know; one JSON line."""
    where = model or settings_of(data).data / RUN / MODEL
    given = ["--captions", str(captions)] if captions is not None else []
    _become(threads, ["evaluate", "--model", str(where), "--pictures", str(pictures), *given])


def _become(threads: int, arguments: list[str]) -> None:
    if find_spec("diffusers") is None or find_spec("torch") is None:
        raise SettingsError(
            "Training needs packages that are not installed here: pip install 'atelier[train]'."
        )
    become([MODULE, "--threads", str(threads), *arguments])
