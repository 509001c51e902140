"""Seals what a version before 0003 kept in plain text; a batch a transaction, until none is left.

`kept` says of every row whether it is sealed, and changes in the same transaction as the words: a
process that is killed here leaves rows that are one or the other, and the next start goes on.
SQLite's file is written anew first, since its free pages may hold words that were once changed;
afterwards `secure_delete` overwrites what a sealed row no longer needs.
"""

from contextlib import closing

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from bot.ledger import tables
from bot.ledger.guards import door
from bot.ledger.keys import Keys
from bot.ledger.sealed import DataKey

BATCH = 100
_PLAIN = col(tables.Request.kept) == tables.PLAIN


def seal_plain(engine: Engine, keys: Keys) -> int:
    """Seal everything that is not yet; return how many requests that were."""
    count = 0
    with Session(engine.execution_options(atelier_read=True)) as session:
        if session.exec(select(tables.Request.id).where(_PLAIN).limit(1)).first() is None:
            return 0
    _rewrite(engine)
    while sealed := _batch(engine, keys):
        count += sealed
    scrub(engine)
    return count


def scrub(engine: Engine) -> bool:
    """Let nothing linger that was overwritten or deleted; False while somebody reads SQLite's log.

    SQLite keeps earlier pages in its log until that is written back, PostgreSQL earlier rows until
    they are vacuumed.
    """
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            ((busy, *_),) = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not busy
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        connection.exec_driver_sql("SET statement_timeout = 0")
        names = ", ".join(table.name for table in SQLModel.metadata.sorted_tables)
        connection.exec_driver_sql(f"VACUUM {names}")
    return True


def _rewrite(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM")


def _batch(engine: Engine, keys: Keys) -> int:
    with Session(engine) as session, session.begin():
        with door(session, "sealing"):
            rows = session.exec(select(tables.Request).where(_PLAIN).limit(BATCH)).all()
            for row in rows:
                _seal(session, row, keys.of(session, row.user))
        return len(rows)


def _seal(session: Session, row: tables.Request, key: DataKey) -> None:
    row.prompt = key.seal(f"request.prompt:{row.id}", row.prompt)
    row.flags = key.seal(f"request.flags:{row.id}", row.flags)
    row.kept = tables.WHOLE
    for output in session.exec(select(tables.Output).where(tables.Output.request_id == row.id)):
        place = f"{row.id}:{output.attempt}"
        output.text = key.seal(f"output.text:{place}", output.text)
        output.blob = key.seal(f"output.blob:{place}", output.blob)
        output.details = key.seal(f"output.details:{place}", output.details)
        output.sha256 = key.mark(output.sha256)
    for verdict in session.exec(select(tables.Verdict).where(tables.Verdict.request_id == row.id)):
        verdict.sha256 = key.mark(verdict.sha256)
