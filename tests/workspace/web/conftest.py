"""The page's tests run in the system's Chromium; without it, or without playwright, they skip."""

import shutil
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect

from tests.workspace.web.scripted import MANIFEST, Open, Site, play, served

if TYPE_CHECKING:  # playwright may be absent
    from playwright.sync_api import Browser, ConsoleMessage, Page

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--in-process-gpu", "--renderer-process-limit=1", "--process-per-site"),
]
"""One process for all pages and none for graphics: to start another takes a second of processor."""
REFUSED = "400 (Bad Request)"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A workspace with the scripted app connected to it."""
    with served() as site:
        site.post("/_control/manifest", MANIFEST)
        address = site.post("/api/apps.connections.open", {}, "xapp-local")["url"]
        with connect(address) as socket:
            app = threading.Thread(target=play, args=(site, socket))
            app.start()
            yield site
        app.join()


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: "Browser", site: Site) -> Iterator[Open]:
    """Open pages; none of them may have written an error to the console in the end."""
    context = browser.new_context()
    problems: list[str] = []

    def hear(line: "ConsoleMessage") -> None:
        if line.type == "error" and REFUSED not in line.text:
            problems.append(line.text)

    def visit(address: str = "#/ana/C0SUPPORT") -> "Page":
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", hear)
        page.goto(f"{site.url}/{address}")
        page.locator("#channels [data-channel]").first.wait_for()
        return page

    yield visit
    context.close()
    assert not problems


@pytest.fixture
def page(opened: Open) -> "Page":
    """Ana's page of #support."""
    return opened()
