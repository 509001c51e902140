"""`atelier models`: which models are on this machine, and fetching one. The engine's work."""

from importlib.util import find_spec
from typing import Annotated

import typer

from bot.commands import Data, settings_of
from bot.processes import become
from bot.settings import SettingsError

MODULE = "generators.engine.models"

models = typer.Typer(no_args_is_help=True, help="Models: what is here, and fetching more.")


def register(atelier: typer.Typer) -> None:
    """Add these commands to the command line."""
    atelier.add_typer(models, name="models")


@models.command("list")
def show(
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines.")] = False,
) -> None:
    """List the models that are configured, and those in the local Hugging Face cache."""
    engine = settings_of(data).engine
    models = [
        *(("--text-model", model) for model in (engine.text_model, *engine.more_text_models)),
        *(("--image-model", model) for model in (engine.image_model, *engine.more_image_models)),
        ("--embed-model", engine.embed_model),
    ]
    named = [part for flag in models for part in flag]
    _run(["list", *named, *(["--json"] if as_json else [])])


@models.command()
def pull(
    model: Annotated[str, typer.Argument(help="Its id on the hub, such as Qwen/Qwen3-0.6B.")],
    kind: Annotated[str, typer.Option(help="text, image or embed, if its files do not say.")] = "",
    data: Data = None,
) -> None:
    """Fetch a model from the hub: safetensors only. Its licence and size are shown first."""
    asked = ["pull", *(["--kind", kind] if kind else [])]
    _run([*asked, *(["--offline"] if settings_of(data).offline else []), "--", model])


def _run(arguments: list[str]) -> None:
    if find_spec("huggingface_hub") is None:
        raise SettingsError(
            "Models are the engine's, whose packages are not installed here: "
            "pip install 'atelier[engine]'."
        )
    become([MODULE, *arguments], proxies=True)
