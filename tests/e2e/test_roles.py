"""Who may do what, with real people of a workspace: by their role, and by what became of them."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.intake.meanings import PAUSE, RESUME
from bot.views.notices import Notice
from tests.e2e.product import BOT, NO_ENGINE, Json, Product, answer, final, ours, running, said
from workspace.client import Client

ASKED = "@atelier When is the telephone line staffed?"
HOLDING = {
    "ATELIER_POLICY__ALLOW": "[]",
    "ATELIER_POLICY__OUTPUT": '{"pii": "hold"}',
    "ATELIER_ROLES__REVIEWER": '["S0REVIEWERS"]',
    "ATELIER_ROLES__OPERATOR": '["U0CHEN"]',
}
ELSEWHERE = {"ATELIER_ACCESS__TEAMS": '["T0OTHER00"]'}


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Run an Atelier that holds what names an address, and whose reviewers are a user group."""
    with running(tmp_path_factory.mktemp("holding") / "data", **NO_ENGINE, **HOLDING) as started:
        yield started


@pytest.fixture
async def slack(holding: Product) -> AsyncIterator[Client]:
    async with Client(holding.url) as client:
        yield client


async def test_an_outsider_decides_nothing_and_somebody_who_left_is_shown_nothing(
    slack: Client, holding: Product
) -> None:
    await slack.post("person", name="eve", real_name="Eve Park")
    await slack.join("eve", "general")
    await slack.invite("bo", "reviewers", "eve")
    asked = await slack.say("ana", "general", ASKED)
    waiting = await slack.wait_for(final, channel="general", thread_ts=asked["ts"])
    assert Notice.HELD.text("en") in said(waiting)
    card = await _card(slack, waiting)
    await _decide(slack, card, "eve")
    await _whispered(slack, "eve", Notice.NOT_A_REVIEWER)
    ((state,),) = holding.rows("SELECT state FROM request WHERE outcome IS NULL")
    assert state in {"ready", "held"}, "the card is there before that is written down"

    await slack.post("person", name="ana", deleted=True)
    await _decide(slack, card, "bo")
    shown = await slack.wait_for(
        lambda m: m["ts"] == waiting["ts"] and Notice.HELD.text("en") not in said(m),
        channel="general",
        thread_ts=asked["ts"],
        user="bo",
    )
    assert "@" not in said(shown)
    await slack.post("person", name="ana")
    await holding.settled()
    assert holding.audit().returncode == 0


async def test_whoever_is_deactivated_is_refused_at_once(slack: Client, holding: Product) -> None:
    """Though what is known of a person counts for minutes: Slack tells of the change."""
    await slack.post("person", name="dan", real_name="Dan Lee")
    await slack.join("dan", "general")
    first = await answer(slack, "general", "@atelier help", user="dan")
    assert Notice.DENIED.text("en") not in said(first)
    await slack.post("person", name="dan", deleted=True)
    again = await slack.say("dan", "general", "@atelier help")
    refused = await slack.wait_for(final, channel="general", thread_ts=again["ts"], user="bo")
    assert Notice.DENIED.text("en") in said(refused)
    await holding.settled()
    assert holding.audit().returncode == 0


async def test_an_operator_pauses_the_work_and_lets_it_go_on(
    slack: Client, holding: Product
) -> None:
    await _operate(slack, "chen", PAUSE, "operate_resume")
    asked = await slack.say("bo", "general", "@atelier help")
    waiting = await slack.wait_for(ours, channel="general", thread_ts=asked["ts"], user="bo")
    assert Notice.PAUSED.text("en") in said(waiting)
    assert holding.rows("SELECT state FROM request WHERE finished_ms IS NULL") == [("queued",)]
    await _operate(slack, "chen", RESUME, "operate_pause")
    shown = await slack.wait_for(final, channel="general", thread_ts=asked["ts"], user="bo")
    assert "/ask" in said(shown)
    await holding.settled()
    assert holding.audit().returncode == 0


async def test_a_stranger_is_told_so_and_their_words_are_not_kept(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    data: Path = tmp_path_factory.mktemp("elsewhere") / "data"
    with running(data, **NO_ENGINE, **ELSEWHERE) as product:
        async with Client(product.url) as slack:
            english = await answer(slack, "general", "@atelier ask canary-11 please")
            chinese = await answer(slack, "general", "@atelier 退款需要多久？")
            await product.settled(2)
        assert Notice.DENIED.text("en") in said(english)
        assert Notice.DENIED.text("zh") in said(chinese)
        kept = product.rows("SELECT outcome, notice, prompt FROM request")
        assert {row[:2] for row in kept} == {("refused", "DENIED")}
        assert "canary" not in str(kept)
        assert product.rows("SELECT count(*) FROM usage") == [(0,)]
        assert product.audit().returncode == 0


async def _operate(slack: Client, who: str, action_id: str, then: str) -> None:
    """Press a button of the home tab, and wait until it shows the other one."""
    await slack.home(who)
    await _until_home(slack, who, action_id)
    await slack.click(who, action_id, view_id=(await slack.state(who))["home"]["id"])
    await _until_home(slack, who, then)


async def _until_home(slack: Client, who: str, action_id: str) -> None:
    async with asyncio.timeout(60):
        while action_id not in str((await slack.state(who)).get("home")):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


async def _card(slack: Client, waiting: Json) -> Json:
    request = re.findall(r"req_[0-9a-f]{8}", said(waiting))[0]
    return await slack.wait_for(
        lambda m: m.get("user") == BOT and request in said(m), channel="reviewers", user="bo"
    )


async def _decide(slack: Client, card: Json, user: str) -> None:
    clicked = await slack.click(
        user,
        "review_approve",
        channel="reviewers",
        ts=card["ts"],
        value=next(
            element["value"]
            for block in card["blocks"]
            if block["type"] == "actions"
            for element in block["elements"]
            if element["action_id"] == "review_approve"
        ),
    )
    assert clicked["acked"]


async def _whispered(slack: Client, user: str, item: Notice) -> None:
    await slack.wait_for(lambda m: item.text("en") in said(m), channel="reviewers", user=user)
