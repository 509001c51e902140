"""Where the knowledge bases are: in the database where bots may share it, else in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from bot.ledger.bases import StoredBases
from bot.ledger.database import address, opened
from bot.ledger.schema import upgrade
from generators.support.bases import Bases
from generators.support.commands import FOLDER
from generators.support.library import Library


def bases_of(data: Path, database: Engine) -> Bases:
    """Return the bases of a data folder and a database of the newest schema."""
    if database.dialect.name == "sqlite":
        return Library(data / FOLDER)
    return StoredBases(database)


@contextmanager
def shelved(data: Path, url: str) -> Iterator[Bases]:
    """Lend the bases to one command, without touching a SQLite file. Raises DatabaseRefused."""
    if address(url).get_backend_name() == "sqlite":
        yield Library(data / FOLDER)
        return
    with opened(url) as database:
        upgrade(database)
        yield bases_of(data, database)


def carry(source: Bases, target: Bases) -> Iterator[tuple[str, int]]:
    """Copy every base that was made, with versions and what is left of removed documents.

    Yields each name with the number of its entries, or -1 where the target has one of that name,
    which stays as it is. Vectors are made anew.
    """
    for name in source.names():
        if source.has(name):
            entries = source.entries(name)
            yield name, len(entries) if target.put(name, entries) else -1
