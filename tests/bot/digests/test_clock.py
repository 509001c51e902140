import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.digests.clock import CATCH_UP, Clock, around, people
from bot.ledger.ledger import Ledger
from bot.ledger.schedules import Scheduled
from generators.draft import ContextUnavailable, EngineUnavailable, Line, Request
from tests.bot.builders import ANA, LEASE_S, keys, rows
from tests.bot.digests.timing import TALK, Channel, Hand, at, bots, scheduled


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
async def clocks(db: str, hand: Hand, channel: Channel) -> AsyncIterator[list[Clock]]:
    async with bots(db, 3, hand, channel) as made:
        yield made


async def kept(clocks: list[Clock], **given: Any) -> Scheduled:
    return await clocks[0].schedules.keep(scheduled(**given))


async def ring(clocks: list[Clock]) -> None:
    """Let every bot look at the clock at the same time."""
    await asyncio.gather(*(clock.sweep() for clock in clocks))


async def asked(clocks: list[Clock]) -> list[Request]:
    """Return what was accepted, oldest first."""
    ledger = Ledger(clocks[0].schedules.writer, LEASE_S, keys())
    found = []
    while (lease := await ledger.claim("greet")) is not None:
        found.append(lease.request)
    return found


def fires(db: str) -> list[tuple[str, str]]:
    return rows(db, "SELECT period, outcome FROM fire ORDER BY period")


async def test_what_is_due_is_asked_for_once_by_whoever_comes_first(
    clocks: list[Clock], hand: Hand, db: str
) -> None:
    one = await kept(clocks, options={"length": "short", "quiet": "2"})
    hand.set("2026-11-02T08:59")
    await ring(clocks)
    assert await asked(clocks) == []
    hand.set("2026-11-02T09:00")
    await ring(clocks)
    await ring(clocks)
    (request,) = await asked(clocks)
    assert (request.verb, request.user, request.reply_to.channel) == ("digest", ANA, "C1")
    assert request.flags["length"] == "short"
    assert "late" not in request.flags
    assert fires(db)[-1] == ("2026-11-02T09:00", "asked")
    assert rows(db, "SELECT request_id FROM fire") == [(request.id.hex,)]
    assert one.number == 1


async def test_each_digest_goes_on_where_the_last_one_ended(
    clocks: list[Clock], hand: Hand
) -> None:
    await kept(clocks)
    hand.set("2026-11-02T09:00")
    await ring(clocks)
    hand.set("2026-11-03T09:01")
    await ring(clocks)
    first, second = await asked(clocks)
    assert float(first.flags["since"]) == at("2026-11-01T00:00").timestamp()
    assert second.flags["since"] == first.flags["until"]
    assert float(second.flags["until"]) == at("2026-11-03T09:00").timestamp()


async def test_what_was_missed_comes_once_and_says_that_it_is_late(
    clocks: list[Clock], hand: Hand, db: str
) -> None:
    await kept(clocks, phrase="every hour", created=at("2026-11-02T00:30"))
    hand.set("2026-11-02T04:50")
    await ring(clocks)
    (request,) = await asked(clocks)
    assert request.flags["late"] == "yes"
    assert fires(db) == [("2026-11-02T04:00+0000", "asked")]


async def test_what_was_missed_too_long_ago_is_passed_over(
    clocks: list[Clock], hand: Hand, db: str
) -> None:
    await kept(clocks, created=at("2026-11-02T00:30"))
    hand.moment = at("2026-11-02T09:00") + CATCH_UP + timedelta(seconds=1)
    await ring(clocks)
    assert fires(db) == []
    hand.set("2026-11-03T09:00")
    await ring(clocks)
    assert len(await asked(clocks)) == 1


async def test_where_it_was_quiet_nothing_is_posted_and_nothing_is_lost(
    clocks: list[Clock], hand: Hand, channel: Channel, db: str
) -> None:
    await kept(clocks)
    channel.said = (*TALK[:2], Line("bo", "<@U7> has joined the channel", "9.5"))
    hand.set("2026-11-02T09:00")
    await ring(clocks)
    assert await asked(clocks) == []
    channel.said = TALK
    hand.set("2026-11-03T09:00")
    await ring(clocks)
    (request,) = await asked(clocks)
    assert [outcome for _, outcome in fires(db)] == ["quiet", "asked"]
    assert float(request.flags["since"]) < at("2026-11-02T09:00").timestamp()


async def test_quiet_may_be_said_not_to_matter(
    clocks: list[Clock], hand: Hand, channel: Channel
) -> None:
    await kept(clocks, options={"quiet": "0"})
    channel.said = ()
    hand.set("2026-11-02T09:00")
    await ring(clocks)
    assert len(await asked(clocks)) == 1


async def test_after_three_failures_it_rests_and_its_owner_is_told_once(
    clocks: list[Clock], hand: Hand, channel: Channel, db: str
) -> None:
    one = await kept(clocks, phrase="每天9点")
    channel.trouble = ContextUnavailable("closed")
    for day in range(2, 8):
        hand.set(f"2026-11-0{day}T09:00")
        await ring(clocks)
    (told,) = await asked(clocks)
    assert (told.verb, told.reply_to.channel, told.flags) == ("schedule", ANA, {"paused": one.id})
    assert [outcome for _, outcome in fires(db)] == ["failed"] * 3
    assert rows(db, "SELECT state FROM schedule") == [("failing",)]


async def test_failures_that_are_not_in_a_row_do_not_count(
    clocks: list[Clock], hand: Hand, channel: Channel, db: str
) -> None:
    await kept(clocks)
    for day, trouble in enumerate(
        [ContextUnavailable("x"), ContextUnavailable("x"), None, ContextUnavailable("x")], 2
    ):
        channel.trouble = trouble
        hand.set(f"2026-11-0{day}T09:00")
        await ring(clocks)
    assert rows(db, "SELECT state, failures FROM schedule") == [("active", 1)]


async def test_while_slack_does_not_answer_it_waits(
    clocks: list[Clock], hand: Hand, channel: Channel, db: str
) -> None:
    await kept(clocks)
    channel.trouble = EngineUnavailable("slack did not answer")
    hand.set("2026-11-02T09:00")
    await ring(clocks)
    assert fires(db) == []
    channel.trouble = None
    hand.set("2026-11-02T09:07")
    await ring(clocks)
    (request,) = await asked(clocks)
    assert request.flags["late"] == "yes"


async def test_who_has_much_waiting_gets_the_next_one_later(
    clocks: list[Clock], hand: Hand
) -> None:
    await kept(clocks)
    full = True

    async def room(who: str) -> bool:
        return who == ANA and not full

    patient = replace(clocks[0], room=room)
    hand.set("2026-11-02T09:00")
    await patient.sweep()
    assert await asked(clocks) == []
    full = False
    await patient.sweep()
    assert len(await asked(clocks)) == 1


@pytest.mark.parametrize("state", ["paused", "deleted"])
async def test_what_rests_or_is_gone_does_not_run(
    clocks: list[Clock], hand: Hand, db: str, state: Any
) -> None:
    one = await kept(clocks)
    await clocks[1].schedules.turn(one, state, ANA)
    hand.set("2026-11-02T09:00")
    await ring(clocks)
    assert fires(db) == []


async def test_every_other_week_is_counted_from_the_first_run() -> None:
    one = scheduled("every other monday at 9:00", done_ms=0)
    ran = [around(one, at(f"2026-11-{day:02}T10:00"))[0] for day in (2, 9, 16, 23, 30)]
    assert [bool(period) for period in ran] == [False, True, False, True, False]


async def test_the_clock_itself_wakes_up(clocks: list[Clock], hand: Hand, db: str) -> None:
    await kept(clocks)
    hand.set("2026-11-02T09:00")
    woken = asyncio.Event()
    running = asyncio.create_task(replace(clocks[0], wake=woken.set).run())
    await woken.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(fires(db)) == 1


def test_only_what_people_say_counts() -> None:
    said = (
        Line("deploybot", "build 7", "1"),
        Line("ana", "```x```", "2"),
        Line("ana", "好 🙂", "3"),
    )
    assert people(said) == 1
