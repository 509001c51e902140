"""What all commands of `atelier` share."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import settings as configuration
from bot.life.logs import configure
from bot.settings import Settings

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of database, indexes and models.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line.")]


def settings_of(data: Path | None) -> Settings:
    """Read the settings, and let logs be as they say. Raises SettingsError."""
    settings = configuration.load(**({} if data is None else {"data": data}))
    configure(settings.log_format)
    return settings


def tell(value: object, indent: int | None = None) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")
    sys.stdout.flush()
