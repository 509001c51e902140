"""Operators pause the work, let it go on, and have what failed asked again."""

from collections.abc import Sequence

import pytest

from bot.ledger.ledger import Ledger
from bot.ledger.pausing import Switch
from bot.ledger.rows import Outcome
from tests.bot.builders import ANA, BO, execute, request, rows
from tests.bot.ledger.working import claimed, finished, lapse, queued

LOGGED = "SELECT action FROM audit_log ORDER BY seq"


@pytest.fixture
def switch(ledger: Ledger) -> Switch:
    return Switch(ledger._writer, ledger._keys)


def logged(db: str) -> Sequence[str]:
    return [action for (action,) in rows(db, LOGGED)]


async def failed(ledger: Ledger, outcome: Outcome = "failed") -> str:
    lease = await claimed(ledger, request("为什么没有回复？🙂"))
    await ledger.fail(lease, outcome, "FAILED")
    await finished(ledger, lease, outcome)
    return lease.request.id.hex


async def test_what_waits_is_not_begun_while_it_is_paused(ledger: Ledger, switch: Switch) -> None:
    await queued(ledger)
    await switch.pause(BO)
    assert await ledger.paused()
    assert await ledger.claim() is None
    await switch.resume(BO)
    assert await ledger.claim("work") is not None


async def test_what_was_under_way_is_not_taken_over_while_it_is_paused(
    ledger: Ledger, switch: Switch, db: str
) -> None:
    await claimed(ledger)
    lapse(db)
    await switch.pause(BO)
    assert await ledger.claim() is None
    await switch.resume(BO)
    assert await ledger.claim("resume") is not None


async def test_people_are_greeted_and_shown_their_answers_meanwhile(
    ledger: Ledger, switch: Switch
) -> None:
    lease = await claimed(ledger, request("first"))
    await switch.pause(BO)
    await ledger.fail(lease, "failed", "FAILED")
    await ledger.accept(request("second"))
    await ledger.release()
    taken = [await ledger.claim("greet"), await ledger.claim("show")]
    assert [one.request.prompt for one in taken if one] == ["second", "first"]


async def test_each_change_is_logged_once(switch: Switch, db: str) -> None:
    for act in (switch.pause, switch.pause, switch.resume, switch.resume):
        await act(BO)
    assert logged(db)[-2:] == ["pause", "resume"]
    assert logged(db).count("pause") == 1


@pytest.mark.parametrize("outcome", ["failed", "expired"])
async def test_what_failed_is_asked_again_once_in_the_name_of_who_asked(
    ledger: Ledger, switch: Switch, db: str, outcome: Outcome
) -> None:
    name = await failed(ledger, outcome)
    assert await switch.again(name, BO)
    assert not await switch.again(name, ANA)
    lease = await ledger.claim("greet")
    assert lease is not None
    assert (lease.request.user, lease.request.prompt) == (ANA, "为什么没有回复？🙂")
    assert lease.request.id.hex != name
    assert logged(db)[-1] == "again"


async def test_nothing_else_is_asked_again(ledger: Ledger, switch: Switch, db: str) -> None:
    lease = await claimed(ledger)
    name = lease.request.id.hex
    assert not await switch.again(name, BO)
    await finished(ledger, lease)
    assert not await switch.again(name, BO)
    assert not await switch.again("0" * 32, BO)
    execute(db, "UPDATE request SET outcome = 'failed', kept = 1")
    assert not await switch.again(name, BO)
    assert await switch.failed(name) is None
