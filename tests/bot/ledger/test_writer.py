import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot.ledger import tables
from bot.ledger.ledger import TABLE, Ledger
from bot.ledger.rows import accepted
from bot.ledger.writer import BATCH, LedgerUnavailable, Writer, connect
from generators.draft import Request
from tests.bot.builders import execute, numbered, request, rows


class BrokenError(Exception):
    """Something of the caller's own went wrong."""


def row(asked: Request) -> tables.Request:
    return tables.Request(**accepted(asked))


async def test_a_change_is_on_the_disk_when_the_write_returns(writer: Writer, path: Path) -> None:
    asked = request()
    await writer.write(lambda session: session.add(row(asked)))
    assert rows(path, "SELECT id FROM request") == [(asked.id.hex,)]


async def test_two_hundred_writes_at_once_are_all_kept(writer: Writer, path: Path) -> None:
    asked = [request() for _ in range(200)]
    await asyncio.gather(*(writer.write(lambda s, one=one: s.add(row(one))) for one in asked))
    assert {row[0] for row in rows(path, "SELECT id FROM request")} == {r.id.hex for r in asked}


async def test_more_than_a_batch_is_taken_in_several(writer: Writer) -> None:
    release = threading.Event()
    first = asyncio.create_task(writer.write(lambda _: release.wait()))
    await asyncio.sleep(0)
    results = [asyncio.create_task(writer.write(lambda _, n=n: n)) for n in range(BATCH + 44)]
    await asyncio.sleep(0)
    release.set()
    assert await first
    assert await asyncio.gather(*results) == list(range(BATCH + 44))


async def test_what_a_change_raises_undoes_that_change_alone(writer: Writer, path: Path) -> None:
    kept, lost = request(), request()

    def fails(session: Session) -> None:
        session.add(row(lost))
        session.flush()
        raise BrokenError

    results = await asyncio.gather(
        writer.write(lambda session: session.add(row(kept))),
        writer.write(fails),
        return_exceptions=True,
    )
    assert isinstance(results[1], BrokenError)
    assert rows(path, "SELECT id FROM request") == [(kept.id.hex,)]


async def test_a_broken_rule_is_told_as_such_and_the_rest_goes_on(writer: Writer) -> None:
    same = request(id=numbered(1))
    await writer.write(lambda session: session.add(row(same)))
    with pytest.raises(IntegrityError):
        await writer.write(lambda session: session.add(row(same)))
    assert await writer.write(lambda _: "on") == "on"


async def test_known_already_is_told_only_once_the_first_telling_is_durable(
    engine: Engine, writer: Writer, path: Path
) -> None:
    def fails(_: Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    ledger, same, release = Ledger(writer, 60), request(), threading.Event()
    holding = asyncio.create_task(writer.write(lambda _: release.wait()))
    await asyncio.sleep(0)
    tellings = [asyncio.create_task(ledger.accept(same)) for _ in range(2)]
    await asyncio.sleep(0)
    event.listen(engine, "commit", fails)
    release.set()
    results = await asyncio.gather(holding, *tellings, return_exceptions=True)
    assert [type(result) for result in results[1:]] == [LedgerUnavailable] * 2
    assert rows(path, "SELECT * FROM request") == []
    event.remove(engine, "commit", fails)


async def test_a_caller_that_gives_up_does_not_stop_the_writer(writer: Writer) -> None:
    release = threading.Event()
    impatient = asyncio.create_task(writer.write(lambda _: release.wait()))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    release.set()
    async with asyncio.timeout(5):
        assert await writer.write(lambda _: "on") == "on"


async def test_a_caller_that_gives_up_early_does_not_stop_the_writer_either(
    writer: Writer,
) -> None:
    release = threading.Event()
    busy = asyncio.create_task(writer.write(lambda _: release.wait()))
    queued = asyncio.create_task(writer.write(lambda _: "never heard"))
    await asyncio.sleep(0)
    queued.cancel()
    release.set()
    async with asyncio.timeout(5):
        assert await busy
        assert await writer.write(lambda _: "on") == "on"


async def test_a_closed_writer_says_so_and_does_not_hang(path: Path) -> None:
    writer = Writer(connect(f"sqlite:///{path}"))
    writer.close()
    async with asyncio.timeout(5):
        with pytest.raises(LedgerUnavailable):
            await writer.write(lambda _: "never")


async def test_closing_commits_what_is_queued(path: Path) -> None:
    writer, asked = Writer(connect(f"sqlite:///{path}")), [request() for _ in range(50)]
    writes = [
        asyncio.create_task(writer.write(lambda s, one=one: s.add(row(one)))) for one in asked
    ]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    await asyncio.gather(*writes)
    assert rows(path, "SELECT count(*) FROM request") == [(50,)]


async def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    writer = Writer(connect(f"sqlite:///{tmp_path / 'gone.db'}"))
    tmp_path.joinpath("gone.db").mkdir()
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, 60).accept(request())
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, 60).output(request())
    writer.close()


async def test_a_database_without_its_tables_is_unavailable(tmp_path: Path) -> None:
    writer = Writer(connect(f"sqlite:///{tmp_path / 'empty.db'}"))
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, 60).accept(request())
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, 60).output(request())
    writer.close()


async def test_a_locked_database_is_unavailable_and_comes_back(engine: Engine, path: Path) -> None:
    writer = Writer(engine)

    def impatient(session: Session) -> None:
        session.execute(text("SELECT 1"))

    await writer.write(lambda session: session.execute(text("PRAGMA busy_timeout=1")) and None)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable):
            await writer.write(impatient)
        other.execute("ROLLBACK")
    await writer.write(impatient)
    writer.close()


async def test_a_database_that_takes_no_changes_is_unavailable(engine: Engine, path: Path) -> None:
    writer = Writer(engine)
    await writer.write(lambda session: session.execute(text("PRAGMA query_only=ON")) and None)
    results = await asyncio.gather(
        *(Ledger(writer, 60).accept(request()) for _ in range(3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [LedgerUnavailable] * 3
    assert rows(path, "SELECT * FROM request") == []
    writer.close()


async def test_reading_sees_what_was_written(writer: Writer) -> None:
    asked = request()
    await writer.write(lambda session: session.add(row(asked)))
    count = await writer.read(lambda s: s.execute(text("SELECT count(*) FROM request")).scalar())
    assert count == 1


async def test_reading_does_not_wait_for_a_writer(writer: Writer) -> None:
    release = threading.Event()
    writing = asyncio.create_task(writer.write(lambda _: release.wait()))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert await writer.read(lambda s: s.execute(text("SELECT 7")).scalar()) == 7
    release.set()
    await writing


def test_every_connection_is_durable(engine: Engine) -> None:
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1]  # 2 is FULL: sqlite.org/pragma.html#pragma_synchronous


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'new' / 'atelier.db'}")
    with engine.connect():
        assert tmp_path.joinpath("new", "atelier.db").exists()
    engine.dispose()


async def test_rows_are_stored_once_however_often_they_are_told(writer: Writer, path: Path) -> None:
    asked = [request(id=numbered(number)) for number in range(1, 41)]
    told = [one for one in asked for _ in range(3)]
    first = await asyncio.gather(*(writer.insert(TABLE, accepted(one)) for one in told))
    again = await asyncio.gather(*(writer.insert(TABLE, accepted(one)) for one in asked))
    assert first == [True, False, False] * 40
    assert again == [False] * 40
    assert rows(path, "SELECT count(*), min(attempt), max(vtime) FROM request") == [(40, 0, 0)]


async def test_a_row_and_a_change_of_one_commit_are_both_kept(writer: Writer, path: Path) -> None:
    release = threading.Event()
    first = asyncio.create_task(writer.write(lambda _: release.wait()))
    await asyncio.sleep(0)
    one, other = request(), request()
    change = asyncio.create_task(writer.write(lambda session: session.add(row(other))))
    stored = asyncio.create_task(writer.insert(TABLE, accepted(one)))
    await asyncio.sleep(0)
    release.set()
    assert await first
    await change
    assert await stored
    kept = {each[0] for each in rows(path, "SELECT id FROM request")}
    assert kept == {one.id.hex, other.id.hex}


async def test_a_database_that_takes_no_rows_says_so(writer: Writer, path: Path) -> None:
    execute(path, "ALTER TABLE request RENAME TO gone")
    with pytest.raises(LedgerUnavailable):
        await writer.insert(TABLE, accepted(request()))
