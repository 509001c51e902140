import asyncio

import pytest

from bot.ledger import instances
from bot.ledger.database import connect
from bot.ledger.instances import KEPT_MS, SILENT_MS, Presence, at_work
from bot.ledger.rows import now_ms
from bot.ledger.writer import Writer
from tests.bot.builders import execute, rows
from tests.bot.line import until

ROW = "SELECT id, host, version FROM instance ORDER BY id"


def presence(writer: Writer, **given: str) -> Presence:
    return Presence(writer=writer, **{"id": "me", "version": "1.2", "host": "moon", **given})


async def test_a_bot_is_there_while_it_is_at_work(
    writer: Writer, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "BEAT_S", 0.0)
    keeping = asyncio.create_task(presence(writer).keep())
    await until(lambda: rows(db, ROW) == [("me", "moon", "1.2")])
    (started, beat), *_ = rows(db, "SELECT started_ms, beat_ms FROM instance")
    await until(lambda: rows(db, "SELECT beat_ms FROM instance")[0][0] > beat)
    assert rows(db, "SELECT started_ms FROM instance") == [(started,)]
    assert [one.id for one in await writer.read(at_work)] == ["me"]
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert rows(db, ROW) == []


async def test_who_fell_silent_is_not_at_work_and_is_forgotten_in_time(
    writer: Writer, db: str
) -> None:
    insert = "INSERT INTO instance VALUES (?, 'h', 'v', 1, ?)"
    execute(db, insert, "silent", now_ms() - SILENT_MS - 1000)
    execute(db, insert, "old", now_ms() - KEPT_MS - 1000)
    keeping = asyncio.create_task(presence(writer).keep())
    await until(lambda: len(rows(db, ROW)) == 2 and ("me", "moon", "1.2") in rows(db, ROW))
    assert [one.id for one in await writer.read(at_work)] == ["me"]
    assert {name for name, *_ in rows(db, ROW)} == {"me", "silent"}
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def test_a_database_that_is_away_ends_no_bot(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "BEAT_S", 0.0)
    writer = Writer(connect(db))
    writer.close()
    keeping = asyncio.create_task(presence(writer).keep())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not keeping.done()
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
