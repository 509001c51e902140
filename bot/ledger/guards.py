"""Triggers that keep verdicts, usage and the audit log append only, and the door past them.

They stop mistakes, not somebody who may write the database: what such a one does, `atelier audit`
shows. Alembic's batch mode loses triggers on SQLite, so they are made after every migration.
"""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session, col, delete, insert

from bot.ledger import tables

APPEND_ONLY = ("verdict", "usage", "audit_log")
_SQLITE = """CREATE TRIGGER {table}_no_{change} BEFORE {change} ON {table}
WHEN NOT EXISTS (SELECT 1 FROM door) BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"""
_FUNCTION = """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM door) THEN
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$"""
_POSTGRESQL = """CREATE TRIGGER {table}_no_{change} BEFORE {change} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()"""


@contextmanager
def migrating(connection: Connection) -> Generator[None]:
    """Let migrations change what is append only; afterwards make the triggers that are missing."""
    if inspect(connection).has_table("door"):
        connection.execute(insert(tables.Door).values(why="migration"))
    yield
    sqlite = connection.dialect.name == "sqlite"
    names = "SELECT name FROM sqlite_master" if sqlite else "SELECT tgname FROM pg_trigger"
    there = set(connection.execute(text(names)).scalars())
    if not sqlite:
        connection.execute(text(_FUNCTION))
    for table in APPEND_ONLY:
        for change in ("update", "delete"):
            if f"{table}_no_{change}" not in there:
                statement = (_SQLITE if sqlite else _POSTGRESQL).format(table=table, change=change)
                connection.execute(text(statement))
    connection.execute(delete(tables.Door))


@contextmanager
def door(session: Session, why: str) -> Generator[None]:
    """Let this transaction change what is append only; `why` is erase, retention or sealing."""
    session.execute(insert(tables.Door).values(why=why))
    yield
    session.flush()
    session.execute(delete(tables.Door).where(col(tables.Door.why) == why))
