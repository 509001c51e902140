import asyncio
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session

from bot.ledger import tables
from bot.ledger.database import connect
from bot.ledger.ledger import TABLE, Ledger
from bot.ledger.rows import accepted
from bot.ledger.writer import BATCH, LedgerUnavailable, Writer
from generators.draft import Request
from tests.bot.builders import KEY, LEASE_S, execute, keys, numbered, request, rows
from tests.bot.ledger.working import busy, lapse


class BrokenError(Exception):
    """Something of the caller's own went wrong."""


def row(asked: Request) -> tables.Request:
    return tables.Request(**accepted(asked, KEY))


async def test_a_change_is_on_the_disk_when_the_write_returns(writer: Writer, db: str) -> None:
    asked = request()
    await writer.write(lambda session: session.add(row(asked)))
    assert rows(db, "SELECT id FROM request") == [(asked.id.hex,)]


async def test_two_hundred_writes_at_once_are_all_kept(writer: Writer, db: str) -> None:
    asked = [request() for _ in range(200)]
    await asyncio.gather(*(writer.write(lambda s, one=one: s.add(row(one))) for one in asked))
    assert {row[0] for row in rows(db, "SELECT id FROM request")} == {r.id.hex for r in asked}


async def test_more_than_a_batch_is_taken_in_several(writer: Writer) -> None:
    release = threading.Event()
    first = asyncio.create_task(writer.write(lambda _: release.wait()))
    await asyncio.sleep(0)
    results = [asyncio.create_task(writer.write(lambda _, n=n: n)) for n in range(BATCH + 44)]
    await asyncio.sleep(0)
    release.set()
    assert await first
    assert await asyncio.gather(*results) == list(range(BATCH + 44))


async def test_what_a_change_raises_undoes_that_change_alone(writer: Writer, db: str) -> None:
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
    assert rows(db, "SELECT id FROM request") == [(kept.id.hex,)]


async def test_a_broken_rule_is_told_as_such_and_the_rest_goes_on(writer: Writer) -> None:
    same = request(id=numbered(1))
    await writer.write(lambda session: session.add(row(same)))
    with pytest.raises(IntegrityError):
        await writer.write(lambda session: session.add(row(same)))
    assert await writer.write(lambda _: "on") == "on"


async def test_known_already_is_told_only_once_the_first_telling_is_durable(
    engine: Engine, writer: Writer, db: str
) -> None:
    def fails(_: Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    ledger, same, release = Ledger(writer, 60, keys()), request(), threading.Event()
    holding = asyncio.create_task(writer.write(lambda _: release.wait()))
    await asyncio.sleep(0)
    tellings = [asyncio.create_task(ledger.accept(same)) for _ in range(2)]
    await asyncio.sleep(0)
    event.listen(engine, "commit", fails)
    release.set()
    results = await asyncio.gather(holding, *tellings, return_exceptions=True)
    assert [type(result) for result in results[1:]] == [LedgerUnavailable] * 2
    assert rows(db, "SELECT * FROM request") == []
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


async def test_a_closed_writer_says_so_and_does_not_hang(db: str) -> None:
    writer = Writer(connect(db))
    writer.close()
    async with asyncio.timeout(5):
        with pytest.raises(LedgerUnavailable):
            await writer.write(lambda _: "never")


async def test_closing_commits_what_is_queued(db: str) -> None:
    writer, asked = Writer(connect(db)), [request() for _ in range(50)]
    writes = [
        asyncio.create_task(writer.write(lambda s, one=one: s.add(row(one)))) for one in asked
    ]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    await asyncio.gather(*writes)
    assert rows(db, "SELECT count(*) FROM request") == [(50,)]


async def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    writer = Writer(connect(f"sqlite:///{tmp_path / 'gone.db'}"))
    tmp_path.joinpath("gone.db").mkdir()
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, 60, keys()).accept(request())
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, 60, keys()).output(request())
    writer.close()


async def test_a_database_without_its_tables_is_unavailable(tmp_path: Path) -> None:
    writer = Writer(connect(f"sqlite:///{tmp_path / 'empty.db'}"))
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, 60, keys()).accept(request())
    with pytest.raises(LedgerUnavailable):
        await Ledger(writer, 60, keys()).output(request())
    writer.close()


async def test_a_locked_database_is_unavailable_and_comes_back(file: Path) -> None:
    engine = connect(f"sqlite:///{file}")
    writer = Writer(engine)

    def impatient(session: Session) -> None:
        session.execute(text("SELECT 1"))

    await writer.write(lambda session: session.execute(text("PRAGMA busy_timeout=1")) and None)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable):
            await writer.write(impatient)
        other.execute("ROLLBACK")
    await writer.write(impatient)
    writer.close()


async def test_a_database_that_takes_no_changes_is_unavailable(file: Path) -> None:
    writer = Writer(connect(f"sqlite:///{file}"))
    await writer.write(lambda session: session.execute(text("PRAGMA query_only=ON")) and None)
    results = await asyncio.gather(
        *(Ledger(writer, 60, keys()).accept(request()) for _ in range(3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [LedgerUnavailable] * 3
    assert rows(file, "SELECT * FROM request") == []
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


async def test_rows_are_stored_once_however_often_they_are_told(writer: Writer, db: str) -> None:
    asked = [request(id=numbered(number)) for number in range(1, 41)]
    told = [one for one in asked for _ in range(3)]
    first = await asyncio.gather(*(writer.insert(TABLE, accepted(one, KEY)) for one in told))
    again = await asyncio.gather(*(writer.insert(TABLE, accepted(one, KEY)) for one in asked))
    assert first == [True, False, False] * 40
    assert again == [False] * 40
    assert rows(db, "SELECT count(*), min(attempt), max(vtime) FROM request") == [(40, 0, 0)]


async def test_a_row_and_a_change_of_one_commit_are_both_kept(writer: Writer, db: str) -> None:
    release = threading.Event()
    first = asyncio.create_task(writer.write(lambda _: release.wait()))
    await asyncio.sleep(0)
    one, other = request(), request()
    change = asyncio.create_task(writer.write(lambda session: session.add(row(other))))
    stored = asyncio.create_task(writer.insert(TABLE, accepted(one, KEY)))
    await asyncio.sleep(0)
    release.set()
    assert await first
    await change
    assert await stored
    kept = {each[0] for each in rows(db, "SELECT id FROM request")}
    assert kept == {one.id.hex, other.id.hex}


async def test_a_database_that_takes_no_rows_says_so(writer: Writer, db: str) -> None:
    execute(db, "ALTER TABLE request RENAME TO gone")
    with pytest.raises(LedgerUnavailable):
        await writer.insert(TABLE, accepted(request(), KEY))


async def test_a_row_that_no_database_takes_fails_alone(writer: Writer, db: str) -> None:
    asked = [accepted(request(), KEY) for _ in range(3)]
    asked[1]["channel"] = "half a \ud83d face"
    async with busy(writer):
        told = [asyncio.create_task(writer.insert(TABLE, one)) for one in asked]
        change = asyncio.create_task(writer.write(lambda _: "on"))
    results = await asyncio.gather(*told, return_exceptions=True)
    assert [type(result) for result in results] == [bool, LedgerUnavailable, bool]
    assert await change == "on"
    assert len(rows(db, "SELECT id FROM request")) == 2


async def test_a_change_that_hides_its_error_harms_no_other(writer: Writer, db: str) -> None:
    same, kept = request(), [request(), request()]

    def hides(session: Session) -> None:
        session.add(row(same))
        session.flush()
        with suppress(SQLAlchemyError):
            session.execute(text("SELECT nothing FROM nowhere"))

    async with busy(writer):
        before = asyncio.create_task(writer.write(lambda session: session.add(row(kept[0]))))
        hiding = asyncio.create_task(writer.write(hides))
        after = asyncio.create_task(writer.write(lambda session: session.add(row(kept[1]))))
    results = await asyncio.gather(before, hiding, after, return_exceptions=True)
    assert (results[0], results[2]) == (None, None)
    found = {one for (one,) in rows(db, "SELECT id FROM request")}
    told = {same.id.hex} if results[1] is None else set[str]()
    assert found == {one.id.hex for one in kept} | told


async def test_a_commit_whose_answer_is_lost_may_be_made_again(
    engine: Engine, writer: Writer, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, asked, commit = Ledger(writer, LEASE_S, keys()), request(), engine.dialect.do_commit
    sqlite = engine.dialect.name == "sqlite"
    gone = sqlite3.OperationalError if sqlite else psycopg.OperationalError

    def lost(connection: Any) -> None:
        commit(connection)
        raise gone("server closed the connection unexpectedly")

    monkeypatch.setattr(engine.dialect, "do_commit", lost)
    with pytest.raises(LedgerUnavailable):
        await ledger.accept(asked)
    monkeypatch.undo()
    assert rows(db, "SELECT id, state FROM request") == [(asked.id.hex, "accepted")]
    assert not await ledger.accept(asked)
    monkeypatch.setattr(engine.dialect, "do_commit", lost)
    with pytest.raises(LedgerUnavailable):
        await ledger.claim()
    monkeypatch.undo()
    assert await ledger.claim() is None, "the lease that nobody knows of must run out first"
    lapse(db)
    lease = await ledger.claim()
    assert lease is not None
    assert lease.attempt == 2


async def test_a_busy_writer_lets_changes_come_together(db: str) -> None:
    sizes, paused, go = list[int](), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def pause(_seconds: float) -> None:
        loop.call_soon_threadsafe(paused.set)
        assert go.wait(10)

    def told(_seconds: float, changes: int) -> None:
        sizes.append(changes)

    writer = Writer(connect(db), told, gather_s=60.0, pause=pause)
    async with busy(writer):
        several = [asyncio.create_task(writer.write(lambda _: "on")) for _ in range(3)]
    await asyncio.gather(*several)
    one = asyncio.create_task(writer.write(lambda _: "one"))
    async with asyncio.timeout(10):
        await paused.wait()
    other = asyncio.create_task(writer.write(lambda _: "other"))
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(one, other) == ["one", "other"]
    writer.close()
    assert sizes == [1, 3, 2]


async def test_a_lone_change_never_waits_for_company(db: str) -> None:
    waits = list[float]()
    writer = Writer(connect(db), gather_s=60.0, pause=waits.append)
    for number in range(5):
        assert await writer.write(lambda _, number=number: number) == number
    writer.close()
    assert waits == []


async def test_what_fails_is_made_again_apart_and_the_rest_is_kept_once(
    writer: Writer, db: str
) -> None:
    kept, runs = [request() for _ in range(3)], list[str]()

    def fails(session: Session) -> None:
        runs.append("fails")
        session.add(row(request()))
        raise BrokenError

    async with busy(writer):
        before = asyncio.create_task(writer.write(lambda session: session.add(row(kept[0]))))
        failing = asyncio.create_task(writer.write(fails))
        after = asyncio.create_task(writer.write(lambda session: session.add(row(kept[1]))))
        stored = asyncio.create_task(writer.insert(TABLE, accepted(kept[2], KEY)))
    results = await asyncio.gather(before, failing, after, stored, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), BrokenError, type(None), bool]
    assert {one for (one,) in rows(db, "SELECT id FROM request")} == {r.id.hex for r in kept}
    assert runs == ["fails", "fails"]


async def test_two_bots_that_are_told_the_same_at_once_keep_it_once(db: str) -> None:
    writers = [Writer(connect(db)) for _ in range(2)]
    asked = [accepted(request(id=numbered(number)), KEY) for number in range(1, 101)]
    told = [
        writer.insert(TABLE, one)
        for writer, order in zip(writers, (asked, asked[::-1]), strict=True)
        for one in order
    ]
    new = await asyncio.gather(*told)
    assert sum(new) == len(asked)
    assert rows(db, "SELECT count(*) FROM request") == [(len(asked),)]
    for writer in writers:
        writer.close()


async def test_two_bots_put_one_persons_requests_in_line(db: str) -> None:
    writers = [Writer(connect(db)) for _ in range(2)]
    ledgers = [Ledger(writer, LEASE_S, keys()) for writer in writers]
    for _ in range(10):
        await ledgers[0].accept(request())
    leases = [lease for each in ledgers * 5 if (lease := await each.claim("greet"))]
    both = zip(ledgers * 5, leases, strict=True)
    ahead = await asyncio.gather(*(ledger.queue(lease, 1.0) for ledger, lease in both))
    assert sorted(ahead) == list(range(10))
    for writer in writers:
        writer.close()
