"""How the ledger's database is opened, and what PostgreSQL does that SQLite does not."""

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlmodel import Session

from bot.ledger import tables
from bot.ledger.database import (
    DatabaseRefused,
    address,
    changing,
    connect,
    file_of,
    reading,
    shown,
)
from bot.ledger.ledger import Ledger
from bot.ledger.rows import accepted
from bot.ledger.schema import upgrade
from bot.ledger.writer import LedgerUnavailable, Writer
from tests.bot.builders import KEY, LEASE_S, keys, request, rows
from tests.bot.databases import served_only
from tests.bot.ledger.working import busy
from tests.bot.postgres import Cluster


@pytest.fixture
def own(postgresql: Cluster) -> str:
    """A migrated database that nobody else uses."""
    url = postgresql.new("own")
    engine = connect(url)
    upgrade(engine)
    engine.dispose()
    return url


def options(url: str, **given: str) -> str:
    """Return a URL with other server settings than ours."""
    said = " ".join(f"-c {name}={value}" for name, value in given.items())
    return f"{url}?options={quote(said)}"


def test_every_connection_to_sqlite_is_durable(file: Path) -> None:
    engine = connect(f"sqlite:///{file}")
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1]  # 2 is FULL: sqlite.org/pragma.html#pragma_synchronous
    engine.dispose()


@served_only
def test_every_connection_to_postgresql_is_durable_and_patient_within_reason(served: str) -> None:
    engine = connect(served)
    expected = {
        "synchronous_commit": "on",
        "statement_timeout": "10s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "5s",
        "transaction_isolation": "read committed",
        "application_name": "atelier",
        "TimeZone": "UTC",
    }
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in expected}
    assert found == expected
    engine.dispose()


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'new' / 'atelier.db'}")
    with engine.connect():
        assert tmp_path.joinpath("new", "atelier.db").exists()
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"],
)
def test_every_name_of_postgresql_is_psycopgs(url: str) -> None:
    assert address(url).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["mysql://u:hunter2@h/d", "postgresql+asyncpg://u:hunter2@h/d"])
def test_another_database_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(DatabaseRefused, match="write sqlite:///PATH or postgresql://") as refused:
        connect(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "atelier.db", "://", "hunter2 is my password"])
def test_what_is_no_url_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(DatabaseRefused, match="write sqlite:///PATH or postgresql://") as refused:
        connect(url)
    assert "hunter2" not in str(refused.value)


def test_a_password_is_not_shown() -> None:
    assert shown("postgres://ana:hunter2@db.example/atelier") == (
        "postgresql+psycopg://ana:***@db.example/atelier"
    )


def test_only_a_sqlite_file_is_a_file() -> None:
    assert file_of("sqlite:////srv/atelier.db") == Path("/srv/atelier.db")
    assert file_of("sqlite://") is None
    assert file_of("postgresql://h/d") is None


def test_a_driver_that_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseRefused, match=r"pip install 'atelier\[postgres\]'"):
        connect("postgresql://h/d")


@pytest.mark.parametrize("use", [reading, changing])
def test_a_server_that_does_not_answer_is_one_sentence(
    use: Callable[[Engine], AbstractContextManager[Connection]],
) -> None:
    engine = connect("postgresql://ana:hunter2@127.0.0.1:9/d")
    with pytest.raises(DatabaseRefused) as refused, use(engine) as connection:
        connection.execute(text("SELECT 1"))
    said = str(refused.value)
    assert said.startswith("The database postgresql+psycopg://ana:***@127.0.0.1:9/d cannot be used")
    assert "\n" not in said
    assert "hunter2" not in said


def test_an_error_quotes_no_values(engine: Engine) -> None:
    canary = "canary-7f3a"
    with Session(engine) as session, pytest.raises(DBAPIError) as failed:
        session.execute(text("INSERT INTO nowhere VALUES (:prompt)"), {"prompt": canary})
    assert canary not in str(failed.value)


async def test_reading_sees_one_moment(engine: Engine, writer: Writer) -> None:
    count = text("SELECT count(*) FROM request")
    with reading(engine) as connection:
        assert connection.execute(count).scalar() == 0
        await Ledger(writer, LEASE_S, keys()).accept(request())
        assert connection.execute(count).scalar() == 0
    with reading(engine) as connection:
        assert connection.execute(count).scalar() == 1


def test_a_long_change_keeps_foreign_keys_for_whoever_comes_after(engine: Engine) -> None:
    with changing(engine) as connection:
        connection.execute(text("SELECT 1"))
    orphan = text("INSERT INTO send (request_id, part, channel, sent_ms) VALUES ('x', 0, 'C', 1)")
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(orphan)


def test_one_transaction_writes_at_a_time(db: str) -> None:
    first, second, order = connect(db), connect(db), list[str]()

    def write_too() -> None:
        with second.begin():
            order.append("second")

    with first.begin():
        other = threading.Thread(target=write_too)
        other.start()
        with reading(first) as reads:
            reads.execute(text("SELECT count(*) FROM request"))
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    for engine in (first, second):
        engine.dispose()


@served_only
def test_a_transaction_that_failed_is_not_taken_for_committed(served: str) -> None:
    engine = connect(served)
    with engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT nothing FROM nowhere"))
        with pytest.raises(InvalidRequestError, match="a statement failed"):
            connection.commit()
    engine.dispose()


@served_only
async def test_after_a_restart_of_the_server_writing_and_reading_go_on(
    postgresql: Cluster, own: str
) -> None:
    writer = Writer(connect(own))
    ledger, asked = Ledger(writer, LEASE_S, keys()), [request() for _ in range(3)]
    await ledger.accept(asked[0])
    postgresql.stop()
    with pytest.raises(LedgerUnavailable):
        await ledger.accept(asked[1])
    with pytest.raises(LedgerUnavailable):
        await ledger.output(asked[0])
    postgresql.start()
    assert await ledger.accept(asked[1])
    assert not await ledger.accept(asked[0])
    assert await ledger.output(asked[0]) is None
    postgresql.stop("fast")
    postgresql.start()
    assert await ledger.accept(asked[2]), "a connection that went stale costs nobody an error"
    assert len(rows(own, "SELECT id FROM request")) == 3
    writer.close()


@served_only
async def test_a_connection_that_breaks_in_a_commit_takes_all_of_it_along(own: str) -> None:
    writer, lost = Writer(connect(own)), [request() for _ in range(3)]

    def dies(session: Session) -> None:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    def adds(number: int) -> asyncio.Task[None]:
        row = tables.Request(**accepted(lost[number], KEY))
        return asyncio.create_task(writer.write(lambda session: session.add(row)))

    async with busy(writer):
        works = [adds(0), asyncio.create_task(writer.write(dies)), adds(1), adds(2)]
    results = await asyncio.gather(*works, return_exceptions=True)
    assert [type(result) for result in results] == [LedgerUnavailable] * 4
    assert rows(own, "SELECT id FROM request") == []
    assert await writer.write(lambda _: "on") == "on"
    writer.close()


@served_only
async def test_who_cannot_write_soon_is_told_and_tries_again(own: str) -> None:
    writer = Writer(connect(options(own, lock_timeout="100ms")))
    ledger, other = Ledger(writer, LEASE_S, keys()), connect(own)
    with other.begin():
        with pytest.raises(LedgerUnavailable):
            await ledger.accept(request())
        assert await ledger.output(request()) is None, "reading waits for nobody"
    assert await ledger.accept(request())
    writer.close()
    other.dispose()


@served_only
async def test_a_bot_that_was_stopped_in_a_change_does_not_stop_the_others(own: str) -> None:
    stopped = connect(options(own, idle_in_transaction_session_timeout="200ms"))
    writer = Writer(connect(own))
    with stopped.connect() as connection:
        connection.begin()
        assert await Ledger(writer, LEASE_S, keys()).accept(request())
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1"))
    writer.close()
    stopped.dispose()


@served_only
async def test_a_server_that_takes_no_changes_is_unavailable(own: str) -> None:
    writer = Writer(connect(options(own, default_transaction_read_only="on")))
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, LEASE_S, keys()).accept(request())
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, LEASE_S, keys()).begin(request())
    writer.close()


@served_only
def test_the_writer_never_waits_for_those_who_read(own: str) -> None:
    engine = connect(own)
    reads = [engine.connect() for _ in range(32)]
    for connection in reads:
        connection.execution_options(atelier_read=True).execute(text("SELECT 1"))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT 7")).scalar() == 7
    for connection in reads:
        connection.close()
    engine.dispose()


@served_only
def test_rows_are_what_the_tests_see(served: str) -> None:
    assert rows(served, "SELECT ?, 'a%b', ?", 1, "x") == [(1, "a%b", "x")]
    with pytest.raises(psycopg.errors.UndefinedTable):
        rows(served, "SELECT * FROM nowhere")
