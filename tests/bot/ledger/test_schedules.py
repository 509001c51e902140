"""What channels get again and again, and which of their periods are settled."""

import asyncio
from dataclasses import replace

import pytest

from bot.digests.clock import fired
from bot.ledger.ledger import Ledger
from bot.ledger.schedules import KEPT_MS, MOST, Period, Scheduled, Schedules, TooMany
from tests.bot.builders import ANA, BO, execute, rows
from tests.bot.digests.timing import at, scheduled

DUE = int(at("2026-11-02T09:00").timestamp() * 1000)


@pytest.fixture
def schedules(ledger: Ledger) -> Schedules:
    return ledger.schedules


def due(one: Scheduled, key: str = "2026-11-02T09:00") -> Period:
    return Period(schedule=one, key=key, due_ms=DUE)


async def settled(schedules: Schedules, period: Period) -> bool:
    request = fired(period, at("2026-11-02T09:00"))
    return await schedules.settle(period, "asked", request)


async def test_what_is_kept_is_read_as_it_was(schedules: Schedules) -> None:
    wanted = scheduled("每个工作日9点", "Asia/Shanghai", options={"length": "short"})
    kept = await schedules.keep(wanted)
    assert kept == replace(wanted, number=1)
    assert await schedules.of("C1") == [kept]
    assert await schedules.get(kept.id) == kept
    assert await schedules.active() == [kept]


async def test_the_same_request_makes_one(schedules: Schedules) -> None:
    wanted = scheduled()
    both = await asyncio.gather(schedules.keep(wanted), schedules.keep(wanted))
    assert [one.number for one in both] == [1, 1]


async def test_a_number_is_not_given_twice(schedules: Schedules) -> None:
    first = await schedules.keep(scheduled())
    await schedules.turn(first, "deleted", ANA)
    second = await schedules.keep(scheduled())
    elsewhere = await schedules.keep(scheduled(channel="C2"))
    assert (second.number, elsewhere.number) == (2, 1)
    assert [one.number for one in await schedules.of("C1")] == [2]


async def test_a_channel_has_so_many_and_no_more(schedules: Schedules) -> None:
    for _ in range(MOST):
        await schedules.keep(scheduled())
    with pytest.raises(TooMany):
        await schedules.keep(scheduled())
    await schedules.keep(scheduled(channel="C2"))


async def test_a_period_is_settled_once(schedules: Schedules, db: str) -> None:
    one = await schedules.keep(scheduled())
    both = await asyncio.gather(*(settled(schedules, due(one)) for _ in range(2)))
    assert sorted(both) == [False, True]
    assert rows(db, "SELECT count(*) FROM request") == [(1,)]
    moved = await schedules.get(one.id)
    assert moved is not None
    assert (moved.done_ms, moved.since_ms) == (DUE, DUE)


async def test_what_rests_settles_nothing_but_a_run_by_hand(schedules: Schedules, db: str) -> None:
    one = await schedules.keep(scheduled())
    await schedules.turn(one, "paused", BO)
    assert not await settled(schedules, due(one))
    assert await settled(schedules, due(one, "now 1"))
    assert rows(db, "SELECT count(*) FROM request") == [(1,)]


async def test_what_was_due_while_it_rested_is_passed_over(schedules: Schedules) -> None:
    one = await schedules.keep(scheduled())
    await schedules.turn(one, "paused", ANA)
    await schedules.turn(one, "active", ANA)
    again = await schedules.get(one.id)
    assert again is not None
    assert again.done_ms > one.done_ms


async def test_who_changed_what_is_in_the_audit_log(schedules: Schedules, db: str) -> None:
    one = await schedules.keep(scheduled())
    await schedules.turn(one, "paused", BO)
    await schedules.turn(one, "deleted", BO)
    await schedules.turn(one, "active", BO)
    logged = [action for (action,) in rows(db, "SELECT action FROM audit_log ORDER BY seq")]
    assert logged[-3:] == ["schedule", "schedule.paused", "schedule.deleted"]


async def test_old_periods_are_forgotten(schedules: Schedules, db: str) -> None:
    one = await schedules.keep(scheduled())
    await schedules.settle(due(one, "old"), "quiet", None)
    execute(db, "UPDATE fire SET at_ms = at_ms - ?", KEPT_MS + 1)
    await schedules.settle(due(one), "quiet", None)
    assert rows(db, "SELECT period FROM fire") == [("2026-11-02T09:00",)]
