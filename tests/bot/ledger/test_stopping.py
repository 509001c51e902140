from typing import Any

import pytest

from bot.ledger.ledger import Ledger
from bot.ledger.stopping import Pressed
from generators.draft import Destination, Request
from tests.bot.builders import ANA, BO, assessment, draft, request, rows
from tests.bot.ledger.working import claimed, held, lapse, queued

THREAD = Destination(channel="C1", thread_ts="9.9")
ROW = "SELECT state, outcome, notice, owner IS NULL FROM request"


def asking(**given: Any) -> Request:
    usual: dict[str, Any] = {"reply_to": THREAD}
    return request(**{**usual, **given})


async def pressed(ledger: Ledger, user: str = ANA, thread_ts: str = "9.9") -> Pressed:
    return await ledger.stop("C1", thread_ts, ANA if user == ANA else BO)


async def test_what_waits_in_line_is_over_at_once(ledger: Ledger, db: str) -> None:
    asked = asking()
    await queued(ledger, asked)
    assert await pressed(ledger) == Pressed((asked.id.hex,), others=False)
    assert rows(db, ROW) == [("ready", "stopped", "STOPPED", 1)]
    lease = await ledger.claim("show")
    assert lease is not None
    assert (lease.outcome, lease.notice) == ("stopped", "STOPPED")


async def test_what_nobody_has_greeted_is_over_at_once(ledger: Ledger, db: str) -> None:
    await ledger.accept(asking())
    await pressed(ledger)
    assert rows(db, ROW) == [("ready", "stopped", "STOPPED", 1)]


async def test_who_works_on_it_learns_of_it_with_the_next_beat(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger, asking())
    assert not await ledger.beat(lease)
    await pressed(ledger)
    assert rows(db, ROW) == [("running", "stopped", "STOPPED", 0)]
    assert await ledger.beat(lease)


async def test_an_answer_that_was_made_meanwhile_is_shown(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger, asking())
    await pressed(ledger)
    await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    assert rows(db, ROW) == [("ready", "delivered", None, 0)]


async def test_whoever_takes_it_over_is_told(ledger: Ledger, db: str) -> None:
    await claimed(ledger, asking())
    await pressed(ledger)
    lapse(db)
    lease = await ledger.claim()
    assert lease is not None
    assert (lease.state, lease.notice) == ("running", "STOPPED")


@pytest.mark.parametrize(
    ("given", "others"),
    [
        ({"user": BO}, True),
        ({"reply_to": Destination(channel="C1", thread_ts="8.8")}, False),
        ({"reply_to": Destination(channel="C2", thread_ts="9.9")}, False),
        ({"reply_to": Destination(channel="C1")}, False),
    ],
)
async def test_what_others_asked_or_elsewhere_goes_on(
    ledger: Ledger, db: str, given: dict[str, object], others: bool
) -> None:
    await queued(ledger, asking(**given))
    assert await pressed(ledger) == Pressed((), others)
    assert rows(db, ROW) == [("queued", None, None, 1)]


async def test_what_is_made_or_waits_for_a_reviewer_is_not_stopped(ledger: Ledger, db: str) -> None:
    await held(ledger, asking())
    assert await pressed(ledger) == Pressed((), others=False)
    assert rows(db, ROW) == [("held", None, "HELD", 1)]


async def test_all_that_one_person_asked_in_a_thread_is_stopped(ledger: Ledger) -> None:
    mine, theirs = [asking(), asking()], asking(user=BO)
    for one in (*mine, theirs):
        await queued(ledger, one)
    done = await pressed(ledger)
    assert set(done.ended) == {one.id.hex for one in mine}
    assert done.others
    assert (await pressed(ledger)).ended == ()
