"""What becomes of a schedule whose digest was asked for, and came to nothing."""

from datetime import datetime, timedelta

import pytest

from bot.digests.clock import fired, paused
from bot.ledger.ledger import Ledger
from bot.ledger.schedules import Period, Scheduled
from tests.bot.builders import ANA, execute, rows
from tests.bot.digests.timing import at, scheduled

START = at("2026-11-02T09:00")


async def ran(ledger: Ledger, db: str, day: int, end: str = "delivered", **given: str) -> Period:
    """Ask for a day's digest, let it end, and look what became of it."""
    (one,) = await ledger.schedules.of("C1")
    due = START + timedelta(days=day)
    period = Period(schedule=one, key=given.get("key", f"{due:%F}"), due_ms=_ms(due))
    request = fired(period, due)
    assert await ledger.schedules.settle(period, "asked", request)
    if end != "open":
        state = "UPDATE request SET state = 'done', outcome = ?, notice = ? WHERE id = ?"
        execute(db, state, end, given.get("notice"), request.id.hex)
    await ledger.schedules.reckon(paused)
    return period


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


async def state(ledger: Ledger) -> tuple[str, int]:
    (one,) = await ledger.schedules.of("C1")
    return one.state, one.failures


@pytest.fixture
async def kept(ledger: Ledger) -> Scheduled:
    return await ledger.schedules.keep(scheduled())


@pytest.mark.parametrize("end", ["failed", "undeliverable", "expired"])
async def test_three_that_come_to_nothing_pause_it_and_its_owner_is_told_once(
    ledger: Ledger, db: str, kept: Scheduled, end: str
) -> None:
    for day in range(3):
        assert await state(ledger) == ("active", day)
        period = await ran(ledger, db, day, end)
    assert await state(ledger) == ("failing", 3)
    for _ in range(2):
        assert await ledger.schedules.reckon(paused) == 0
    told = paused(period)
    found = rows(db, "SELECT id, channel FROM request WHERE verb = 'schedule'")
    assert found == [(told.id.hex, ANA)]
    assert rows(db, "SELECT outcome FROM fire") == [("lost",)] * 3
    assert kept.id == told.flags["paused"]


async def test_what_is_posted_begins_the_count_anew(
    ledger: Ledger, db: str, kept: Scheduled
) -> None:
    for day, end in enumerate(("failed", "failed", "delivered", "failed")):
        await ran(ledger, db, day, end)
    assert await state(ledger) == ("active", 1)
    assert kept.number == 1


async def test_runs_that_never_could_be_and_lost_ones_count_together(
    ledger: Ledger, db: str, kept: Scheduled
) -> None:
    for day in range(2):
        period = Period(schedule=kept, key=f"x{day}", due_ms=kept.done_ms + day)
        assert await ledger.schedules.settle(period, "failed", None)
    await ran(ledger, db, 3, "open")
    assert await state(ledger) == ("active", 0), "as long as it may yet be posted"
    execute(db, "UPDATE request SET state = 'done', outcome = 'failed'")
    assert await ledger.schedules.reckon(paused) == 1
    assert await state(ledger) == ("failing", 3)


@pytest.mark.parametrize(
    ("end", "notice", "counts"),
    [
        ("blocked", "BLOCKED", 0),
        ("rejected", "REVIEW_EXPIRED", 0),
        ("refused", "BUDGET", 0),
        ("refused", "DENIED", 1),
        ("refused", "NOT_HERE", 1),
        ("stopped", "STOPPED", 0),
    ],
)
async def test_what_counts(ledger: Ledger, db: str, end: str, notice: str, counts: int) -> None:
    await ledger.schedules.keep(scheduled())
    await ran(ledger, db, 0, end, notice=notice)
    assert (await state(ledger))[1] == counts


async def test_the_next_one_tells_of_what_a_lost_one_did_not(
    ledger: Ledger, db: str, kept: Scheduled
) -> None:
    await ran(ledger, db, 0)
    await ran(ledger, db, 1, "failed")
    (one,) = await ledger.schedules.of("C1")
    assert one.since_ms == _ms(START)
    await ran(ledger, db, 2)
    (one,) = await ledger.schedules.of("C1")
    assert one.since_ms == _ms(START + timedelta(days=2))
    assert kept.since_ms == 0


async def test_a_run_by_hand_gives_back_its_time_and_counts_for_nothing(
    ledger: Ledger, db: str, kept: Scheduled
) -> None:
    await ran(ledger, db, 0, "failed", key="now 1")
    (one,) = await ledger.schedules.of("C1")
    assert (one.since_ms, one.failures) == (0, 0)
    assert kept.state == "active"


async def test_what_was_deleted_meanwhile_stays_so(
    ledger: Ledger, db: str, kept: Scheduled
) -> None:
    for day in range(2):
        await ran(ledger, db, day, "failed")
    await ran(ledger, db, 2, "open")
    await ledger.schedules.turn(kept, "deleted", ANA)
    execute(db, "UPDATE request SET state = 'done', outcome = 'failed'")
    assert await ledger.schedules.reckon(paused) == 0
    assert rows(db, "SELECT state FROM schedule") == [("deleted",)]
