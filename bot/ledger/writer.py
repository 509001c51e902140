"""One thread that writes: callers queue changes, it commits up to 256 of them at a time.

Each caller goes on only after the COMMIT that holds its change, so that what was acknowledged is
durable. `python -m bench ledger` prints what a change costs here beside bare sqlite3.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

T = TypeVar("T")

BATCH = 256


class LedgerUnavailable(Exception):  # noqa: N818 - reads as the state it names
    """The database did not take the change; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class _Change:
    work: Callable[[Session], Any]
    done: "Future[Any]"


@dataclass(frozen=True, slots=True)
class _Row:
    table: Table
    values: Mapping[str, object]
    done: "Future[bool]"


class Writer:
    """Owns the only connection that writes."""

    def __init__(self, engine: Engine) -> None:
        """Take the database and start the thread."""
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        self._queue: queue.SimpleQueue[_Change | _Row | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction and return its result once that is committed.

        What `work` raises undoes its own change only. Raises LedgerUnavailable when the database
        fails.
        """
        done: Future[T] = Future()
        return await self._queued(_Change(work, done), done)

    async def insert(self, table: Table, values: Mapping[str, object]) -> bool:
        """Store a row unless its key is known; tell whether it was new. Raises LedgerUnavailable.

        All rows of one commit are one statement: that, and not the disk, is what an ack costs.
        """
        done: Future[bool] = Future()
        return await self._queued(_Row(table, values, done), done)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on a connection of its own, off the event loop. Raises LedgerUnavailable."""
        return await asyncio.to_thread(self._read, work)

    def close(self) -> None:
        """Commit what is queued and stop."""
        self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    async def _queued(self, change: "_Change | _Row", done: "Future[T]") -> T:
        if not self._thread.is_alive():
            raise LedgerUnavailable("closed")
        done.set_running_or_notify_cancel()  # a caller that gives up must not end the thread
        self._queue.put(change)
        return await asyncio.wrap_future(done)

    def _read(self, work: Callable[[Session], T]) -> T:
        try:
            with Session(self._engine.execution_options(atelier_read=True)) as session:
                return work(session)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise LedgerUnavailable(type(error).__name__) from error

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = self._batch(first)
            self._commit(batch)
            if last:
                return

    def _batch(self, first: _Change | _Row) -> tuple[list[_Change | _Row], bool]:
        batch = [first]
        while len(batch) < BATCH:
            try:
                change = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
            if change is None:
                return batch, True
            batch.append(change)
        return batch, False

    def _commit(self, batch: list[_Change | _Row]) -> None:
        answers: list[Callable[[], None]] = []
        rows = [each for each in batch if isinstance(each, _Row)]
        changes = [each for each in batch if isinstance(each, _Change)]
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                answers.extend(self._store(session, rows))
                answers.extend(self._apply(session, change) for change in changes)
        except (SQLAlchemyError, sqlite3.Error) as error:
            _refuse(batch, error)
            return
        for answer in answers:  # "known already", too, is true only now
            answer()

    def _store(self, session: Session, rows: list[_Row]) -> Iterator[Callable[[], None]]:
        for table in {row.table for row in rows}:
            these = [row for row in rows if row.table is table]
            (key,) = table.primary_key.columns
            new = self._insert(table).on_conflict_do_nothing().returning(key)
            keys = set(session.connection().execute(new, [row.values for row in these]).scalars())
            for row in these:
                yield partial(row.done.set_result, row.values[key.name] in keys)
                keys.discard(row.values[key.name])

    def _apply(self, session: Session, change: _Change) -> Callable[[], None]:
        try:
            with session.begin_nested():
                result = change.work(session)
        except OperationalError as error:
            return partial(_refuse, [change], error)
        except Exception as error:  # noqa: BLE001 - it belongs to the caller, who awaits it
            return partial(change.done.set_exception, error)
        return partial(change.done.set_result, result)


def _refuse(batch: "Iterable[_Change | _Row]", error: Exception) -> None:
    for change in batch:
        if not change.done.done():
            change.done.set_exception(LedgerUnavailable(type(error).__name__))


def connect(url: str) -> Engine:
    """Open the database; SQLite in WAL with `synchronous=FULL`, so that acked means durable."""
    if not url.startswith("sqlite"):
        return create_engine(url)
    path = url.removeprefix("sqlite:///")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _pragmas(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # this module says BEGIN itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails on SQLite however long it may wait.
    reads = connection.get_execution_options().get("atelier_read", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
