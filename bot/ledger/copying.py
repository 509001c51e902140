"""Copies a whole ledger into another database, and proves that every row arrived as it was.

It goes by the tables as the databases have them, not by their classes: what is sealed stays sealed,
and is neither opened nor sealed anew.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    cast,
    collate,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from bot.ledger.alone import alone
from bot.ledger.database import DatabaseRefused, changing, reading
from bot.ledger.instances import at_work
from bot.ledger.schema import revision, upgrade

BATCH = 500


@dataclass(frozen=True, slots=True)
class Held:
    """What a table holds: how many rows, and a hash of all of them in their order."""

    table: str
    rows: int
    sha256: str


def copy(source: Engine, target: Engine) -> Sequence[Held]:
    """Copy everything into an empty database, all or nothing; return what was copied.

    No bot may be at work on either. Raises DatabaseRefused.
    """
    _, newest = upgrade(target)
    if revision(source) != newest:
        raise DatabaseRefused("The database is older than this Atelier: run `atelier db upgrade`.")
    with (
        alone(source.url),
        alone(target.url),
        reading(source) as giving,
        changing(target) as taking,
    ):
        _unused(giving)
        _empty(taking)
        return [_copied(giving, taking, table) for table in tables_of(giving)]


def differences(expected: Sequence[Held], target: Engine) -> Iterator[str]:
    """Yield a sentence for each table that does not hold what it should. Raises DatabaseRefused."""
    with reading(target) as connection:
        for ours, theirs in zip(expected, held(connection), strict=True):
            if ours.rows != theirs.rows:
                yield f"{ours.table} has {theirs.rows} rows, and should have {ours.rows}"
            elif ours != theirs:
                yield f"{ours.table} has as many rows as it should, but not the same"


def held(connection: Connection) -> Iterator[Held]:
    """Yield what each table holds, parents before children; one order for every database."""
    for table in tables_of(connection):
        seen = _Seen(table.name)
        for rows in _batches(connection, table):
            seen.add(rows)
        yield seen.held()


def tables_of(connection: Connection) -> Sequence[Table]:
    """Return the ledger's tables as a database has them, parents before children.

    Those of knowledge bases are not the ledger's: `bot.ledger.keeping` carries them.
    """
    ours = [table for table in SQLModel.metadata.sorted_tables if not table.name.startswith("kb_")]
    found = MetaData()
    found.reflect(connection, only=sorted(table.name for table in ours))
    return [found.tables[table.name] for table in ours]


@dataclass(slots=True)
class _Seen:
    """Counts and hashes rows as they pass."""

    table: str
    count: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> None:
        self.count += len(rows)
        for row in rows:
            self.digest.update(repr(tuple(row)).encode())

    def held(self) -> Held:
        return Held(self.table, self.count, self.digest.hexdigest())


def _copied(giving: Connection, taking: Connection, table: Table) -> Held:
    here, seen = Table(table.name, MetaData(), autoload_with=taking), _Seen(table.name)
    try:
        for rows in _batches(giving, table):
            seen.add(rows)
            taking.execute(here.insert(), [row._asdict() for row in rows])
    except DBAPIError as error:
        raise DatabaseRefused(
            f"A row of {table.name} cannot be copied ({type(error.orig).__name__}), so nothing "
            "was; `atelier audit` may say what is wrong."
        ) from error
    if taking.dialect.name == "postgresql":
        for column in here.primary_key.columns:
            if isinstance(column.type, Integer):
                _count_on(taking, here, column)
    return seen.held()


def _count_on(taking: Connection, table: Table, column: Column[Any]) -> None:
    """Let a column that counts by itself go on after the last copied row."""
    # For a column that does not, pg_get_serial_sequence gives NULL, and setval does nothing.
    sequence = cast(func.pg_get_serial_sequence(f'"{table.name}"', column.name), REGCLASS)
    taking.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    order = [_bytewise(connection, column) for column in table.primary_key.columns]
    columns = sorted(table.columns, key=attrgetter("name"))
    everything = select(*columns).order_by(*order).execution_options(yield_per=BATCH)
    yield from connection.execute(everything).partitions()


def _bytewise(connection: Connection, column: Column[Any]) -> Any:  # noqa: ANN401 - a column or one with a collation
    """Order text by its bytes everywhere; PostgreSQL orders it as people of some place do."""
    plain = connection.dialect.name == "sqlite" or not isinstance(column.type, String)
    return column if plain else collate(column, "C")


def _unused(connection: Connection) -> None:
    with Session(connection) as session:
        bots = at_work(session)
    if bots:
        raise DatabaseRefused(
            f"{len(bots)} bots are at work on the database to copy (the last one on "
            f"{bots[-1].host}): stop them first, or what they do meanwhile is lost."
        )


def _empty(connection: Connection) -> None:
    for table in tables_of(connection):
        if connection.execute(select(table).limit(1)).first() is not None:
            raise DatabaseRefused(f"The database to copy to is not empty: {table.name} has rows.")
