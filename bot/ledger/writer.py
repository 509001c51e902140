"""One thread that writes: callers queue changes, it commits up to 256 of them at a time.

Each caller goes on only after the COMMIT that holds its change, so that what was acknowledged is
durable. `python -m bench ledger` prints what a change costs here beside bare sqlite3.

Where the connection breaks during COMMIT, nobody can know whether it was kept; every caller of
that commit gets LedgerUnavailable. All of them may do the same again: a request is inserted under
a key of its own, and everything else names its lease or has such a key, too.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session

from bot.ledger.database import sound

T = TypeVar("T")

BATCH = 256
LOOK_AGAIN_S = 1.0
_OWN = (IntegrityError, DataError, ValueError, OverflowError)
"""What is wrong with a change or a row itself; other errors are the database's."""


class LedgerUnavailable(Exception):  # noqa: N818 - reads as the state it names
    """The database did not say that it took the change; it may be made again."""


@dataclass(frozen=True, slots=True)
class _Change:
    work: Callable[[Session], Any]
    done: "Future[Any]"


@dataclass(frozen=True, slots=True)
class _Row:
    table: Table
    values: Mapping[str, object]
    done: "Future[bool]"


def _untold(_seconds: float, _changes: int) -> None:
    return None


class Writer:
    """Owns the only connection that writes."""

    def __init__(self, engine: Engine, told: Callable[[float, int], None] = _untold) -> None:
        """Take the database and start the thread.

        `told` hears of each commit how many seconds it took, and how many changes it held.
        """
        self._engine = engine
        self._told = told
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

    async def watch(self) -> None:
        """Return once the thread has ended, which it should not before it is closed."""
        while self._thread.is_alive():  # noqa: ASYNC110 - a thread sets no event when it dies
            await asyncio.sleep(LOOK_AGAIN_S)

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
            began = time.perf_counter()
            self._commit(batch)
            self._told(time.perf_counter() - began, len(batch))
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

    def _commit(self, batch: Sequence[_Change | _Row]) -> None:
        answers: list[Callable[[], None]] = []
        rows = [each for each in batch if isinstance(each, _Row)]
        changes = [each for each in batch if isinstance(each, _Change)]
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                answers.extend(self._store(session, rows))
                answers.extend(self._apply(session, change) for change in changes)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread must go on
            if len(batch) == 1 or not isinstance(error, _OWN):
                _refuse(batch, error)
                return
            for each in batch:  # a row that no database takes shall fail alone
                self._commit([each])
        else:
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
        connection = session.connection()
        try:
            with session.begin_nested():
                result = change.work(session)
                sound(connection)
        except Exception as error:
            if connection.invalidated:  # with it went what the changes before this one did
                raise
            if isinstance(error, DBAPIError) and not isinstance(error, _OWN):
                return partial(_refuse, [change], error)
            return partial(change.done.set_exception, error)
        return partial(change.done.set_result, result)


def _refuse(batch: "Iterable[_Change | _Row]", error: Exception) -> None:
    for change in batch:
        if not change.done.done():
            change.done.set_exception(LedgerUnavailable(type(error).__name__))
