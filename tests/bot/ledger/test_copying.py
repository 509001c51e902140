import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.ledger.alone import alone
from bot.ledger.audit import mismatches
from bot.ledger.copying import BATCH, copy, differences, held
from bot.ledger.database import DatabaseRefused, connect, reading
from bot.ledger.instances import Presence
from bot.ledger.ledger import Ledger
from bot.ledger.schema import downgrade, revision
from bot.ledger.writer import Writer
from generators.draft import Code, Content, Image, Text
from tests.bot.builders import (
    LEASE_S,
    assessment,
    draft,
    execute,
    keys,
    migrated,
    numbered,
    request,
    rows,
)
from tests.bot.databases import served_only
from tests.bot.ledger.working import claimed, queued
from tests.bot.postgres import Cluster

pytestmark = pytest.mark.thorough

Fill = Callable[[], Engine]
CONTENTS: tuple[Content, ...] = (
    Text("退款 \U0001f600 \u202e ' \" \\ % 5 d"),
    Code("print('%s')", "python", "passed"),
    Image(bytes(range(256)), "a heart", 7),
)


@pytest.fixture
async def full(engine: Engine, writer: Writer) -> Engine:
    """A database with rows in every state, and more requests than a batch."""
    ledger = Ledger(writer, LEASE_S, keys())
    for content in CONTENTS:
        lease = await claimed(ledger)
        await ledger.sending(lease.request, 0, "C1")
        await ledger.sent(lease.request, 0, "C1", "1.5")
        await ledger.settle(lease, draft(lease.request, content), assessment(content), "delivered")
        await ledger.done(lease, "delivered")
    await queued(ledger)
    many = (request(f"{number}", id=numbered(number)) for number in range(1, BATCH + 20))
    await asyncio.gather(*(ledger.accept(one) for one in many))
    return engine


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.sockets)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without tables."""
    if request.param == "sqlite":
        engine = connect(f"sqlite:///{tmp_path / 'copy' / 'atelier.db'}")
    else:
        cluster: Cluster = request.getfixturevalue("postgresql")
        engine = connect(cluster.new("copy"))
    yield engine
    engine.dispose()


def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False).replace("+psycopg", "")


async def test_every_row_arrives_as_it_was(full: Engine, empty: Engine) -> None:
    copied = copy(full, empty)
    assert list(differences(copied, empty)) == []
    assert {table.table: table.rows for table in copied}["request"] == BATCH + 23
    assert {table.table: table.rows for table in copied}["output"] == len(CONTENTS)
    with reading(full) as one, reading(empty) as other:
        assert list(held(one)) == list(held(other)) == list(copied)
    assert list(mismatches(empty, keys())) == list(mismatches(full, keys())) == []
    for table, order in (("output", "request_id"), ("usage", "id"), ("request", "created_ms, id")):
        query = f"SELECT * FROM {table} ORDER BY {order}"  # noqa: S608 - ours
        columns = rows(url(full), query)
        assert len(columns) == len(rows(url(empty), query))


async def test_the_copy_goes_on_where_the_original_was(full: Engine, empty: Engine) -> None:
    copy(full, empty)
    writer = Writer(empty)
    ledger = Ledger(writer, LEASE_S, keys())
    before = rows(url(empty), "SELECT max(id) FROM usage")[0][0]
    lease = await ledger.claim("work")
    assert lease is not None
    await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    assert rows(url(empty), "SELECT max(id) FROM usage") == [(before + 1,)]
    assert not await ledger.accept(request(id=numbered(1)))
    writer.close()


@pytest.mark.parametrize(
    ("tampering", "sentence"),
    [
        ("DELETE FROM send WHERE part = 0", "send has 0 rows, and should have 3"),
        ("UPDATE usage SET gpu_ms = 251 WHERE id = 1", "usage has as many rows as it should, but"),
        ("UPDATE output SET blob = ? WHERE kind = 'Image'", "output has as many rows"),
    ],
)
async def test_whatever_is_not_the_same_is_named(
    full: Engine, empty: Engine, tampering: str, sentence: str
) -> None:
    copied = copy(full, empty)
    execute(url(empty), tampering, *([b"\0"] if "?" in tampering else []))
    (found,) = differences(copied, empty)
    assert found.startswith(sentence)


def test_what_is_not_empty_is_not_copied_to(full: Engine, tmp_path: Path) -> None:
    target = migrated(tmp_path / "other.db")
    execute(url(target), "INSERT INTO instance VALUES ('i', 'h', 'v', 1, 1)")
    with pytest.raises(DatabaseRefused, match="not empty: instance has rows"):
        copy(full, target)
    assert rows(url(target), "SELECT count(*) FROM request") == [(0,)]
    target.dispose()


def test_a_row_that_the_other_does_not_take_leaves_it_empty(full: Engine, empty: Engine) -> None:
    if full.dialect.name != "sqlite" or empty.dialect.name == "sqlite":
        pytest.skip("only PostgreSQL has no zero bytes in text, and only SQLite has them")
    execute(url(full), "UPDATE send SET ts = ? WHERE part = 0", "1\0.5")
    with pytest.raises(DatabaseRefused, match=r"send cannot be copied .* nothing was"):
        copy(full, empty)
    assert rows(url(empty), "SELECT count(*) FROM request") == [(0,)]


def test_an_old_database_is_not_copied(full: Engine, empty: Engine) -> None:
    downgrade(full, "0001")
    with pytest.raises(DatabaseRefused, match="run `atelier db upgrade`"):
        copy(full, empty)
    assert revision(full) == "0001"


def test_a_file_that_a_bot_works_on_is_not_copied(empty: Engine, file: Path) -> None:
    source = connect(f"sqlite:///{file}")
    with alone(source.url), pytest.raises(DatabaseRefused, match="is at work on"):
        copy(source, empty)
    source.dispose()


@served_only
async def test_a_server_that_a_bot_works_on_is_not_copied(served: str, tmp_path: Path) -> None:
    source, target = connect(served), connect(f"sqlite:///{tmp_path / 'atelier.db'}")
    writer = Writer(source)
    presence = Presence(writer=writer, id="me", version="1", host="moon")
    keeping = asyncio.create_task(presence.keep())
    while not rows(served, "SELECT id FROM instance"):  # noqa: ASYNC110 - another thread writes it
        await asyncio.sleep(0.01)
    with pytest.raises(DatabaseRefused, match=r"1 bots .* moon"):
        copy(source, target)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    copy(source, target)
    writer.close()
    target.dispose()
