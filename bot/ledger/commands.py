"""`atelier db`: bring the ledger's database to the newest schema, copy it, back it up."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from bot import settings as configuration
from bot.ledger import backup as backing
from bot.ledger.copying import copy, differences
from bot.ledger.database import opened, shown
from bot.ledger.keeping import bases_of, carry
from bot.ledger.schema import upgrade
from generators.support.commands import FOLDER

Data = Annotated[Path | None, typer.Option("--data", help="Folder of database, indexes, models.")]

db = typer.Typer(no_args_is_help=True, help="The ledger's database.")


def register(atelier: typer.Typer) -> None:
    """Add these commands to the command line."""
    atelier.add_typer(db, name="db")


@db.command("upgrade")
def db_upgrade(data: Data = None) -> None:
    """Bring the database to the newest schema, as every start of a bot does."""
    with opened(_settings(data).database) as database:
        before, now = upgrade(database)
    _say(f"The schema is at {now} already." if before == now else f"Schema: {before} to {now}.")


@db.command("copy")
def db_copy(
    to: Annotated[str, typer.Option("--to", help="URL of an empty database.")], data: Data = None
) -> None:
    """Copy everything into an empty database, then compare every row; stop the bot before.

    Knowledge bases go along between a folder and PostgreSQL.
    """
    settings = _settings(data)
    with opened(settings.database) as source, opened(to) as target:
        copied = copy(source, target)
        for table in copied:
            _say(f"{table.table}: {table.rows} rows, sha256 {table.sha256}")
        wrong = list(differences(copied, target))
        if not wrong and {source.dialect.name, target.dialect.name} != {"sqlite"}:
            _carry(settings.data, source, target)
    for sentence in wrong:
        sys.stderr.write(f"{sentence}\n")
    if wrong:
        raise typer.Exit(1)
    _say(f"All of it is in {shown(to)} now; set database_url, and start the bot.")


@db.command("backup")
def db_backup(
    path: Annotated[Path, typer.Argument(help="The file to write.")], data: Data = None
) -> None:
    """Write a verified copy of a SQLite database, also while a bot is at work on it."""
    counts = backing.backup(_settings(data).database, path)
    _say(f"{path}: {sum(counts.values())} rows of {len(counts)} tables, verified.")


def _carry(data: Path, source: Engine, target: Engine) -> None:
    for name, documents in carry(bases_of(data, source), bases_of(data, target)):
        if documents < 0:
            sys.stderr.write(f"The knowledge base {name} is there already, and stays as it is.\n")
        else:
            _say(f"Knowledge base {name}: {documents} documents")
    if source.dialect.name == "sqlite" and (data / FOLDER).exists():
        _say(f"Nothing reads or erases in {data / FOLDER} any more: remove {data / FOLDER}.")


def _settings(data: Path | None) -> configuration.Settings:
    return configuration.load(**({} if data is None else {"data": data}))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
