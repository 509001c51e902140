"""`atelier train` and `atelier evaluate`: models of our own. The work is that of the training."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from bot import adapting
from bot.commands import Data, settings_of
from bot.processes import become
from bot.settings import SettingsError

MODULE = "generators.training"
RESTORER = "generators.training.restore"
RUN, RESTORER_RUN = Path("training", "picture"), Path("training", "restore")
"""Where trainings are kept, in the data folder."""
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
Emoji = Annotated[
    Path | None, typer.Option("--pictures", help="Folder with noto64.npz and captions.csv.")
]
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
    given = _given(options)
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


@train.command("restore")
def train_restore(  # noqa: PLR0913 - each is an option of the command line
    *,
    pictures: Emoji = None,
    run: Annotated[Path | None, typer.Option(help="Folder of this training.")] = None,
    steps: Annotated[int | None, typer.Option(help="In all.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of all that is drawn by chance.")] = None,
    threads: Threads = 0,
    data: Data = None,
) -> None:
    """Train the small restorer from nothing, or go on with it, and write its folder."""
    options = {"--pictures": pictures, "--steps": steps, "--seed": seed}
    where = run or settings_of(data).data / RESTORER_RUN
    _become(threads, ["train", "--run", str(where), *_given(options)], RESTORER)


@evaluate.command("restore")
def evaluate_restore(
    pictures: Emoji = None,
    model: Annotated[Path | None, typer.Option(help="Folder; by itself the one shipped.")] = None,
    photographs: Annotated[
        Path | None, typer.Option(help="Folder with JPEG or PNG files, measured only.")
    ] = None,
    card: Annotated[bool, typer.Option(help="Write the table into the model's card.")] = False,
    threads: Threads = 0,
) -> None:
    """Measure the restorer beside the classic filters; exit 1 where it does not win."""
    options = {"--pictures": pictures, "--model": model, "--photographs": photographs}
    given = [*_given(options), *(["--card"] if card else [])]
    _become(threads, ["evaluate", *given], RESTORER)


def _given(options: Mapping[str, object]) -> list[str]:
    return [part for name, n in options.items() if n is not None for part in (name, str(n))]


def _become(threads: int, arguments: list[str], module: str = MODULE) -> None:
    if find_spec("diffusers") is None or find_spec("torch") is None:
        raise SettingsError(
            "Training needs packages that are not installed here: pip install 'atelier[train]'."
        )
    become([module, "--threads", str(threads), *arguments])
