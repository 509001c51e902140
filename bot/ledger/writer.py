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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session

from bot.ledger.database import sound
from bot.ledger.statements import new

T = TypeVar("T")

BATCH = 256
GATHER_S = 0.01
"""How long a busy writer lets changes come together: a commit costs the more, the fewer it holds.

It is busy when its last commit held several (PostgreSQL's `commit_siblings` decides likewise).
"""
LOOK_AGAIN_S = 1.0
_OWN = (IntegrityError, DataError, ValueError, OverflowError)
"""What is wrong with a change or a row itself; other errors are the database's."""


class LedgerUnavailable(Exception):  # noqa: N818 - reads as the state it names
    """The database did not say that it took the change; it may be made again."""


@dataclass(frozen=True, slots=True)
class _Change:
    work: Callable[[Session], Any]
    done: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True)
class _Row:
    table: Table
    values: Mapping[str, object]
    done: "asyncio.Future[bool]"


_Write = _Change | _Row


@dataclass(frozen=True, slots=True)
class _Answer:
    done: "asyncio.Future[Any]"
    result: object = None
    error: Exception | None = None


class _NotPlain(Exception):  # noqa: N818 - reads as the state it names
    """A batch holds a known row, or a change that fails: it needs the careful way."""


def _untold(_seconds: float, _changes: int) -> None:
    return None


class Writer:
    """Owns the only connection that writes."""

    def __init__(
        self,
        engine: Engine,
        told: Callable[[float, int], None] = _untold,
        *,
        gather_s: float = 0.0,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """Take the database and start the thread.

        `told` hears of each commit how many seconds it took, and how many changes it held.
        `gather_s` is how long a busy writer lets changes come together.
        """
        self._engine = engine
        self._told = told
        self._gather_s = gather_s
        self._pause = pause
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction and return its result once that is committed.

        What `work` raises undoes its own change only. Raises LedgerUnavailable when the database
        fails.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        return await self._queued(_Change(work, done), done)

    async def insert(self, table: Table, values: Mapping[str, object]) -> bool:
        """Store a row unless its key is known; tell whether it was new. Raises LedgerUnavailable.

        All rows of one commit are one statement: that, and not the disk, is what an ack costs.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
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

    async def _queued(self, change: _Write, done: "asyncio.Future[T]") -> T:
        if not self._thread.is_alive():
            raise LedgerUnavailable("closed")
        self._queue.put(change)
        return await done

    def _read(self, work: Callable[[Session], T]) -> T:
        try:
            with Session(self._engine.execution_options(atelier_read=True)) as session:
                return work(session)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise LedgerUnavailable(type(error).__name__) from error

    def _run(self) -> None:
        last, quiet_until = False, 0.0
        while not last and (first := self._queue.get()) is not None:
            if (wait_s := quiet_until - time.monotonic()) > 0:
                self._pause(wait_s)
            batch, last = self._batch(first)
            began = time.perf_counter()
            _tell(self._committed(batch))
            self._told(time.perf_counter() - began, len(batch))
            quiet_until = time.monotonic() + self._gather_s if len(batch) > 1 else 0.0

    def _batch(self, first: _Write) -> tuple[list[_Write], bool]:
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

    def _committed(self, batch: Sequence[_Write]) -> list[_Answer]:
        """Commit a batch and return its answers; "known already", too, is true only then."""
        try:
            return self._commit(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread must go on
            if len(batch) == 1 or not isinstance(error, _OWN):
                return [_refused(each, error) for each in batch]
        # A row that no database takes shall fail alone.
        return [answer for each in batch for answer in self._committed([each])]

    def _commit(self, batch: Sequence[_Write]) -> list[_Answer]:
        rows = [each for each in batch if isinstance(each, _Row)]
        changes = [each for each in batch if isinstance(each, _Change)]
        with suppress(_NotPlain), self._engine.begin() as connection:
            answers = self._all_new(connection, rows)
            return answers + [_applied(connection, change) for change in changes]
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            answers = list(self._stored(session.connection(), rows))
            answers += [_applied_apart(session, change) for change in changes]
        return answers

    def _all_new(self, connection: Connection, rows: Sequence[_Row]) -> list[_Answer]:
        """Insert rows, none of which is known, as is nearly always so. Raises _NotPlain."""
        for table, these in _by_table(rows):
            stored = connection.execute(new(connection, table), [row.values for row in these])
            if stored.rowcount != len(these):
                raise _NotPlain
        return [_Answer(row.done, result=True) for row in rows]

    def _stored(self, connection: Connection, rows: Sequence[_Row]) -> Iterator[_Answer]:
        """Insert rows and find out which of them were new."""
        for table, these in _by_table(rows):
            (key,) = table.primary_key.columns
            insert = new(connection, table).returning(key)
            keys = set(connection.execute(insert, [row.values for row in these]).scalars())
            for row in these:
                yield _Answer(row.done, row.values[key.name] in keys)
                keys.discard(row.values[key.name])


def _by_table(rows: Sequence[_Row]) -> Iterator[tuple[Table, list[_Row]]]:
    for table in {row.table for row in rows}:
        yield table, [row for row in rows if row.table is table]


def _applied(connection: Connection, change: _Change) -> _Answer:
    """Make a change. Raises _NotPlain where it fails: all of its transaction is undone with it."""
    try:
        with Session(connection, expire_on_commit=False) as session:
            result = change.work(session)
            session.flush()
        sound(connection)
    except Exception as error:
        if connection.invalidated:
            raise
        raise _NotPlain from error
    return _Answer(change.done, result)


def _applied_apart(session: Session, change: _Change) -> _Answer:
    """Make a change so that it can be undone alone."""
    connection = session.connection()
    try:
        with session.begin_nested():
            result = change.work(session)
            sound(connection)
    except Exception as error:
        if connection.invalidated:  # with it went what the changes before this one did
            raise
        if isinstance(error, DBAPIError) and not isinstance(error, _OWN):
            return _refused(change, error)
        return _Answer(change.done, error=error)
    return _Answer(change.done, result)


def _refused(change: _Write, error: Exception) -> _Answer:
    return _Answer(change.done, error=LedgerUnavailable(type(error).__name__))


def _tell(answers: Sequence[_Answer]) -> None:
    """Wake each loop once for all of its answers: that is a call of the system, and a switch."""
    for loop in {answer.done.get_loop() for answer in answers}:
        these = [answer for answer in answers if answer.done.get_loop() is loop]
        with suppress(RuntimeError):  # it is closed, and nobody waits in it
            loop.call_soon_threadsafe(_settle, these)


def _settle(answers: Sequence[_Answer]) -> None:
    for answer in answers:
        if answer.done.done():  # its caller gave up
            continue
        if answer.error is not None:
            answer.done.set_exception(answer.error)
        else:
            answer.done.set_result(answer.result)
