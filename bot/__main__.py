"""The `atelier` command line."""

import importlib
import sys
from collections.abc import Mapping
from typing import Final

import typer

from bot.ledger.database import DatabaseRefused
from bot.ledger.masters import KeysUnusable
from bot.life.logs import configure
from bot.settings import SettingsError
from generators.adapters import ShelfError
from generators.dataset import DatasetError
from generators.draft import GenerationError
from generators.support.reading import UnreadableError

MENDABLE = (
    DatabaseRefused,
    DatasetError,
    GenerationError,
    KeysUnusable,
    SettingsError,
    ShelfError,
    UnreadableError,
)
"""What an operator can mend; each says how in one sentence."""
PLACES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("up", "engine", "bench", "workspace", "manifest"), "bot.starting"),
    **dict.fromkeys(("bot", "ask", "image", "moderate", "provenance"), "bot.running"),
    **dict.fromkeys(("audit", "usage", "reviews", "rotate"), "bot.books"),
    "erase": "bot.erasing",
    "kb": "bot.knowledge",
    "db": "bot.ledger.commands",
    **dict.fromkeys(("code", "runner"), "bot.programs"),
    "schedule": "bot.digests.commands",
    "recap": "bot.digests.recapping",
    "models": "bot.models",
    **dict.fromkeys(("train", "evaluate"), "bot.training"),
}
"""Which module has a command. Only the one that is asked for is loaded: all take three seconds."""


def command_line(name: str = "") -> typer.Typer:
    """Return `atelier` with what the module of that command has; with everything for any other."""
    atelier = typer.Typer(
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    atelier.callback(help=__doc__)(_atelier)
    for place in {PLACES[name]} if name in PLACES else dict.fromkeys(PLACES.values()):
        importlib.import_module(place).register(atelier)
    return atelier


def main() -> None:
    """Run a command; what an operator can mend ends with one sentence on stderr."""
    configure("auto")
    try:
        command_line(*sys.argv[1:2])()
    except MENDABLE as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def _atelier() -> None:
    """Keep one command a command with a name."""


if __name__ == "__main__":
    main()
