"""Held answers on their whole way: claimed, edited, rejected with a reason, appealed, expired."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.views.notices import Notice
from tests.e2e.product import (
    NO_ENGINE,
    Json,
    Product,
    answer,
    atelier,
    form,
    ours,
    reject,
    running,
    said,
)
from workspace.client import Client

ASKED = "@atelier When is the telephone line staffed?"
HOLDING = {"ATELIER_POLICY__ALLOW": "[]", "ATELIER_POLICY__OUTPUT": '{"pii": "hold"}'}
CHROMIUM = shutil.which("chromium") or ""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Run an Atelier that holds what names an address, and decides by who is in the channel."""
    with running(tmp_path_factory.mktemp("holding") / "data", **NO_ENGINE, **HOLDING) as started:
        yield started


@pytest.fixture
async def slack(holding: Product) -> AsyncIterator[Client]:
    async with Client(holding.url) as client:
        await client.join("chen", "reviewers")
        yield client


async def held(slack: Client) -> tuple[Json, Json]:
    """Ask for what is held; return the message to the person who asked, and the card."""
    asked = await slack.say("ana", "general", ASKED)
    told = await slack.wait_for(
        lambda m: Notice.HELD.text("en") in said(m),
        channel="general",
        thread_ts=asked["ts"],
        timeout_s=60,
    )
    return told, await card(slack, told, Notice.REVIEW)


async def card(slack: Client, told: Json, head: Notice) -> Json:
    name = request_name(told)
    return await slack.wait_for(
        lambda m: name in said(m) and head.text("en") in said(m), channel="reviewers", user="bo"
    )


def request_name(message: Json) -> str:
    return next(word for word in said(message).split() if word.startswith("req_"))


async def press(slack: Client, user: str, message: Json, action: str, channel: str) -> None:
    elements = [
        element
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    (value,) = {element["value"] for element in elements if element["action_id"] == action}
    done = await slack.click(user, action, channel=channel, ts=message["ts"], value=value)
    assert done["acked"]


async def told(slack: Client, message: Json, item: Notice) -> Json:
    """Wait until the message of the person who asked says this."""
    return await slack.wait_for(
        lambda m: m["ts"] == message["ts"] and item.text("en") in said(m),
        channel="general",
        thread_ts=message["thread_ts"],
    )


async def test_a_reviewer_claims_edits_and_approves(slack: Client, holding: Product) -> None:
    waiting, shown = await held(slack)
    await press(slack, "bo", shown, "review_claim", "reviewers")
    await told(slack, waiting, Notice.REVIEWING)
    await press(slack, "bo", shown, "review_edit", "reviewers")
    view = await form(slack, "bo")
    words = {"words": {"words": {"value": "The line is staffed on weekdays. 工作日有人值守。"}}}
    assert (await slack.submit("bo", view["id"], words))["acked"]
    answer = await slack.wait_for(
        lambda m: m["ts"] == waiting["ts"] and "工作日有人值守" in said(m),
        channel="general",
        thread_ts=waiting["thread_ts"],
    )
    assert "555" not in said(answer)
    await holding.settled()
    decided = atelier("reviews", "--data", str(holding.data))
    (first, *_) = map(json.loads, decided.stdout.splitlines())
    assert (first["decision"], first["categories"]) == ("edit", ["pii.email", "pii.phone"])
    assert "555" in first["text"]
    assert holding.audit().returncode == 0


async def test_a_rejection_says_why_and_another_reviewer_hears_the_appeal(
    slack: Client, holding: Product
) -> None:
    waiting, shown = await held(slack)
    await press(slack, "bo", shown, "review_reject", "reviewers")
    await reject(slack, "bo", "inaccurate")
    rejected = await told(slack, waiting, Notice.REJECTED_INACCURATE)
    await press(slack, "ana", rejected, "review_appeal", "general")
    await told(slack, waiting, Notice.APPEALED)
    again = await card(slack, waiting, Notice.REVIEW_AGAIN)
    await press(slack, "bo", again, "review_approve", "reviewers")
    await slack.wait_for(
        lambda m: Notice.DECIDED_BEFORE.text("en") in said(m), channel="reviewers", user="bo"
    )
    await press(slack, "chen", again, "review_approve", "reviewers")
    await slack.wait_for(
        lambda m: m["ts"] == waiting["ts"] and "555" in said(m),
        channel="general",
        thread_ts=waiting["thread_ts"],
    )
    await holding.settled()
    assert holding.audit().returncode == 0


async def test_what_was_shown_is_reported_by_its_shortcut_and_stays(
    slack: Client, holding: Product
) -> None:
    shown = await answer(slack, "random", "@atelier How long do refunds take?")
    for user in ("chen", "ana"):
        done = await slack.shortcut(user, "report", channel="random", ts=shown["ts"])
        assert done["acked"]
        view = await form(slack, user)
        given = {"reason": {"reason": {"selected_option": {"value": "off_topic"}}}}
        assert (await slack.submit(user, view["id"], given))["acked"]
        await direct(slack, user, shown, Notice.REPORT_FILED)
    reported = await card(slack, shown, Notice.REPORTED)
    await press(slack, "bo", reported, "report_dismiss", "reviewers")
    for user in ("chen", "ana"):
        await direct(slack, user, shown, Notice.REPORT_DISMISSED)
    (left,) = [m for m in await slack.messages("random", shown["thread_ts"]) if ours(m)]
    assert "7 business days" in said(left)
    await holding.settled()
    assert holding.audit().returncode == 0


async def direct(slack: Client, user: str, about: Json, item: Notice) -> None:
    """Wait until the bot's direct messages tell somebody this about a request."""
    name = request_name(about)
    await slack.wait_for(
        lambda m: name in said(m) and item.text("en") in said(m), channel="dm", user=user
    )


@pytest.mark.browser
async def test_reviewers_decide_in_the_page(
    slack: Client, holding: Product, tmp_path: Path
) -> None:
    api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    waiting, shown = await held(slack)
    async with api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"{holding.url}/#/bo/C0REVIEWERS")
        await decide_in(page, request_name(shown), tmp_path)
        await browser.close()
    await told(slack, waiting, Notice.REJECTED_CONFIDENTIAL)
    await holding.settled()
    assert holding.audit().returncode == 0


async def decide_in(page: Any, name: str, pictures: Path) -> None:
    message = page.get_by_test_id("message").filter(has_text=name).last
    await message.get_by_role("button", name="I'm on it").click()
    await message.get_by_text("1 reply").wait_for()
    await page.screenshot(path=pictures / "card.png")
    await message.get_by_role("button", name="Reject…").click()
    modal = page.get_by_role("dialog")
    await modal.get_by_text("For the record").wait_for()
    await page.screenshot(path=pictures / "form.png")
    await modal.get_by_label("Why").click()
    await page.get_by_role("option", name="It says what is confidential").click()
    await modal.get_by_role("button", name="Reject").click()
    await page.get_by_text(Notice.REJECTED_CARD.text("en")).last.wait_for()
