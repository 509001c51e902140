"""Modals on the page: the stack of views, updates, errors, and what goes wrong."""

from collections.abc import Iterator

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect

from tests.workspace.web.gallery import actions, button, section
from tests.workspace.web.scripted import SILENCE, Json, Site, field, plain
from tests.workspace.web.views import TEXT, Show, modal, press, quiet_page, showing, submitted

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bo(browser: Browser, site: Site) -> Iterator[Page]:
    """Bo's page of #support, for all tests of this file; it may not write errors."""
    with quiet_page(browser, site) as page:
        yield page


@pytest.fixture
def show(bo: Page, site: Site) -> Iterator[Show]:
    """Open a view as the app does after a command; afterwards every view is closed."""
    with showing(bo, site) as show:
        yield show


def test_errors_of_the_app_stand_by_their_fields(show: Show, site: Site) -> None:
    said = {"b": "Not this one."}
    site.answers["refuse"] = lambda _: {"response_action": "errors", "errors": said}
    dialog = show(modal("refuse", field("a", "A", TEXT), field("b", "B", TEXT)))
    dialog.get_by_label("A", exact=True).fill("1")
    dialog.get_by_label("B", exact=True).fill("2")
    press(dialog)
    expect(dialog.locator("[data-block=b] .field-error")).to_have_text("Not this one.")
    expect(dialog.locator("[data-block=a] .field-error")).to_be_empty()
    expect(dialog.get_by_label("B", exact=True)).to_be_focused()
    site.answers["refuse"] = lambda _: None
    press(dialog)
    expect(dialog).to_be_hidden()


def test_a_view_waits_for_the_app_and_says_when_it_does_not_answer(show: Show, site: Site) -> None:
    site.answers["slow"] = lambda _: SILENCE
    dialog = show(modal("slow", field("a", "A", TEXT)))
    dialog.get_by_label("A", exact=True).fill("1")
    press(dialog)
    sending = dialog.get_by_role("button", name="Send")
    expect(sending).to_be_disabled()
    submitted(site, "slow")
    site.control("clock", advance_s=4)
    trouble = dialog.get_by_text("We had some trouble connecting. Try again?")
    expect(trouble).to_be_visible()
    expect(sending).to_be_enabled()
    site.answers["slow"] = lambda _: None
    press(dialog)
    expect(dialog).to_be_hidden()


def test_views_are_stacked_and_come_back_as_they_were(bo: Page, show: Show, site: Site) -> None:
    above = modal("above", field("a", "A", TEXT), notify_on_close=True)
    third = modal("third", section("the last"), submit=None)
    site.answers["below"] = lambda _: {"response_action": "push", "view": above}
    site.answers["above"] = lambda _: {"response_action": "push", "view": third | {"submit": None}}
    dialog = show(modal("below", field("b", "B", TEXT)))
    expect(dialog.get_by_role("button", name="Back")).to_have_count(0)
    dialog.get_by_label("B", exact=True).fill("kept 灯")
    press(dialog)
    expect(dialog.get_by_role("heading")).to_have_text("View above")
    dialog.get_by_label("A", exact=True).fill("also kept")
    press(dialog)
    expect(dialog.get_by_role("heading")).to_have_text("View third")
    dialog.get_by_role("button", name="Back").click()
    expect(dialog.get_by_label("A", exact=True)).to_have_value("also kept")
    bo.keyboard.press("Escape")
    expect(dialog.get_by_label("B", exact=True)).to_have_value("kept 灯")
    closed = site.last(lambda payload: payload.get("type") == "view_closed")
    assert closed["view"]["callback_id"] == "above"
    assert closed["is_cleared"] is False
    press(dialog)
    expect(dialog.get_by_role("heading")).to_have_text("View above")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    site.last(lambda payload: payload is not closed and payload.get("type") == "view_closed")


def test_an_answer_may_replace_or_clear_views(show: Show, site: Site) -> None:
    after = modal("after", section("thank you"))
    site.answers["before"] = lambda _: {"response_action": "update", "view": after}
    site.answers["after"] = lambda _: {"response_action": "clear"}
    dialog = show(modal("before", field("a", "A", TEXT)))
    dialog.get_by_label("A", exact=True).fill("1")
    press(dialog)
    expect(dialog.get_by_text("thank you")).to_be_visible()
    press(dialog)
    expect(dialog).to_be_hidden()


def test_an_update_keeps_entries_cursor_and_place(bo: Page, show: Show, site: Site) -> None:
    said = field("say", "Say", TEXT | dispatched(), dispatch_action=True)
    rest = [field(f"f{n}", f"Field {n}", TEXT, optional=True) for n in range(30)]
    dialog = show(modal("live", *rest[:15], said, *rest[15:]))
    dialog.get_by_label("Field 3 (optional)").fill("stays")
    box = dialog.get_by_label("Say")
    box.fill("abcd")
    box.evaluate("node => node.setSelectionRange(2, 2)")
    view = site.acted("say")["view"]
    body = dialog.locator(".modal-body")
    scrolled = body.evaluate("node => node.scrollTop")
    new = modal("live", *rest[:15], said, section("you said abcd"), *rest[15:])
    site.api("views.update", view_id=view["id"], view=new)
    expect(dialog.get_by_text("you said abcd")).to_be_visible()
    expect(dialog.get_by_label("Say")).to_be_focused()
    bo.keyboard.type("X")
    expect(dialog.get_by_label("Say")).to_have_value("abXcd")
    expect(dialog.get_by_label("Field 3 (optional)")).to_have_value("stays")
    assert abs(body.evaluate("node => node.scrollTop") - scrolled) < 40


def dispatched() -> Json:
    return {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}


def test_a_hundred_blocks_scroll_under_title_and_buttons(show: Show) -> None:
    rest = [section(f"line {n}") for n in range(99)]
    dialog = show(modal("long", field("a", "A", TEXT), *rest, close=plain("Leave")))
    dialog.get_by_text("line 98").scroll_into_view_if_needed()
    expect(dialog.get_by_role("heading")).to_be_in_viewport()
    expect(dialog.get_by_role("button", name="Leave")).to_be_in_viewport()


def test_the_focus_begins_where_the_view_wants_it_and_stays_inside(bo: Page, show: Show) -> None:
    wanted = field("b", "B", TEXT | {"focus_on_load": True}, optional=True)
    dialog = show(modal("focus", field("a", "A", TEXT, optional=True), wanted))
    expect(dialog.get_by_label("B")).to_be_focused()
    inside = "document.activeElement === document.body || modal.contains(document.activeElement)"
    for _ in range(8):
        bo.keyboard.press("Tab")
        assert bo.evaluate(inside)
    bo.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(bo.get_by_test_id("composer")).to_be_focused()


def test_enter_in_a_line_sends_the_form(show: Show, site: Site) -> None:
    site.answers["enter"] = lambda _: None
    dialog = show(modal("enter", field("a", "A", TEXT)))
    dialog.get_by_label("A", exact=True).fill("one line")
    dialog.get_by_label("A", exact=True).press("Enter")
    assert submitted(site, "enter")["a"]["a"]["value"] == "one line"


def test_a_button_of_a_view_carries_its_state(show: Show, site: Site) -> None:
    dialog = show(modal("act", field("a", "A", TEXT), actions(button("Look", "look"))))
    dialog.get_by_label("A", exact=True).fill("so far")
    press(dialog, "Look")
    assert site.acted("look")["view"]["state"]["values"]["a"]["a"]["value"] == "so far"
    expect(dialog).to_be_visible()


def test_a_view_may_be_in_chinese_or_arabic(show: Show) -> None:
    arabic = field("b", "ملاحظة", TEXT, optional=True)
    dialog = show(modal("zh", field("a", "标签 label", TEXT), arabic, title=plain("新草稿 ✍️")))
    expect(dialog).to_have_attribute("aria-label", "新草稿 ✍️")
    dialog.get_by_label("标签 label").fill("灯")
    label = dialog.locator("label", has_text="ملاحظة")
    assert label.evaluate("node => getComputedStyle(node).direction") == "rtl"


def test_the_page_of_another_browser_shows_the_same_form(
    browser: Browser, show: Show, site: Site
) -> None:
    dialog = show(modal("two", field("a", "A", TEXT), actions(button("Look", "two-look"))))
    dialog.get_by_label("A", exact=True).fill("kept by the server")
    press(dialog, "Look")
    site.acted("two-look")
    other = browser.new_page()
    other.goto(f"{site.url}/#/bo/C0SUPPORT")
    again = other.get_by_test_id("modal").get_by_label("A", exact=True)
    expect(again).to_have_value("kept by the server")
    other.close()
