"""The page by keys alone."""

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from tests.workspace.web.scripted import Open, Site, message, send

pytestmark = pytest.mark.browser


def test_alt_and_arrows_go_from_channel_to_channel(page: Page) -> None:
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#place-title")).to_contain_text("random")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#place-title")).to_contain_text("support")


def test_the_switcher_leads_to_channels_and_people(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_test_id("switcher").fill("rand")
    page.keyboard.press("Enter")
    expect(page.locator("#place-title")).to_contain_text("random")
    page.keyboard.press("Control+k")
    page.get_by_test_id("switcher").fill("陈")
    page.keyboard.press("Enter")
    expect(page.locator("#place-title")).to_contain_text("陈晨")
    expect(page.get_by_test_id("composer")).to_be_focused()


def test_the_switcher_is_walked_by_arrows_and_left_by_escape(page: Page) -> None:
    page.keyboard.press("Control+k")
    first = page.locator(".switch-row[aria-selected=true]").text_content()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".switch-row[aria-selected=true]")).not_to_have_text(first or "")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("switcher")).to_have_count(0)
    expect(page.get_by_test_id("composer")).to_be_focused()


def test_up_edits_the_last_message_and_escape_leaves_it(page: Page) -> None:
    send(page, "first version")
    expect(message(page, "first version")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("edit")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("edit")).to_have_count(0)
    expect(message(page, "first version")).to_be_focused()
    page.get_by_test_id("composer").focus()
    page.keyboard.press("ArrowUp")
    page.get_by_test_id("edit").fill("second version")
    page.keyboard.press("Enter")
    expect(message(page, "second version")).to_contain_text("(edited)")


def test_messages_are_walked_and_acted_on(page: Page, site: Site) -> None:
    site.say("bo", "above")
    send(page, "below")
    expect(message(page, "below")).to_be_visible()
    page.locator("#messages").focus()
    page.keyboard.press("ArrowUp")
    expect(message(page, "below")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(message(page, "above")).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.type("tada")
    page.keyboard.press("Enter")
    expect(message(page, "above").locator("[data-reaction=tada]")).to_be_visible()
    message(page, "above").focus()
    page.keyboard.press("t")
    expect(page.get_by_test_id("thread")).to_contain_text("above")
    expect(page.get_by_test_id("thread-composer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("thread")).to_be_hidden()
    expect(page.get_by_test_id("composer")).to_be_focused()


def test_the_focus_survives_a_change_of_its_message(page: Page, site: Site) -> None:
    ts = site.tell("keep my place")
    message(page, "keep my place").focus()
    site.api("chat.update", channel="C0SUPPORT", ts=ts, text="keep my place, changed")
    expect(message(page, "keep my place, changed")).to_be_focused()


def test_a_question_mark_lists_the_keys(page: Page) -> None:
    page.get_by_test_id("composer").press_sequentially("really?")
    expect(page.get_by_test_id("help")).to_have_count(0)
    page.locator("#messages").focus()
    page.keyboard.press("?")
    expect(page.get_by_test_id("help")).to_contain_text("Jump to a channel or person")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("help")).to_have_count(0)


def test_menus_are_walked_and_closed(page: Page) -> None:
    page.get_by_test_id("add-channel").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Browse channels")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Create a channel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(page.get_by_test_id("add-channel")).to_be_focused()


def test_a_shortcut_is_run_by_its_name_after_a_slash(page: Page) -> None:
    page.get_by_test_id("composer").press_sequentially("/request")
    expect(page.get_by_test_id("autocomplete").first).to_contain_text("New request")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("modal")).to_contain_text("New draft")
    expect(page.get_by_test_id("composer")).to_have_value("")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).to_be_hidden()


def test_channels_are_suggested_after_a_hash(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("see #ran")
    composer.press("Tab")
    expect(composer).to_have_value("see #random ")
    composer.press("Enter")
    expect(message(page, "see #random").locator("a.mention")).to_have_text("#random")


def test_tab_passes_over_messages_that_have_no_focus(opened: Open) -> None:
    page = opened("#/ana/C0GENERAL")
    page.locator("#messages").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.dataset.testid === 'composer'"):
            break
    expect(page.get_by_test_id("composer")).to_be_focused()


def test_every_button_has_a_name(page: Page) -> None:
    page.get_by_test_id("panel-toggle").click()
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('button, a[href], input, select, textarea')]"
        ".filter((one) => !(one.ariaLabel || one.textContent.trim() || one.labels?.length))"
        ".map((one) => one.outerHTML)"
    )
    assert nameless == []


def test_what_has_the_focus_is_seen(page: Page) -> None:
    page.locator("#channels a").first.focus()
    page.keyboard.press("ArrowDown")
    style = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert re.match("solid|auto", style)
