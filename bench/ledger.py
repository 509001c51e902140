"""Durable writes: the ledger's writer with its group commit, beside one commit a row.

Both put the same row of the request table into SQLite in WAL with `synchronous=FULL`, one thread
writes, and each caller goes on only when its row is durable. The peer is bare `sqlite3`, without
SQLAlchemy: at one caller the ratio shows what that layer costs, at many what grouping gains. Of
the rounds the quickest counts: a disk that somebody else uses can only make one slower.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from bench.figures import Figure
from bot.ledger import tables
from bot.ledger.database import connect
from bot.ledger.ledger import TABLE
from bot.ledger.rows import accepted
from bot.ledger.schema import upgrade
from bot.ledger.sealed import DataKey
from bot.ledger.writer import GATHER_S, Writer
from generators.draft import Destination, Request, UserId

ROWS = {1: 300, 16: 1600, 64: 6400}
"""Rows a round, by callers at once."""
ROUNDS = 3
KEY = DataKey("1" * 16, bytes(32))
"""Both write sealed rows; what sealing costs is in ours and in the peer's."""
PROMPT = "Write an announcement for the whole team about the new release. " * 6

Write = Callable[[Request], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Spent:
    """What some rows took; the CPU time is that of every thread of this process."""

    rows: int
    wall_s: float
    cpu_s: float

    @property
    def rate_per_s(self) -> float:
        """Rows a second of wall time."""
        return self.rows / self.wall_s

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds a row."""
        return self.cpu_s * 1000 / self.rows


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure at 1, 16 and 64 callers; `scale` is the share of the rows to write."""
    for callers, full in ROWS.items():
        grouped, single = compare(callers, max(callers, round(full * scale)))
        for what, unit, ours, peer in (
            ("durable writes", "/s", grouped.rate_per_s, single.rate_per_s),
            ("CPU a durable write", "ms", grouped.cpu_ms, single.cpu_ms),
        ):
            yield Figure(
                what=f"{what}, {callers} at a time",
                unit=unit,
                ours=ours,
                peer=peer,
                peer_is="sqlite3, one commit a row",
            )


def compare(callers: int, rows: int) -> tuple[Spent, Spent]:
    """Write through the writer and one commit a row, in turns; return the quickest of each."""
    rounds = [
        (asyncio.run(through_writer(callers, rows)), asyncio.run(one_commit_a_row(callers, rows)))
        for _ in range(ROUNDS)
    ]
    grouped, single = zip(*rounds, strict=True)
    return quickest(grouped), quickest(single)


def quickest(rounds: Iterable[Spent]) -> Spent:
    """Return the round that took least."""
    return min(rounds, key=lambda spent: spent.wall_s)


async def through_writer(callers: int, rows: int) -> Spent:
    """Write rows through `bot.ledger.writer` alone, so many callers at once."""
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer(_database(Path(folder) / "writer.db"), gather_s=GATHER_S)
        with closing(writer):
            return await _timed(
                lambda request: writer.insert(TABLE, accepted(request, KEY)),
                callers,
                rows,
            )


async def one_commit_a_row(callers: int, rows: int) -> Spent:
    """Write the same rows with sqlite3, each in a transaction of its own."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        path = Path(folder) / "single.db"
        _database(path).dispose()
        with closing(_bare(path)) as connection:
            loop, statement = asyncio.get_running_loop(), _insert()

            async def write(request: Request) -> None:
                values = tables.Request(**accepted(request, KEY)).model_dump()
                await loop.run_in_executor(thread, connection.execute, statement, values)

            return await _timed(write, callers, rows)


async def _timed(write: Write, callers: int, rows: int) -> Spent:
    waiting = iter([_request() for _ in range(rows)])

    async def caller() -> None:
        for request in waiting:
            await write(request)

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return Spent(rows, time.perf_counter() - wall, time.process_time() - cpu)


def _database(path: Path) -> Engine:
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    return engine


def _bare(path: Path) -> sqlite3.Connection:
    # Without an isolation level every statement is a transaction of its own.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _insert() -> str:
    names = list(tables.Request.model_fields)
    marks = ", ".join(f":{name}" for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO request ({quoted}) VALUES ({marks})"  # noqa: S608 - the table's own names


def _request() -> Request:
    return Request(
        id=uuid4(),
        verb="ask",
        prompt=PROMPT,
        user=UserId("U1"),
        reply_to=Destination(channel="C1"),
    )
