"""Reviewing and reporting in Chromium, as people do it: cards, forms, and what is refused."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.views.notices import Notice
from tests.e2e.product import NO_ENGINE, Product, answer, running, said
from tests.e2e.test_reviews import (
    ARGUMENTS,
    ASKED,
    CHROMIUM,
    HOLDING,
    card,
    held,
    request_name,
    told,
)
from workspace.client import Client

pytestmark = pytest.mark.browser

REVIEWERS, GENERAL = "C0REVIEWERS", "C0GENERAL"
WRITTEN = "The line is staffed on weekdays. 工作日有人值守。🙂"


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("holding") / "data", **NO_ENGINE, **HOLDING) as started:
        yield started


@pytest.fixture
async def slack(holding: Product) -> AsyncIterator[Client]:
    async with Client(holding.url) as client:
        await client.join("chen", "reviewers")
        yield client


class Pages:
    """A browser in which each person has a page."""

    def __init__(self, browser: Any, url: str, pictures: Path) -> None:
        self._browser = browser
        self._url = url
        self._pictures = pictures

    async def of(self, person: str, channel: str) -> Any:
        page = await self._browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"{self._url}/#/{person}/{channel}")
        return page

    async def keep(self, page: Any, name: str) -> None:
        await page.screenshot(path=self._pictures / f"{name}.png")


@pytest.fixture
async def pages(holding: Product, tmp_path: Path) -> AsyncIterator[Pages]:
    api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if not CHROMIUM or shutil.which(CHROMIUM) is None:
        pytest.skip("no chromium on this machine")
    async with api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Pages(browser, holding.url, tmp_path)
        await browser.close()


def card_of(page: Any, name: str) -> Any:
    return page.get_by_test_id("message").filter(has_text=name).last


async def chosen(page: Any, option: str, submit: str) -> None:
    """Choose a reason in the form that is open, and send it."""
    modal = page.get_by_role("dialog")
    await modal.get_by_label("Why").click()
    await page.get_by_role("option", name=option).click()
    await modal.get_by_role("button", name=submit).click()


async def test_a_reviewer_claims_edits_twice_and_approves(
    slack: Client, holding: Product, pages: Pages
) -> None:
    waiting, shown = await held(slack)
    bo = await pages.of("bo", REVIEWERS)
    message = card_of(bo, request_name(shown))
    await message.get_by_role("button", name="I'm on it").click()
    await told(slack, waiting, Notice.REVIEWING)
    await message.get_by_role("button", name="Edit…").click()
    modal = bo.get_by_role("dialog")
    words = modal.get_by_label("What is shown instead")
    await words.fill("Write to ana@firm.example instead.")
    await modal.get_by_role("button", name="Approve").click()
    await modal.get_by_text(Notice.EDIT_REFUSED.text("en")).wait_for()  # judged like an answer
    await pages.keep(bo, "edit-refused")
    await words.fill(WRITTEN)
    await modal.get_by_role("button", name="Approve").click()
    await bo.get_by_text(Notice.EDITED_CARD.text("en")).last.wait_for()
    final = await slack.wait_for(
        lambda m: m["ts"] == waiting["ts"] and "工作日有人值守" in said(m),
        channel="general",
        thread_ts=waiting["thread_ts"],
    )
    assert "555" not in said(final)
    await holding.settled()
    assert holding.audit().returncode == 0


async def test_two_clicks_are_one_decision_and_nobody_approves_their_own(
    slack: Client, holding: Product, pages: Pages
) -> None:
    asked = await slack.say("bo", "general", ASKED)
    waiting = await slack.wait_for(
        lambda m: Notice.HELD.text("en") in said(m), channel="general", thread_ts=asked["ts"]
    )
    shown = await card(slack, waiting, Notice.REVIEW)
    bo = await pages.of("bo", REVIEWERS)
    await card_of(bo, request_name(shown)).get_by_role("button", name="Approve").click()
    await bo.get_by_text(Notice.NOT_YOURS.text("en")).last.wait_for()
    await pages.keep(bo, "own-request")
    chen = await pages.of("chen", REVIEWERS)
    await card_of(chen, request_name(shown)).get_by_role("button", name="Approve").dblclick()
    await chen.get_by_text(Notice.APPROVED_CARD.text("en")).last.wait_for()
    await slack.wait_for(
        lambda m: m["ts"] == waiting["ts"] and "555" in said(m),
        channel="general",
        thread_ts=asked["ts"],
    )
    await holding.settled()
    request = request_name(shown).removeprefix("req_")
    decided = holding.rows("SELECT decision FROM review WHERE request_id LIKE ?", f"{request}%")
    verdicts = holding.rows(
        "SELECT reviewer FROM verdict WHERE reviewer IS NOT NULL AND request_id LIKE ?",
        f"{request}%",
    )
    assert (decided, len(verdicts)) == ([("approve",)], 1)
    assert holding.audit().returncode == 0


async def test_a_rejection_with_its_reason_is_appealed_and_heard_by_another(
    slack: Client, holding: Product, pages: Pages
) -> None:
    waiting, shown = await held(slack)
    bo = await pages.of("bo", REVIEWERS)
    name = request_name(shown)
    await card_of(bo, name).get_by_role("button", name="Reject…").click()
    await chosen(bo, Notice.REASON_CONFIDENTIAL.text("en"), "Reject")
    await told(slack, waiting, Notice.REJECTED_CONFIDENTIAL)
    ana = await pages.of("ana", GENERAL)
    asked = ana.get_by_test_id("message").filter(has_text="When is the telephone line").last
    await asked.get_by_text("1 reply").click()
    thread = ana.get_by_test_id("thread")
    await thread.get_by_role("button", name="Appeal").click()
    await thread.get_by_text(Notice.APPEALED.text("en")).wait_for()
    await pages.keep(ana, "appealed")
    await card(slack, waiting, Notice.REVIEW_AGAIN)
    await card_of(bo, name).get_by_role("button", name="Approve").click()
    await bo.get_by_text(Notice.DECIDED_BEFORE.text("en")).last.wait_for()
    chen = await pages.of("chen", REVIEWERS)
    await card_of(chen, name).get_by_role("button", name="Approve").click()
    await thread.get_by_text("555").wait_for()
    await holding.settled()
    assert holding.audit().returncode == 0


async def test_what_nobody_decides_on_expires(
    slack: Client, holding: Product, pages: Pages
) -> None:
    waiting, shown = await held(slack)
    bo = await pages.of("bo", REVIEWERS)
    await card_of(bo, request_name(shown)).get_by_role("button", name="Approve").wait_for()
    with closing(sqlite3.connect(holding.data / "atelier.db", timeout=30)) as database:
        database.execute("UPDATE review SET opened_ms = 0 WHERE decision IS NULL")
        database.commit()
    await bo.get_by_text(Notice.EXPIRED_CARD.text("en")).last.wait_for(timeout=120_000)
    await told(slack, waiting, Notice.REVIEW_EXPIRED)
    await holding.settled()
    assert holding.audit().returncode == 0


async def test_an_answer_is_reported_and_taken_back(
    slack: Client, holding: Product, pages: Pages
) -> None:
    shown = await answer(slack, "general", "@atelier How long do refunds take?")
    name = request_name(shown)
    bo = await pages.of("bo", GENERAL)
    asked = bo.get_by_test_id("message").filter(has_text="How long do refunds take?").last
    await asked.get_by_text("1 reply").click()
    thread = bo.get_by_test_id("thread")
    await thread.get_by_role("button", name="Report").click()
    await bo.get_by_role("dialog").get_by_text(Notice.REPORTING.text("en")).wait_for()
    await pages.keep(bo, "report")
    await chosen(bo, Notice.REASON_INACCURATE.text("en"), "Report")
    chen = await pages.of("chen", REVIEWERS)
    message = card_of(chen, name)
    await message.get_by_text(Notice.REASON_INACCURATE.text("en")).wait_for()
    await pages.keep(chen, "report-card")
    direct = await slack.wait_for(
        lambda m: name in said(m) and Notice.REPORT_FILED.text("en") in said(m),
        channel="dm",
        user="bo",
    )
    await message.get_by_role("button", name="Take it back").click()
    await thread.get_by_text(Notice.TAKEN_BACK.text("en")).wait_for()
    await chen.get_by_text(Notice.TAKEN_BACK_CARD.text("en")).last.wait_for()
    await pages.keep(bo, "taken-back")
    await slack.wait_for(
        lambda m: m["ts"] == direct["ts"] and Notice.REPORT_UPHELD.text("en") in said(m),
        channel="dm",
        user="bo",
    )
    await holding.settled()
    assert holding.audit().returncode == 0
