"""The page, driven in Chromium as a person would; the README's picture comes from here.

`ATELIER_PICTURE=docs/page.png pytest tests/e2e/test_page.py -m e2e` makes that picture anew.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.product import Product, answer
from workspace.client import Client

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
]


@pytest.fixture
async def page(product: Product) -> AsyncIterator[Any]:
    api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    async with api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = await browser.new_page(viewport={"width": 1280, "height": 800})
        problems: list[str] = []

        def hear(error: object) -> None:
            problems.append(str(error))

        opened.on("pageerror", hear)
        await opened.goto(f"{product.url}/#/ana/C0SUPPORT")
        yield opened
        await browser.close()
        assert not problems


async def test_a_person_asks_in_the_page_and_reads_the_answer(
    page: Any, product: Product, tmp_path: Path
) -> None:
    async with Client(product.url) as slack:
        await slack.say("chen", "support", "客户问退款的事，我来查一下。")
        await answer(slack, "support", "@atelier 退款需要多久？", user="chen")
        await slack.say("bo", "support", "And one in English: when does Mrs Ito get her money?")
    composer = page.get_by_test_id("composer")
    await composer.fill("@atelier How long do refunds take?")
    await composer.press("Enter")
    asked = page.get_by_test_id("message").filter(has_text="How long do refunds take?").last
    await asked.get_by_text("1 reply").click()
    thread = page.get_by_test_id("thread")
    await thread.get_by_text("7 business days").wait_for()
    await thread.get_by_text("built-in, no language model").wait_for()
    await page.screenshot(path=os.environ.get("ATELIER_PICTURE", tmp_path / "page.png"))


async def test_the_composer_completes_commands(page: Any) -> None:
    await page.get_by_test_id("composer").fill("/im")
    offered = page.get_by_test_id("autocomplete")
    await offered.get_by_text("/imagine").wait_for()
    await page.get_by_test_id("composer").press("Tab")
    assert (await page.get_by_test_id("composer").input_value()).startswith("/imagine")


async def test_help_is_shown_only_to_who_asks(page: Any) -> None:
    composer = page.get_by_test_id("composer")
    await composer.fill("/atelier help")
    await composer.press("Enter")
    told = page.get_by_test_id("message").filter(has_text="Make up to four pictures").last
    await told.get_by_text("Only visible to you").wait_for()


async def test_the_app_home_opens(page: Any) -> None:
    await page.get_by_test_id("home-link").click()
    await page.get_by_test_id("home").get_by_text("This month", exact=True).wait_for()
