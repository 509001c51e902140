import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot.ledger import retention as module
from bot.ledger.audit import mismatches
from bot.ledger.ledger import Ledger
from bot.ledger.retention import BATCH_BYTES, Retention, Sweeper, Swept, bounded
from bot.ledger.rows import now_ms
from bot.ledger.usage import DAY_MS
from bot.ledger.writer import LedgerUnavailable, Writer
from generators.draft import Image, Request
from tests.bot.builders import BO, assessment, decide, draft, execute, keys, request, rows
from tests.bot.ledger.working import aged, claimed, finished, held

DAYS = Retention(contents_days=30, metadata_days=400, usage_days=800)
NOTHING = Swept()


@pytest.fixture
def sweeper(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> Sweeper:
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    return Sweeper(writer, keys(), DAYS)


async def answered(ledger: Ledger, db: str, days: int, asked: Request | None = None) -> Request:
    """Bring a request to its end, so many days ago."""
    lease = await claimed(ledger, asked)
    await ledger.sending(lease.request, 0, "C1")
    await ledger.sent(lease.request, 0, "C1", "1.5")
    await finished(ledger, lease)
    aged(db, lease.request, now_ms() - days * DAY_MS)
    return lease.request


def kept(db: str) -> list[tuple[object, ...]]:
    """Return of every request how much is kept, and how many bytes its words have."""
    query = "SELECT kept, length(prompt) + length(flags) > 0 FROM request ORDER BY created_ms"
    return [(row[0], bool(row[1])) for row in rows(db, query)]


async def test_words_expire_and_the_books_still_agree(
    sweeper: Sweeper, ledger: Ledger, engine: Engine, db: str
) -> None:
    await answered(ledger, db, 31)
    await answered(ledger, db, 29)
    assert await sweeper.sweep(now_ms()) == Swept(emptied=1)
    assert kept(db) == [(1, False), (0, True)]
    query = "SELECT length(text) + length(blob) + length(details) FROM output ORDER BY 1"
    assert [row[0] > 0 for row in rows(db, query)] == [False, True]
    assert list(mismatches(engine, keys())) == []
    assert await sweeper.sweep(now_ms()) == NOTHING


async def test_verdicts_and_messages_expire_and_the_books_still_agree(
    sweeper: Sweeper, ledger: Ledger, engine: Engine, db: str
) -> None:
    await answered(ledger, db, 401)
    await answered(ledger, db, 399)
    assert await sweeper.sweep(now_ms()) == Swept(emptied=2, trimmed=1)
    assert kept(db) == [(2, False), (1, False)]
    for table in ("verdict", "output", "send"):
        assert rows(db, f"SELECT count(*) FROM {table}") == [(1,)]  # noqa: S608 - ours
    assert rows(db, "SELECT count(*) FROM usage") == [(2,)]
    assert list(mismatches(engine, keys())) == []


async def test_what_was_used_expires_last_and_the_sums_go_with_it(
    sweeper: Sweeper, ledger: Ledger, engine: Engine, db: str
) -> None:
    old = await answered(ledger, db, 801)
    await answered(ledger, db, 1)
    execute(db, "UPDATE usage SET at_ms = at_ms - ? WHERE request_id = ?", 801 * DAY_MS, old.id.hex)
    await ledger.rebuild()
    assert rows(db, "SELECT count(*) FROM usage_day") == [(2,)]
    assert await sweeper.sweep(now_ms()) == Swept(emptied=1, trimmed=1, removed=1)
    for table in ("request", "usage", "usage_day", "verdict", "output", "send"):
        assert rows(db, f"SELECT count(*) FROM {table}") == [(1,)]  # noqa: S608 - ours
    assert list(mismatches(engine, keys())) == []


async def test_the_audit_log_expires_too_and_stays_whole(
    sweeper: Sweeper, ledger: Ledger, engine: Engine, db: str
) -> None:
    lease = await held(ledger)
    await decide(ledger, lease.request.id.hex, BO, approve=True)
    later = now_ms() + 801 * DAY_MS
    assert (await sweeper.sweep(later)).cut == 2
    assert rows(db, "SELECT action FROM audit_log ORDER BY seq") == [("cut",)]
    assert (await sweeper.sweep(later)).cut == 1, "the row that says so is as old"
    found = list(mismatches(engine, keys()))
    assert not [sentence for sentence in found if "audit log" in sentence]


async def test_what_is_not_done_keeps_its_words(sweeper: Sweeper, ledger: Ledger, db: str) -> None:
    waiting = request()
    await ledger.accept(waiting)
    aged(db, waiting, 0)
    assert await sweeper.sweep(now_ms()) == NOTHING
    assert kept(db) == [(0, True)]


async def test_a_held_answer_that_nobody_decided_on_ends(
    sweeper: Sweeper, ledger: Ledger, db: str
) -> None:
    lease = await held(ledger)
    aged(db, lease.request, now_ms() - 31 * DAY_MS)
    assert await sweeper.sweep(now_ms()) == Swept(ended=1)
    ending = await ledger.claim("show")
    assert ending is not None
    assert (ending.outcome, ending.notice) == ("expired", "EXPIRED")
    await ledger.done(ending, "expired")
    assert await sweeper.sweep(now_ms()) == Swept(emptied=1)


async def test_after_its_words_a_request_can_still_be_looked_up(
    sweeper: Sweeper, ledger: Ledger, db: str
) -> None:
    asked = await answered(ledger, db, 31)
    await sweeper.sweep(now_ms())
    assert await ledger.output(asked) is None
    assert not await ledger.accept(asked)


async def test_each_batch_is_in_the_audit_log(
    sweeper: Sweeper, ledger: Ledger, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    for _ in range(5):
        await answered(ledger, db, 31)
    assert (await sweeper.sweep(now_ms())).emptied == 5
    query = "SELECT actor, action, detail FROM audit_log WHERE seq > 1 ORDER BY seq"
    assert rows(db, query) == [("retention", "empty", count) for count in ("2", "2", "1")]


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE request SET swept_ms = 1",
        "UPDATE request SET kept = 2, swept_ms = NULL",
        "UPDATE request SET kept = 0",
        "UPDATE request SET prompt = 'x'",
        "UPDATE output SET text = 'x'",
        "UPDATE output SET details = 'x'",
    ],
)
async def test_to_say_that_something_expired_is_not_enough(
    sweeper: Sweeper, ledger: Ledger, engine: Engine, db: str, forgery: str
) -> None:
    await answered(ledger, db, 31)
    await sweeper.sweep(now_ms())
    execute(db, forgery)
    assert list(mismatches(engine, keys()))


async def test_two_that_sweep_at_once_do_it_once(
    sweeper: Sweeper, ledger: Ledger, engine: Engine, db: str
) -> None:
    for _ in range(3):
        await answered(ledger, db, 801)
    swept = await asyncio.gather(sweeper.sweep(now_ms()), sweeper.sweep(now_ms()))
    assert sum(one.emptied for one in swept) == 3
    assert sum(one.removed for one in swept) == 3
    assert list(mismatches(engine, keys())) == []


@given(st.lists(st.tuples(st.text(max_size=2), st.integers(0, 2 * BATCH_BYTES)), min_size=1))
def test_a_batch_is_bounded_in_bytes_but_never_empty(found: list[tuple[str, int]]) -> None:
    taken = bounded(found)
    assert 1 <= len(taken) <= len(found)
    assert list(taken) == [name for name, _ in found[: len(taken)]]
    size = sum(size for _, size in found[: len(taken)])
    assert size <= BATCH_BYTES or len(taken) == 1


async def test_big_pictures_go_a_few_at_a_time(sweeper: Sweeper, ledger: Ledger, db: str) -> None:
    picture = Image(bytes(BATCH_BYTES // 2), "a heart", 7)
    for _ in range(3):
        lease = await claimed(ledger)
        await ledger.settle(lease, draft(lease.request, picture), assessment(picture), "delivered")
        await ledger.done(lease, "delivered")
        aged(db, lease.request, 0)
    assert (await sweeper.sweep(31 * DAY_MS)).emptied == 3
    assert rows(db, "SELECT count(*) FROM audit_log WHERE action = 'empty'") == [(3,)]


async def test_the_sweeper_goes_on_when_the_database_does_not(
    sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = asyncio.Event()

    async def sweep(_: Sweeper, now: int) -> Swept:
        del now
        if looked.is_set():
            raise RuntimeError("a second time")
        looked.set()
        raise LedgerUnavailable("OperationalError")

    monkeypatch.setattr(module, "EVERY_S", 0.0)
    monkeypatch.setattr(Sweeper, "sweep", sweep)
    with pytest.raises(RuntimeError, match="a second time"):
        await sweeper.run()
