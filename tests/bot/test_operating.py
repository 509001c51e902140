"""The operators' buttons, and the one that asks again."""

from dataclasses import dataclass, field

import pytest

from bot.delivery.delivery import Delivery
from bot.intake.meanings import Press
from bot.ledger.ledger import Ledger
from bot.ledger.pausing import Switch
from bot.operating import Operating
from bot.views.notices import Notice
from generators.draft import Destination, UserId
from tests.bot.builders import ANA, BO, CHEN, gate, request
from tests.bot.ledger.working import claimed, finished
from tests.bot.recorder import Recorder
from tests.bot.reviewing import known

HERE = Destination(channel="C1")


@dataclass
class Desk:
    """Buttons over a recorded Slack; bo is an operator."""

    slack: Recorder
    operating: Operating
    woken: list[bool] = field(default_factory=list)
    shown: list[UserId] = field(default_factory=list)

    async def press(self, what: str, who: UserId, request_id: str = "", team: str = "") -> None:
        await self.operating.press(Press(what, request_id, who, HERE, team), self._show)

    async def _show(self, user: UserId) -> None:
        self.shown.append(user)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    slack, woken = Recorder(), list[bool]()
    operating = Operating(
        switch=Switch(ledger._writer, ledger._keys),
        roles=known(slack, operator=(BO,)),
        delivery=Delivery(slack, gate(), ledger, settle_s=0),
        wake=lambda: woken.append(True),
    )
    return Desk(slack, operating, woken)


def told(desk: Desk) -> list[tuple[str, str]]:
    return [(user, page.text) for _, user, page in desk.slack.ephemeral]


async def failed(ledger: Ledger) -> str:
    lease = await claimed(ledger, request())
    await ledger.fail(lease, "failed", "FAILED")
    await finished(ledger, lease, "failed")
    return lease.request.id.hex


async def test_an_operator_pauses_and_resumes_and_sees_it(desk: Desk) -> None:
    for what, paused in (("pause", True), ("resume", False)):
        await desk.press(what, BO)
        assert await desk.operating.switch.paused() is paused
        (block,) = await desk.operating.blocks(BO)
        assert ("paused" in str(block)) is paused
    assert desk.shown == [BO, BO]
    assert len(desk.woken) == 2


@pytest.mark.parametrize(("who", "team"), [(ANA, ""), (BO, "T9")])
async def test_nobody_else_does(desk: Desk, who: UserId, team: str) -> None:
    await desk.press("pause", who, team=team)
    assert not await desk.operating.switch.paused()
    assert told(desk) == [(who, Notice.NOT_AN_OPERATOR.text("en"))]
    assert not await desk.operating.blocks(ANA)


@pytest.mark.parametrize("who", [ANA, BO])
async def test_who_asked_and_an_operator_may_ask_again(
    desk: Desk, ledger: Ledger, who: UserId
) -> None:
    await desk.press("again", who, await failed(ledger))
    assert await ledger.claim("greet") is not None
    assert desk.woken
    assert not told(desk)


async def test_another_person_may_not(desk: Desk, ledger: Ledger) -> None:
    await desk.press("again", CHEN, await failed(ledger))
    assert await ledger.claim("greet") is None
    assert told(desk) == [(CHEN, Notice.NOT_AGAIN.text("en"))]


async def test_twice_is_once(desk: Desk, ledger: Ledger) -> None:
    name = await failed(ledger)
    await desk.press("again", ANA, name)
    await desk.press("again", ANA, name)
    assert await ledger.claim("greet") is not None
    assert await ledger.claim("greet") is None
    assert told(desk) == [(ANA, Notice.NOT_AGAIN.text("en"))]
