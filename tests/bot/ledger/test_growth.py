"""That what a request costs does not grow with what was ever asked.

Counted is what SQLite does: the instructions of its virtual machine (sqlite.org/c3ref/
progress_handler.html) and how it gets at the rows (sqlite.org/eqp.html). A busy machine changes
neither.
"""

import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.budgets import Budget, Reserve
from bot.ledger.accounts import Accounts
from bot.ledger.ledger import Ledger
from bot.ledger.rows import accepted
from bot.ledger.writer import Writer
from tests.bot.builders import ANA, KEY, LEASE_S, assessment, draft, keys, migrated, request

FEW, MANY = 20, 1000
"""Requests of one person that are done."""
STEP = 10
LONG_AGO_MS = 1_000_000_000_000
NO_SCAN = ("request", "usage", "verdict", "output", "send", "usage_day")
BUDGETS = tuple(
    Budget(scope=scope, window="month", requests=1_000_000)
    for scope in ("user", "channel", "workspace")
)


@dataclass
class Watch:
    """Which statements ran, and how many instructions each took, in tens."""

    said: dict[str, Any] = field(default_factory=dict)
    steps: Counter[str] = field(default_factory=Counter)
    now: dict[int, str] = field(default_factory=dict)

    def connected(self, connection: sqlite3.Connection, _entry: object) -> None:
        connection.set_progress_handler(self.stepped, STEP)

    def stepped(self) -> int:
        self.steps[self.now.get(threading.get_ident(), "")] += 1
        return 0

    def begun(self, *given: Any) -> None:
        statement, parameters, many = given[2], given[3], given[5]
        self.said.setdefault(statement, parameters[0] if many else parameters)
        self.now[threading.get_ident()] = statement


def history(file: Path, count: int) -> None:
    """Fill a ledger with requests of Ana's that are done, as if she had asked them long ago."""
    with closing(sqlite3.connect(file)) as connection:
        for number in range(count):
            row = accepted(request(), KEY) | {"state": "done", "created_ms": LONG_AGO_MS + number}
            columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
            insert = f"INSERT INTO request ({columns}) VALUES ({marks})"  # noqa: S608 - its own names
            connection.execute(insert, tuple(row.values()))
        for insert in (
            """INSERT INTO verdict SELECT NULL, id, 1, 'output', 'allow', id, '', '', NULL, 1
               FROM request""",
            """INSERT INTO usage SELECT NULL, id, 1, 'chat', team, user, channel, verb, 'm',
               1, 1, 1, 0, 1, 0, 0, 'ok', created_ms FROM request""",
            "INSERT INTO send SELECT id, 0, channel, 1, '1.1' FROM request",
        ):
            connection.execute(insert)
        connection.commit()


@contextmanager
def watched(file: Path) -> Iterator[tuple[Ledger, Watch]]:
    engine, watch = migrated(file), Watch()
    engine.dispose()
    event.listen(engine, "connect", watch.connected)
    event.listen(engine, "before_cursor_execute", watch.begun)
    writer = Writer(engine)
    yield Ledger(writer, LEASE_S, keys(), Accounts(budgets=BUDGETS)), watch
    writer.close()


async def lives(ledger: Ledger) -> None:
    """Let two requests go their ways: to an answer, and over a fault to a failure."""
    for ends_well in (True, False):
        asked = request()
        assert await ledger.accept(asked)
        assert not await ledger.accept(asked)
        greeted = await ledger.claim("greet")
        assert greeted is not None
        await ledger.load(ANA, greeted)
        await ledger.queue(greeted, 1.0)
        assert await ledger.sending(asked, 0, "C1") is None
        await ledger.sent(asked, 0, "C1", "1.2")
        await ledger.greeted(greeted)
        lease = await ledger.claim("resume", "work")
        assert lease is not None
        assert await ledger.reserve(lease, Reserve(requests=1)) is None
        await ledger.admitted(lease, asked, assessment())
        await ledger.judged(lease, assessment())
        await ledger.beat(lease)
        if ends_well:
            await ledger.settle(lease, draft(asked), assessment(), "delivered")
            assert await ledger.output(asked) is not None
            await ledger.done(lease, "delivered")
        else:
            await ledger.again(lease, 0.0, None, fault=True)
            await ledger.release()
        assert await ledger.claim("show") is None
        await ledger.nearly(asked)


async def counted(file: Path, count: int) -> Watch:
    migrated(file).dispose()
    history(file, count)
    with watched(file) as (ledger, watch):
        await lives(ledger)
    return watch


async def test_a_request_costs_the_same_whatever_was_asked_before(tmp_path: Path) -> None:
    few = await counted(tmp_path / "few.db", FEW)
    many = await counted(tmp_path / "many.db", MANY)
    grown = {
        statement: (few.steps[statement], steps)
        for statement, steps in many.steps.items()
        if steps > 2 * few.steps[statement] + 20
    }
    assert set(few.said) == set(many.said)
    assert len(many.said) > 20, "the statements of a whole life"
    assert not grown


async def test_no_statement_of_a_requests_life_scans_what_was_ever_asked(tmp_path: Path) -> None:
    file = tmp_path / "few.db"
    watch = await counted(file, FEW)
    with closing(sqlite3.connect(file)) as connection:
        plans = {
            statement: [
                row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", given)
            ]
            for statement, given in watch.said.items()
            if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH|INSERT)", statement)
        }
    scans = re.compile(rf"SCAN ({'|'.join(NO_SCAN)})\b(?! USING COVERING INDEX)")
    assert not {s: plan for s, plan in plans.items() if any(map(scans.search, plan))}


@pytest.mark.parametrize("table", ["request", "verdict"])
def test_a_scan_would_be_seen(tmp_path: Path, table: str) -> None:
    engine = migrated(tmp_path / "some.db")
    with engine.connect() as connection:
        query = f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE attempt = 7"  # noqa: S608 - two names
        assert [row[3] for row in connection.exec_driver_sql(query)] == [f"SCAN {table}"]
    engine.dispose()
