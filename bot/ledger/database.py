"""Opens the ledger's database: SQLite in a file, or PostgreSQL by its URL. Knows no table.

Both are durable: what COMMIT returned for is on the disk. In both, one transaction writes at a
time, whoever's it is: SQLite by BEGIN IMMEDIATE, PostgreSQL by an advisory lock until COMMIT. So
what a change has read still holds when it writes, between two bots, too, and they cannot deadlock.
Under that lock READ COMMITTED is enough: each statement sees all that was committed before it.
Leases would be right even without: PostgreSQL judges the WHERE of a fenced update again when it
has got the row, and `take` goes past rows that another has locked.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InvalidRequestError,
    ProgrammingError,
)
from sqlalchemy.pool import ConnectionPoolEntry

POOL = MappingProxyType({"pool_size": 4, "max_overflow": 32})
"""The event loop has 32 threads at most for reading: the writer never waits for a connection."""
SERIAL = 0x61746C72
"""The advisory lock of whoever writes: "atlr"."""
DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql+psycopg"})

_SERVER = MappingProxyType(
    {
        "synchronous_commit": "on",
        "statement_timeout": "10s",
        "lock_timeout": "5s",
        # A bot that was stopped in the middle of a change must not stop the others for long.
        "idle_in_transaction_session_timeout": "5s",
        "timezone": "UTC",
    }
)
_CLIENT = MappingProxyType(
    {
        "application_name": "atelier",
        "connect_timeout": 5,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "options": " ".join(f"-c {name}={value}" for name, value in _SERVER.items()),
    }
)


class DatabaseRefused(Exception):  # noqa: N818 - reads as the state it names
    """The database cannot be used like this; the message says why and what to do."""


def connect(url: str) -> Engine:
    """Open a database; nothing is asked of it yet. Raises DatabaseRefused."""
    parsed = address(url)
    return _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Lend a database to one command. Raises DatabaseRefused."""
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def address(url: str | URL) -> URL:
    """Return a URL as SQLAlchemy knows it; `postgres:` and `postgresql:` are psycopg's here."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseRefused(f"The database URL cannot be read; {_FORMS}.") from error
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in DRIVERS:
        raise DatabaseRefused(f"{parsed.drivername} is no database of Atelier's; {_FORMS}.")
    return parsed


def shown(url: str | URL) -> str:
    """Return a URL as people may see it: without its password."""
    return address(url).render_as_string(hide_password=True)


def file_of(url: str | URL) -> Path | None:
    """Return the file of a SQLite database; None where it is another, or in memory."""
    parsed = address(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        return None
    return Path(parsed.database or "")


def sound(connection: Connection) -> None:
    """Raise InvalidRequestError if a statement has failed in this transaction.

    PostgreSQL takes nothing but ROLLBACK then; to COMMIT it answers by rolling back, as if all was
    well.
    """
    driver = None if connection.invalidated else connection.connection.driver_connection
    if driver is None or connection.dialect.name == "sqlite":
        return
    if driver.info.transaction_status.name == "INERROR":
        raise InvalidRequestError("a statement failed, and the transaction went on")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Lend a connection whose queries all see one moment, however long they take.

    Raises DatabaseRefused when the database does not answer.
    """
    options = {"atelier_read": True, "atelier_patient": True}
    if engine.dialect.name != "sqlite":  # where every transaction sees one moment
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with _answering(engine), engine.connect() as connection:
        yield connection.execution_options(**options)


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """Lend a connection for one long change, and close it for good; whoever writes waits for it.

    SQLite does not look at foreign keys meanwhile: ALTER TABLE is often a new table and a DROP of
    the old one there (sqlite.org/lang_altertable.html). Raises DatabaseRefused.
    """
    with _answering(engine), engine.connect() as connection:
        connection.detach()
        with connection.execution_options(atelier_patient=True).begin():
            yield connection


@contextmanager
def beside(engine: Engine, lock: int) -> Iterator[Connection]:
    """Lend a connection for a change, however long, that nothing of the ledger depends on.

    Who asks for the same lock waits; on PostgreSQL whoever writes the ledger does not. Raises
    DatabaseRefused.
    """
    serves = engine.dialect.name != "sqlite"
    options = {"atelier_read": True, "atelier_patient": True} if serves else {}
    with (
        _answering(engine),
        engine.connect() as connection,
        connection.execution_options(**options).begin(),
    ):
        if serves:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")
        yield connection


@contextmanager
def _answering(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if isinstance(error, (DataError, IntegrityError, ProgrammingError)):  # our mistake
            raise
        where = engine.url.render_as_string(hide_password=True)
        raise DatabaseRefused(f"The database {where} cannot be used: {_why(error)}.") from error


def _why(error: DatabaseError) -> str:
    """Return the first line of what the database said; those lines hold no values."""
    return (str(error.orig).strip().splitlines() or ["no reason given"])[0].rstrip(".")


def _sqlite(url: URL) -> Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    given = {"check_same_thread": False, "timeout": 30}
    pool = POOL if file_of(url) else {}
    engine = create_engine(url, connect_args=given, hide_parameters=True, **pool)
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql(url: URL) -> Engine:
    given = {name: value for name, value in _CLIENT.items() if name not in url.query}
    try:
        engine = create_engine(
            url,
            connect_args=given,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,  # a restart of the server costs nobody an error
            pool_timeout=5,
            **POOL,
        )
    except ModuleNotFoundError as error:
        raise DatabaseRefused(
            "PostgreSQL needs a driver that is not installed: pip install 'atelier[postgres]'."
        ) from error
    event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "commit", sound)
    return engine


def _pragmas(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # this module says BEGIN itself
    pragmas = "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"
    for pragma in pragmas:  # the last one: what was erased is overwritten with zeros
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails on SQLite however long it may wait.
    options = connection.get_execution_options()
    reads = options.get("atelier_read", False)
    if options.get("atelier_patient", False) and not reads:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("atelier_patient", False):
        connection.exec_driver_sql(_PATIENT)
    if not options.get("atelier_read", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SERIAL})")


_PATIENT = "; ".join(
    f"SET LOCAL {name} = {value}"
    for name, value in (
        ("statement_timeout", "0"),
        ("lock_timeout", "'10min'"),
        ("idle_in_transaction_session_timeout", "0"),
    )
)
_FORMS = "write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"
