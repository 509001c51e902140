"""Statements that are made once: to make one anew costs some twenty times what running it does.

Values go by the names of their columns, and what a WHERE asks for by `is_` and that name.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from sqlalchemy import BindParameter, Column, Connection, Select, Table, Update, bindparam
from sqlalchemy import select as selecting
from sqlalchemy import update as updating
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from bot.ledger.tables import Request

_Insert = sqlite.Insert | postgresql.Insert

_TABLES: Final = Request.metadata.tables
REQUESTS: Final = _TABLES["request"]
SENDS: Final = _TABLES["send"]
OUTPUTS: Final = _TABLES["output"]
VERDICTS: Final = _TABLES["verdict"]
FLOWS: Final = _TABLES["flow"]
PAUSES: Final = _TABLES["pause"]
SCHEDULES: Final = _TABLES["schedule"]
FIRES: Final = _TABLES["fire"]
TOLD: Final = _TABLES["told_entry"]
WATCHED: Final = _TABLES["watch_state"]


def added(session: Session, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless its key is known; tell whether it was new."""
    connection = session.connection()
    return connection.execute(new(connection, table), values).rowcount == 1


def put(session: Session, table: Table, values: Mapping[str, object]) -> None:
    """Insert a row, or let it take the place of the one that has its key."""
    connection = session.connection()
    connection.execute(_putting(connection.dialect.name, table), values)


def new(connection: Connection, table: Table) -> _Insert:
    """Return the statement that inserts rows and leaves out those whose keys are known."""
    return _adding(connection.dialect.name, table)


@cache
def changing(table: Table, names: tuple[str, ...], more: tuple[str, ...], by: str) -> Update:
    """Return the update of some columns, and of others by adding to them, where all of `by` match.

    `by` is the columns' names, separated by spaces. The values are `to_NAME` and `more_NAME`.
    """
    columns = table.c
    values = {name: bindparam(f"to_{name}", type_=columns[name].type) for name in names}
    sums = {
        name: columns[name] + bindparam(f"more_{name}", type_=columns[name].type) for name in more
    }
    return (
        updating(table)
        .where(*(columns[one] == wanted(columns[one]) for one in by.split()))
        .values({**values, **sums})
    )


@cache
def finding(table: Table, by: str) -> Select[*tuple[object, ...]]:
    """Return the query for the rows of which all columns of `by` match."""
    return selecting(table).where(*(table.c[one] == wanted(table.c[one]) for one in by.split()))


def wanted(column: Column[object]) -> BindParameter[object]:
    """Return the place of a value that a column is compared with."""
    return bindparam(f"is_{column.name}", type_=column.type)


@cache
def _adding(dialect: str, table: Table) -> _Insert:
    insert = _INTO[dialect](table).on_conflict_do_nothing()
    return insert.execution_options(preserve_rowcount=True)  # psycopg forgets it otherwise


@cache
def _putting(dialect: str, table: Table) -> _Insert:
    insert = _INTO[dialect](table)
    rest = {
        column.name: insert.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)


_INTO: Final = MappingProxyType({"sqlite": sqlite.insert, "postgresql": postgresql.insert})
