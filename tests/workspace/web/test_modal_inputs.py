"""Every input of a modal: what it begins with, its checks, and what the app receives."""

from collections.abc import Iterator
from typing import Literal

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect

from tests.workspace.web import gallery
from tests.workspace.web.gallery import INPUTS, OPTIONS
from tests.workspace.web.scripted import Json, Site, field, option, picture
from tests.workspace.web.views import TEXT, Show, modal, press, quiet_page, showing, submitted
from tests.workspace.web.watching import poor

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


def test_every_input_shows_and_sends_what_it_began_with(bo: Page, show: Show, site: Site) -> None:
    site.answers["all"] = lambda _: None
    dialog = show(gallery.MODAL)
    expect(dialog.locator(".unknown-block")).to_have_count(0)
    expect(dialog.locator(".block-alert")).to_have_count(5)
    dialog.get_by_label("plain text input").fill("typed")
    dialog.get_by_label("multi conversations select").click()
    dialog.get_by_role("option", name="#reviewers").click()
    bo.keyboard.press("Escape")
    press(dialog)
    expect(dialog).to_be_hidden()
    values = {name: entry[name] for name, entry in submitted(site, "all").items()}
    assert values["plain_text_input"]["value"] == "typed"
    assert values["multiline"]["value"] == "first\nsecond"
    assert values["number_input"]["value"] == "1.5"
    assert values["rich_text_input"]["rich_text_value"] == expected_rich_text()
    assert values["static_select"]["selected_option"] == OPTIONS[0]
    assert values["multi_static_select"]["selected_options"] == OPTIONS[:2]
    assert values["external_select"]["selected_option"] == option("was")
    assert values["multi_external_select"]["selected_options"] == []
    assert values["users_select"]["selected_user"] == "U0BO"
    assert values["multi_users_select"]["selected_users"] == ["U0ANA", "U0CHEN"]
    assert values["conversations_select"]["selected_conversation"] == "C0SUPPORT"
    chosen = values["multi_conversations_select"]["selected_conversations"]
    assert chosen == ["C0REVIEWERS"]
    assert values["channels_select"]["selected_channel"] == "C0RANDOM"
    assert values["datepicker"]["selected_date"] == "2026-02-28"
    assert values["timepicker"]["selected_time"] == "09:30"
    began = INPUTS["datetimepicker"]["initial_date_time"]
    assert values["datetimepicker"]["selected_date_time"] == began
    assert [each["value"] for each in values["checkboxes"]["selected_options"]] == ["暖"]
    assert values["radio_buttons"]["selected_option"]["value"] == "cool"
    assert values["file_input"]["files"] == []


def expected_rich_text() -> Json:
    value = INPUTS["rich_text_input"]["initial_value"]
    first, points = value["elements"]
    return {"type": "rich_text", "elements": [first, points | {"indent": 0}]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_input_is_readable(bo: Page, show: Show, scheme: Literal["light", "dark"]) -> None:
    bo.emulate_media(color_scheme=scheme)
    dialog = show(gallery.MODAL)
    assert poor(dialog) == []
    dialog.get_by_label("static select", exact=True).first.click()
    assert poor(dialog.get_by_role("listbox").first) == []
    bo.keyboard.press("Escape")
    expect(dialog).to_be_visible()


MISTAKES: list[tuple[Json, str, str]] = [
    (TEXT, "", "Please complete this required field."),
    (TEXT | {"min_length": 3}, "ab", "Please enter at least 3 characters."),
    (TEXT | {"max_length": 3}, "灯🦊ab", "Please enter no more than 3 characters."),
    ({"type": "number_input", "is_decimal_allowed": False}, "many", "Please enter a number."),
    ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a whole number."),
    (
        {"type": "number_input", "is_decimal_allowed": True, "min_value": "2"},
        "1.5",
        "Please enter a number of at least 2.",
    ),
    (
        {"type": "number_input", "is_decimal_allowed": True, "max_value": "2"},
        "2.5",
        "Please enter a number of at most 2.",
    ),
    ({"type": "email_text_input"}, "ana@", "Please enter a valid email address."),
    ({"type": "url_text_input"}, "javascript:alert(1)", "Please enter a valid URL."),
]


@pytest.mark.parametrize(("element", "text", "said"), MISTAKES)
def test_mistakes_are_told_before_the_app_is_asked(
    show: Show, site: Site, element: Json, text: str, said: str
) -> None:
    before = len(site.heard)
    dialog = show(modal("checked", field("it", "It", element)))
    dialog.get_by_label("It").fill(text)
    press(dialog)
    expect(dialog.locator(".field-error")).to_have_text(said)
    expect(dialog.get_by_label("It")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("It")).to_be_focused()
    asked = [each for each in site.heard[before:] if each.get("type") == "view_submission"]
    assert not asked


EMPTY: list[Json] = [
    {"type": "static_select", "options": OPTIONS},
    {"type": "multi_static_select", "options": OPTIONS},
    {"type": "checkboxes", "options": OPTIONS},
    {"type": "radio_buttons", "options": OPTIONS},
    {"type": "users_select"},
    {"type": "datepicker"},
    {"type": "rich_text_input"},
    {"type": "file_input"},
]


@pytest.mark.parametrize("element", EMPTY, ids=[each["type"] for each in EMPTY])
def test_nothing_required_may_stay_empty(show: Show, element: Json) -> None:
    dialog = show(modal("empty", field("it", "It", element)))
    press(dialog)
    expect(dialog.locator(".field-error")).to_have_text("Please complete this required field.")


def test_letters_that_are_left_are_counted(show: Show) -> None:
    dialog = show(modal("count", field("it", "It", TEXT | {"max_length": 5})))
    dialog.get_by_label("It").fill("灯灯")
    expect(dialog.locator(".counter")).to_have_text("3")
    dialog.get_by_label("It").fill("lights")
    expect(dialog.locator(".counter.bad")).to_have_text("-1")


def test_files_are_uploaded_and_named_in_the_form(show: Show, site: Site) -> None:
    site.answers["files"] = lambda _: None
    dialog = show(modal("files", field("up", "Files", INPUTS["file_input"])))
    chosen = [
        {"name": "灯.png", "mimeType": "image/png", "buffer": picture(8, 8)},
        {"name": "bad.exe", "mimeType": "application/x", "buffer": b"x"},
    ]
    dialog.locator("input[type=file]").set_input_files(chosen)
    expect(dialog.locator(".chip")).to_have_text(["灯.png"])
    expect(dialog.get_by_text("At most 2 files. Only png, txt.")).to_be_visible()
    more = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}
    dialog.locator("input[type=file]").set_input_files(more)
    expect(dialog.locator(".chip")).to_have_text(["灯.png", "notes.txt"])
    dialog.get_by_label("Remove notes.txt").click()
    press(dialog)
    expect(dialog).to_be_hidden()
    files = submitted(site, "files")["up"]["up"]["files"]
    assert [(each["name"], each["size"]) for each in files] == [("灯.png", len(picture(8, 8)))]


def test_rich_text_is_written_with_the_toolbar(show: Show, site: Site) -> None:
    site.answers["rich"] = lambda _: None
    dialog = show(modal("rich", field("r", "Rich", {"type": "rich_text_input"})))
    box = dialog.get_by_label("Rich")
    box.fill("hello")
    box.select_text()
    dialog.get_by_label("Bold").click()
    expect(dialog.locator(".rich-preview strong")).to_have_text("hello")
    expect(box).to_have_value("*hello*")
    press(dialog)
    expect(dialog).to_be_hidden()
    leaf = {"type": "text", "text": "hello", "style": {"bold": True}}
    value = submitted(site, "rich")["r"]["r"]["rich_text_value"]
    assert value["elements"] == [{"type": "rich_text_section", "elements": [leaf]}]


def test_an_optional_menu_can_be_emptied(show: Show, site: Site) -> None:
    site.answers["clear"] = lambda _: None
    menu = {"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[0]}
    dialog = show(modal("clear", field("m", "Mood", menu, optional=True)))
    dialog.get_by_role("button", name="Clear").click()
    press(dialog)
    assert submitted(site, "clear")["m"]["m"]["selected_option"] is None
