"""The developer panel: what the app was sent, what it called, the clock and faults."""

import re
from urllib.error import HTTPError

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect

from tests.workspace.web.scripted import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def panel(page: Page) -> Locator:
    page.get_by_test_id("panel-toggle").click()
    panel = page.get_by_test_id("panel")
    expect(panel.locator(".panel-row").first).to_be_visible()
    return panel


def row(panel: Locator, name: str) -> Locator:
    return panel.locator(".panel-row", has=panel.page.locator(".panel-name", has_text=name)).last


def test_a_call_is_unfolded_and_shows_no_token(panel: Locator, site: Site) -> None:
    site.tell("words to find", metadata={"event_type": "x", "event_payload": {"t": "xoxb-local"}})
    call = row(panel, "chat.postMessage")
    expect(call).to_contain_text(re.compile(r"[\d.]+ ms"))
    call.locator("summary").click()
    expect(call.locator("pre").first).to_contain_text('"text": "words to find"')
    assert "xoxb-local" not in (panel.text_content() or "")


def test_an_envelope_is_unfolded_to_its_payload(panel: Locator, site: Site) -> None:
    site.say("bo", "unfold me 灯")
    event = row(panel, "message")
    expect(event.locator(".tag-ack")).to_be_visible()
    event.locator("summary").click()
    expect(event.locator("pre").first).to_contain_text("unfold me 灯")
    expect(event.locator("pre").last).to_contain_text('"outcome": "acked"')
    expect(event.get_by_role("button", name=re.compile("Copy"))).to_have_count(2)


def test_problems_stand_out(panel: Locator, site: Site) -> None:
    with pytest.raises(AssertionError):
        site.api("chat.nonsense")
    expect(row(panel, "chat.nonsense")).to_have_class(
        re.compile(r"problem.*unknown|unknown.*problem")
    )
    expect(row(panel, "chat.nonsense")).to_contain_text("unknown method")
    match, effect = {"method": "chat.update", "count": 1}, {"status": 429, "retry_after_s": 1}
    site.control("faults", match=match, effect=effect)
    with pytest.raises(HTTPError):
        site.api("chat.update", channel="C0SUPPORT", ts="1.1", text="x")
    expect(row(panel, "chat.update")).to_contain_text("rate limited")
    panel.get_by_test_id("panel-kind").select_option("problems")
    expect(panel.locator(".panel-row:visible .ok")).to_have_count(0)
    expect(row(panel, "chat.nonsense")).to_be_visible()


def test_the_traffic_is_filtered_paused_and_cleared(panel: Locator, site: Site) -> None:
    site.say("bo", "needle in the hay")
    expect(row(panel, "message").locator(".tag-ack")).to_be_visible()
    site.tell("a call with a pin")
    panel.get_by_test_id("panel-filter").fill("a call with a pin")
    expect(panel.locator(".panel-row:visible .panel-name")).to_have_text("chat.postMessage")
    panel.get_by_test_id("panel-filter").fill("")
    panel.get_by_text("Clear").first.click()
    expect(panel.locator(".panel-row")).to_have_count(0)
    panel.get_by_test_id("panel-pause").click()
    site.tell("while paused")
    expect(panel.get_by_test_id("panel-pause")).to_contain_text(re.compile(r"Resume \(\d+\)"))
    expect(panel.locator(".panel-row")).to_have_count(0)
    panel.get_by_test_id("panel-pause").click()
    expect(row(panel, "chat.postMessage")).to_be_visible()


def test_the_past_is_there_after_a_reload(panel: Locator, site: Site) -> None:
    site.tell("before the reload")
    site.say("bo", "also before")
    panel.page.reload()
    expect(row(panel, "message").locator(".tag-ack")).to_be_visible()
    panel.get_by_test_id("panel-filter").fill("before the reload")
    expect(row(panel, "chat.postMessage")).to_be_visible()


def test_the_clock_is_moved_on(panel: Locator) -> None:
    panel.get_by_role("button", name="Clock and faults").click()
    now = panel.get_by_test_id("clock-now")
    expect(now).to_have_text(re.compile(r"^[\d:]+$"))
    panel.get_by_role("button", name="+5 min").click()
    expect(now).to_contain_text("(+5 min)")
    panel.get_by_label("Minutes").fill("10")
    panel.get_by_role("button", name="Advance by minutes").click()
    expect(now).to_contain_text("(+15 min)")


def test_a_fault_is_added_counted_and_cleared(panel: Locator, site: Site) -> None:
    panel.get_by_role("button", name="Clock and faults").click()
    panel.get_by_label("What happens").select_option(label="Refused with an error")
    panel.get_by_test_id("fault-name").fill("users.info")
    panel.get_by_test_id("fault-value").fill("user_not_found")
    panel.get_by_label("How often").fill("1")
    panel.get_by_test_id("fault-add").click()
    fault = panel.locator(".fault", has_text="users.info")
    expect(fault).to_contain_text("fired 0 of 0")
    with pytest.raises(AssertionError):
        site.api("users.info", user="U0ANA")
    expect(fault).to_contain_text("fired 1 of 1")
    site.api("users.info", user="U0ANA")
    expect(fault).to_contain_text("fired 1 of 2")
    fault.get_by_role("button", name="Remove this fault").click()
    expect(fault).to_have_count(0)


def test_a_fault_that_makes_no_sense_is_explained(panel: Locator) -> None:
    panel.get_by_role("button", name="Clock and faults").click()
    panel.get_by_label("What is hit").select_option(label="At once")
    panel.get_by_label("What happens").select_option(label="App removed from a channel")
    panel.get_by_test_id("fault-value").fill("nowhere")
    panel.get_by_test_id("fault-add").click()
    expect(panel.page.locator("#toasts")).to_contain_text("nowhere")
