"""The page's frame in a real browser: themes, language, connection, agents, prompts, files."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect

from tests.workspace.web.scripted import Open, Site, message, send, served

pytestmark = pytest.mark.browser

WEB = Path(__file__).parents[3] / "workspace" / "web"
SAID = re.compile(r'(?<![\w.])t\(\s*"((?:[^"\\]|\\.)+)"')
KEY = re.compile(r'^  "((?:[^"\\]|\\.)+)":', re.MULTILINE)
BARE_KEY = re.compile(r"^  ([A-Za-z]+):", re.MULTILINE)
LABEL = re.compile(r'(?:label|unit): "([^"]+)"')
LISTED = re.compile(r'\["(?:[^"]+", ")?([A-Z][^"]+)"(?:\]|, \()')
REASON = re.compile(r'^  \w+: "([^"]+)",$', re.MULTILINE)
FIXED = re.compile(r'data-t="">([^<]+)<')


def dark(page: Page) -> bool:
    found = page.evaluate("() => getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g)")
    return int(found[0]) < 64


def test_the_theme_is_toggled_and_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    assert not dark(page)
    toggle = page.get_by_test_id("theme")
    toggle.click()
    toggle.click()
    expect(toggle).to_have_attribute("aria-label", "Theme: dark")
    assert dark(page)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert dark(page)


def test_the_page_speaks_the_language_of_its_reader(opened: Open) -> None:
    page = opened("#/chen/C0SUPPORT")
    expect(page.locator("#panel-toggle")).to_have_text("开发者")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_test_id("composer")).to_have_attribute("placeholder", "发消息给 #support")
    page.get_by_test_id("language").click()
    page.get_by_role("menuitem", name="English").click()
    expect(page.locator("#panel-toggle")).to_have_text("Developer")


def test_every_text_of_the_frame_is_translated() -> None:
    tables = ("zh", "zhpanel", "zhblocks")
    table = "".join((WEB / f"{name}.js").read_text() for name in tables)
    known = {json.loads(f'"{key}"') for key in KEY.findall(table)} | set(BARE_KEY.findall(table))
    sources = {path.name: path.read_text() for path in WEB.glob("*.js")}
    said = {json.loads(f'"{each}"') for text in sources.values() for each in SAID.findall(text)}
    said |= set(FIXED.findall((WEB / "index.html").read_text()))
    said |= set(LABEL.findall(sources["faults.js"])) | set(LISTED.findall(sources["keys.js"]))
    said |= set(LISTED.findall(sources["panel.js"])) | set(REASON.findall(sources["problems.js"]))
    assert len(said) > 100
    assert said - known == set()


def test_prompts_are_offered_and_a_click_sends_one(opened: Open, site: Site) -> None:
    page = opened("#/ana/D0ANA")
    prompts = [{"title": "写一首诗", "message": "a poem about 灯"}, {"title": "b", "message": "c"}]
    offer = {"channel_id": "D0ANA", "title": "What shall it be?", "prompts": prompts}
    site.api("assistant.threads.setSuggestedPrompts", **offer)
    box = page.get_by_test_id("prompts")
    expect(box).to_contain_text("What shall it be?")
    page.reload()
    box.get_by_text("写一首诗").click()
    expect(message(page, "a poem about 灯")).to_have_attribute("data-user", "U0ANA")
    expect(box).to_have_count(0)


def test_a_status_with_loading_messages_is_there_after_a_reload(page: Page, site: Site) -> None:
    ts = site.say("ana", "load something")
    more = {"channel_id": "C0SUPPORT", "thread_ts": ts, "loading_messages": ["Warming up…"]}
    site.api("assistant.threads.setStatus", status="is thinking…", **more)
    line = message(page, "load something").get_by_test_id("status")
    for _ in range(2):
        expect(line).to_contain_text("is thinking…")
        expect(line).to_contain_text("Warming up…")
        page.reload()
    site.api("assistant.threads.setStatus", status="", channel_id="C0SUPPORT", thread_ts=ts)
    expect(line).to_have_count(0)


def test_a_session_is_named_and_stopped(page: Page, site: Site) -> None:
    ts = site.say("ana", "a long job")
    place = {"channel_id": "C0SUPPORT", "thread_ts": ts}
    site.api("agents.sessions.setStatus", status="processing", title="Lamp campaign", **place)
    page.goto(f"{site.url}/#/ana/C0SUPPORT/{ts}")
    thread = page.get_by_test_id("thread")
    expect(thread.locator("#thread-title")).to_contain_text("Lamp campaign")
    expect(thread.get_by_test_id("session")).to_have_text("Working")
    thread.get_by_test_id("stop").click()
    expect(message(page, "stopped as asked")).to_be_visible()
    site.api("agents.sessions.setStatus", status="suspended", **place)
    expect(thread.get_by_test_id("session")).to_have_text("Waiting")
    expect(thread.get_by_test_id("stop")).to_have_count(0)


def test_the_agent_opens_beside_a_channel_and_learns_what_is_looked_at(
    page: Page, site: Site
) -> None:
    page.get_by_test_id("agent-toggle").click()
    expect(page.get_by_test_id("thread")).to_contain_text("atelier")
    send(page, "what is this channel about?", "thread-composer")
    expect(page.get_by_test_id("thread")).to_contain_text("what is this channel about?")
    event = site.last(lambda each: each.get("event", {}).get("type") == "app_context_changed")
    assert "C0SUPPORT" in json.dumps(event)


def test_nothing_that_people_or_the_app_write_becomes_part_of_the_page(
    page: Page, site: Site
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    ts = site.say("bo", evil)
    site.upload("bo", f"{evil}.txt", b"x")
    place = {"channel_id": "C0SUPPORT", "thread_ts": ts}
    site.api("assistant.threads.setStatus", status=evil, loading_messages=[evil], **place)
    prompts = [{"title": evil, "message": evil}]
    site.api(
        "assistant.threads.setSuggestedPrompts", prompts=prompts, title=evil, channel_id="D0ANA"
    )
    site.api("agents.sessions.setStatus", status="processing", title=evil, **place)
    page.goto(f"{site.url}/#/ana/C0SUPPORT/{ts}")
    expect(page.locator("#thread-title")).to_contain_text(evil)
    page.goto(f"{site.url}/#/ana/D0ANA")
    expect(page.get_by_test_id("prompts")).to_contain_text(evil)
    assert page.locator("img[src=x]").count() == 0


def test_events_missed_while_offline_arrive_in_order(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}/#/ana/C0SUPPORT")
    expect(page.locator("article").first).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("() => fetch('/').catch(() => 0)")
    for n in range(5):
        site.say("bo", f"while away {n}")
    page.context.set_offline(False)
    expect(message(page, "while away 4")).to_be_visible(timeout=20_000)
    texts = page.locator("#messages article", has_text="while away").all_text_contents()
    assert [re.findall(r"away (\d)", text)[0] for text in texts] == list("01234")
    page.close()


def test_a_long_channel_is_drawn_in_pages(opened: Open, site: Site) -> None:
    room = site.post("/_control/channel", {"user": "bo", "name": "long", "is_private": False})
    where = room["channel"]["id"]
    site.control("join", user="ana", channel=where)
    for n in range(400):
        site.control("say", user="bo", channel=where, text=f"entry {n}")
    page = opened(f"#/ana/{where}")
    expect(page.locator("#messages article").last).to_contain_text("entry 399")
    assert page.locator("#messages article").count() == 150
    for first in ("entry 100", "entry 0"):
        page.locator("#messages").evaluate("(node) => { node.scrollTop = 0; }")
        expect(message(page, first)).to_have_count(1)
    expect(page.locator("#messages")).to_contain_text("very beginning")
    page.locator("#messages").get_by_text("Latest messages").click()
    site.control("say", user="bo", channel=where, text="one more")
    expect(page.locator("#messages article").last).to_contain_text("one more")


def test_a_narrow_window_keeps_everything_in_reach(browser: Browser) -> None:
    with served() as site:
        page = browser.new_page(viewport={"width": 390, "height": 760})
        page.goto(f"{site.url}/#/ana/C0SUPPORT")
        expect(page.get_by_test_id("composer")).to_be_visible()
        expect(page.locator("#sidebar")).to_be_hidden()
        page.get_by_test_id("show-sidebar").click()
        page.locator("#channels [data-channel=C0RANDOM]").click()
        expect(page.locator("#sidebar")).to_be_hidden()
        expect(page.locator("#place-title")).to_contain_text("random")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        page.close()
