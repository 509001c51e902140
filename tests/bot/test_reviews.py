import logging
from dataclasses import replace

import pytest

from bot.delivery.slack import SlackRefused
from bot.intake.meanings import Decision
from bot.ledger.ledger import Ledger
from bot.roles import Access
from bot.views.notices import Notice
from generators.draft import UserId
from moderation.gate import Held
from tests.bot.builders import ANA, BO, CHEN, request
from tests.bot.recorder import refused
from tests.bot.reviewing import Queue, known, queue
from tests.bot.shown import reads


@pytest.fixture
def desk(ledger: Ledger) -> Queue:
    return queue(ledger)


async def test_reviewers_see_what_is_held_and_for_whom(desk: Queue) -> None:
    await desk.held()
    (card,) = desk.slack.at("C9")
    assert "something doubtful" in reads(card.page)
    assert f"<@{ANA}>" in reads(card.page)


async def test_an_approval_closes_the_card(desk: Queue) -> None:
    held = await desk.held()
    assert await desk.decide(held, BO)
    (card,) = desk.slack.at("C9")
    assert Notice.APPROVED_CARD.text("en") in reads(card.page)
    lease = await desk.ledger.claim()
    assert lease is not None
    assert (lease.state, lease.outcome) == ("ready", "delivered")


async def test_a_rejection_closes_the_card(desk: Queue) -> None:
    held = await desk.held()
    assert await desk.decide(held, BO, approve=False)
    (card,) = desk.slack.at("C9")
    assert Notice.REJECTED_CARD.text("en") in reads(card.page)


async def test_what_is_decided_is_decided(desk: Queue) -> None:
    held = await desk.held()
    assert await desk.decide(held, BO, approve=False)
    assert not await desk.decide(held, CHEN)
    ((channel, user, page),) = desk.slack.ephemeral
    assert (channel, user, page.text) == ("C9", CHEN, Notice.NOT_YOURS.text("en"))
    lease = await desk.ledger.claim()
    assert lease is not None
    assert lease.outcome == "rejected"


@pytest.mark.parametrize(
    ("who", "said"), [(ANA, Notice.NOT_YOURS), (UserId("U99"), Notice.NOT_A_REVIEWER)]
)
async def test_neither_the_requester_nor_an_outsider_decides(
    desk: Queue, who: UserId, said: Notice
) -> None:
    desk.slack.people = frozenset({ANA, BO})
    held = await desk.held()
    assert not await desk.decide(held, who)
    await stays_held(desk, held, who, said)


async def stays_held(
    desk: Queue, held: Held, who: UserId, said: Notice = Notice.NOT_A_REVIEWER
) -> None:
    assert [(user, page.text) for _, user, page in desk.slack.ephemeral] == [(who, said.text("en"))]
    assert await desk.ledger.held(held.draft.request.id.hex)
    (card,) = desk.slack.at("C9")
    assert len(card.pages) == 1, "it is not closed"


@pytest.mark.parametrize(
    "facts",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"team_id": "T2"},
        {"is_bot": True},
        {"deleted": True},
    ],
)
@pytest.mark.parametrize("granted", [{}, {"reviewer": (BO,)}])
async def test_nobody_from_outside_decides_though_they_are_in_the_channel(
    desk: Queue, facts: dict[str, object], granted: dict[str, tuple[str, ...]]
) -> None:
    desk.slack.users[BO] = facts
    roles = replace(known(desk.slack, **granted), access=Access(guests=True, strangers=True))
    desk.reviews = replace(desk.reviews, roles=roles)
    held = await desk.held()
    assert not await desk.decide(held, BO)
    await stays_held(desk, held, BO)


async def test_a_click_from_another_workspace_is_none_of_ours(desk: Queue) -> None:
    held = await desk.held()
    click = Decision(held.draft.request.id.hex, BO, approve=True, team="T2")
    assert not await desk.reviews.decide(click)
    await stays_held(desk, held, BO)


async def test_where_reviewers_are_named_being_in_the_channel_is_not_enough(desk: Queue) -> None:
    desk.reviews = replace(desk.reviews, roles=known(desk.slack, reviewer=(BO,)))
    held = await desk.held()
    assert not await desk.decide(held, CHEN)
    await stays_held(desk, held, CHEN)
    assert await desk.decide(held, BO)


async def test_reviewers_are_whoever_is_in_their_user_group_now(desk: Queue) -> None:
    desk.slack.groups["S1"] = frozenset({ANA, BO, CHEN})
    desk.reviews = replace(desk.reviews, roles=known(desk.slack, reviewer=("S1",)))
    held = await desk.held()
    assert not await desk.decide(held, ANA), "it is their own"
    assert await desk.decide(held, BO)
    other = await desk.held()
    desk.slack.groups["S1"] = frozenset({CHEN})
    assert not await desk.decide(other, BO)
    assert await desk.decide(other, CHEN)


async def test_a_group_that_is_not_read_reviews_nothing(
    desk: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    desk.reviews = replace(desk.reviews, roles=known(desk.slack, reviewer=("S1",)))
    held = await desk.held()
    assert not await desk.decide(held, BO)
    await stays_held(desk, held, BO)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_an_admin_is_no_reviewer(desk: Queue) -> None:
    desk.reviews = replace(desk.reviews, roles=known(desk.slack, admin=(BO,), reviewer=(CHEN,)))
    held = await desk.held()
    assert not await desk.decide(held, BO)
    await stays_held(desk, held, BO)


@pytest.mark.parametrize("value", ["", "no such request", "ffffffff" * 4])
async def test_a_click_on_nothing_decides_nothing(desk: Queue, value: str) -> None:
    assert not await desk.reviews.decide(Decision(value, BO, approve=True))
    assert desk.slack.ephemeral[0][1] == BO


async def test_without_the_channel_nobody_decides(desk: Queue) -> None:
    held = await desk.held()
    desk.slack.channels = {}
    assert not await desk.decide(held, BO)
    assert await desk.ledger.held(held.draft.request.id.hex)


async def test_an_operator_is_told_when_no_reviewer_can_be_asked(
    desk: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    desk.slack.script["post"] = [None, refused("channel_not_found")]
    held = await desk.held(request("prompt-canary"))
    assert "#reviewers" in caplog.text
    assert "doubtful" not in caplog.text
    assert "prompt-canary" not in caplog.text
    assert await desk.ledger.held(held.draft.request.id.hex)


async def test_no_reviewer_is_asked_where_other_workspaces_read(
    desk: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    desk.slack.shared["C9"] = ["T1", "T2"]
    held = await desk.held(request("prompt-canary"))
    assert desk.slack.at("C9") == []
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "canary" not in caplog.text
    assert await desk.ledger.held(held.draft.request.id.hex)


async def test_a_card_that_cannot_be_closed_does_not_undo_the_decision(desk: Queue) -> None:
    held = await desk.held()
    desk.slack.script["update"] = [refused("message_not_found")]
    with pytest.raises(SlackRefused):
        await desk.decide(held, BO)
    lease = await desk.ledger.claim()
    assert lease is not None
    assert lease.outcome == "delivered"
