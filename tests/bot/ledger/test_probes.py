import pytest

from bot.ledger.ledger import Ledger
from bot.ledger.probes import touch, waiting
from bot.ledger.writer import LedgerUnavailable, Writer
from tests.bot.builders import request, rows
from tests.bot.ledger.working import queued


async def test_the_probe_writes_and_changes_nothing(writer: Writer, db: str) -> None:
    before = rows(db, "SELECT version_num FROM alembic_version")
    await touch(writer)
    assert rows(db, "SELECT version_num FROM alembic_version") == before
    assert len(before) == 1


async def test_the_probe_fails_where_nothing_can_be_written(writer: Writer) -> None:
    writer.close()
    with pytest.raises(LedgerUnavailable):
        await touch(writer)


async def test_what_waits_is_counted_by_verb_and_state(ledger: Ledger, writer: Writer) -> None:
    assert await waiting(writer) == []
    for _ in range(2):
        await ledger.accept(request())
    await ledger.accept(request(verb="imagine"))
    await queued(ledger)
    found = {(row.verb, row.state): row.count for row in await waiting(writer)}
    assert sum(found.values()) == 4
    assert found["imagine", "accepted"] == 1
    assert all(row.oldest_ms > 0 for row in await waiting(writer))
