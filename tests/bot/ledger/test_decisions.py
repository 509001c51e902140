import asyncio

from bot.ledger.ledger import Ledger
from tests.bot.builders import (
    BO,
    CHEN,
    assessment,
    decide,
    draft,
    request,
    rows,
)
from tests.bot.ledger.working import claimed, held, lapse, snapshot


async def test_handing_back_does_not_wake_what_waits_for_a_reviewer(ledger: Ledger) -> None:
    await held(ledger)
    await ledger.release()
    assert await ledger.claim() is None


async def test_a_held_answer_waits_for_a_reviewer_however_long(ledger: Ledger, db: str) -> None:
    lease = await held(ledger)
    lapse(db)
    assert await ledger.claim() is None
    assert await ledger.held(lease.request.id.hex) == lease.request


async def test_an_approval_lets_the_answer_out(ledger: Ledger, db: str) -> None:
    lease = await held(ledger)
    assert await decide(ledger, lease.request.id.hex, BO, approve=True)
    assert await ledger.reviewer(lease.request, assessment().sha256) == BO
    assert await ledger.held(lease.request.id.hex) is None
    again = await ledger.claim()
    assert again is not None
    assert (again.state, again.outcome, again.notice) == ("ready", "delivered", None)
    assert rows(db, "SELECT verdict_rows FROM request") == [(2,)]


async def test_a_rejection_ends_with_a_sentence(ledger: Ledger) -> None:
    lease = await held(ledger)
    assert await decide(ledger, lease.request.id.hex, BO, approve=False)
    assert await ledger.reviewer(lease.request, assessment().sha256) is None
    again = await ledger.claim()
    assert again is not None
    assert (again.state, again.outcome, again.notice) == ("ready", "rejected", "REJECTED")


async def test_of_two_reviewers_one_decides(ledger: Ledger, db: str) -> None:
    lease = await held(ledger)
    decided = await asyncio.gather(
        decide(ledger, lease.request.id.hex, BO, approve=True),
        decide(ledger, lease.request.id.hex, CHEN, approve=False),
    )
    assert decided == [True, False]
    assert rows(db, "SELECT reviewer, action FROM verdict WHERE reviewer IS NOT NULL") == [
        (BO, "allow")
    ]


async def test_nobody_decides_on_their_own_request(ledger: Ledger, db: str) -> None:
    lease = await held(ledger, request(user=BO))
    before = snapshot(db)
    assert not await decide(ledger, lease.request.id.hex, BO, approve=True)
    assert snapshot(db) == before
    assert await decide(ledger, lease.request.id.hex, CHEN, approve=True)


async def test_nothing_but_what_waits_can_be_decided(ledger: Ledger) -> None:
    lease = await claimed(ledger)
    assert not await decide(ledger, lease.request.id.hex, BO, approve=True)
    await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    assert not await decide(ledger, lease.request.id.hex, BO, approve=True)
    await ledger.done(lease, "delivered")
    assert not await decide(ledger, lease.request.id.hex, BO, approve=True)
    assert not await decide(ledger, "no such request", BO, approve=True)


async def test_an_approval_is_of_exactly_one_output(ledger: Ledger) -> None:
    lease = await held(ledger)
    await decide(ledger, lease.request.id.hex, BO, approve=True)
    assert await ledger.reviewer(lease.request, assessment("other words").sha256) is None
    assert await ledger.reviewer(request(), assessment().sha256) is None


async def test_the_gates_own_verdict_is_no_approval(ledger: Ledger) -> None:
    lease = await claimed(ledger)
    await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    assert await ledger.reviewer(lease.request, assessment().sha256) is None


async def test_a_reviewer_may_be_faster_than_the_note_that_it_is_held(ledger: Ledger) -> None:
    lease = await claimed(ledger)
    await ledger.settle(lease, draft(lease.request), assessment(), None)
    assert await decide(ledger, lease.request.id.hex, BO, approve=True)
    await ledger.hold(lease)
    again = await ledger.claim()
    assert again is not None
    assert (again.state, again.outcome) == ("ready", "delivered")
