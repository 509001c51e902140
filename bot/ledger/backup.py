"""Copies a SQLite ledger into one file while a bot works on it, and proves the copy.

The copy is of one moment and has no leftovers: SQLite keeps deleted text in free pages of a file
until it needs them, a backup does not.
"""

import os
import shlex
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, func, select

from bot.ledger.copying import tables_of
from bot.ledger.database import DatabaseRefused, address, file_of, opened, reading

Counts = Mapping[str, int]
"""Rows by table."""


def backup(url: str, to: Path) -> Counts:
    """Write a verified copy that only its owner may read; return what it holds.

    Nothing is overwritten, and nothing is at `to` before all of it is. Raises DatabaseRefused.
    """
    source = file_of(url)
    if source is None:
        raise DatabaseRefused(f"PostgreSQL has its own tool for this: {dump(address(url), to)}")
    if not source.is_file():
        raise DatabaseRefused(f"There is no database at {source}.")
    if to.exists():
        raise DatabaseRefused(f"{to} exists already, and a backup overwrites nothing.")
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        counts = _copied(url, part)
        _kept(part, to)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseRefused(f"{to} cannot be written: {error}.") from error
    finally:
        for left in (part, part.with_name(f"{part.name}-journal")):
            with suppress(FileNotFoundError):
                left.unlink()
    return counts


def dump(url: URL, to: Path) -> str:
    """Return the command that backs a PostgreSQL up; pg_dump asks for the password, or PGPASSWORD.

    >>> dump(address("postgresql://ana:hunter2@db.example/atelier"), Path("ledger.dump"))
    'pg_dump --format=custom --file=ledger.dump postgresql://ana@db.example/atelier'
    """
    plain = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    )
    where = plain.render_as_string(hide_password=False)
    return shlex.join(["pg_dump", "--format=custom", f"--file={to}", where])


def _copied(url: str, part: Path) -> Counts:
    with (
        opened(url) as engine,
        reading(engine) as connection,
        closing(sqlite3.connect(part)) as copy,
    ):
        expected = _counts(connection)  # the first query fixes the moment that all of it is of
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.backup(copy)
        for command in ("PRAGMA journal_mode=DELETE", "VACUUM"):
            copy.execute(command)
        _prove(copy, expected)
    return expected


def _counts(connection: Connection) -> Counts:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables_of(connection)
    }


def _prove(copy: sqlite3.Connection, expected: Counts) -> None:
    found = {
        table: copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - ours
        for table in expected
    }
    said = [row[0] for row in copy.execute("PRAGMA integrity_check")]
    if said != ["ok"] or found != expected:
        raise DatabaseRefused("The copy is damaged, and was not kept.")


def _kept(part: Path, to: Path) -> None:
    """Give a file its name once it is on the disk, unless something has that name by now."""
    for path in (part, to.parent):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    to.hardlink_to(part)
