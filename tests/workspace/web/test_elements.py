"""Every element of Block Kit, used as a person does, and what the app receives of it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Locator, Page, expect

from tests.workspace.web.gallery import (
    CONFIRM,
    DESCRIBED,
    GROUPS,
    OPTIONS,
    actions,
    button,
    section,
)
from tests.workspace.web.scripted import Json, Site, field, option, plain, shown

pytestmark = pytest.mark.browser
Use: TypeAlias = Callable[[Locator], object]


@pytest.fixture(scope="module")
def bo(browser: Browser, site: Site) -> Iterator[Page]:
    """Bo's page of #support, for all tests of this file."""
    page = browser.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{site.url}/#/bo/C0SUPPORT")
    yield page
    page.close()


def choose(*labels: str) -> Use:
    """Open a menu and choose from it."""

    def use(content: Locator) -> None:
        content.get_by_role("combobox").click()
        for label in labels:
            content.get_by_role("option").filter(has_text=label).first.click()
        if content.get_by_role("combobox").get_attribute("aria-expanded") == "true":
            content.get_by_role("combobox").press("Escape")

    return use


def fill(kind: str, value: str) -> Use:
    return lambda content: content.locator(f"input[type={kind}]").fill(value)


def overflow(content: Locator) -> None:
    content.get_by_label("More actions").click()
    content.page.get_by_role("menuitem", name="cool").click()


MOMENT = int(datetime(2026, 2, 28, 9, 30).astimezone().timestamp())
USED: list[tuple[Json, Use, Json]] = [
    (
        {"type": "button", "text": plain("Go :rocket:"), "value": "v1"},
        lambda content: content.get_by_role("button", name="Go 🚀").click(),
        {"value": "v1"},
    ),
    (
        {"type": "static_select", "options": DESCRIBED},
        choose("暖"),
        {"selected_option": DESCRIBED[0]},
    ),
    (
        {"type": "multi_static_select", "option_groups": GROUPS},
        choose("cool", "سريع"),
        {"selected_options": [OPTIONS[1], OPTIONS[2]]},
    ),
    ({"type": "users_select"}, choose("@陈晨"), {"selected_user": "U0CHEN"}),
    (
        {"type": "multi_users_select", "initial_users": ["U0ANA"]},
        choose("@bo"),
        {"selected_users": ["U0ANA", "U0BO"]},
    ),
    ({"type": "channels_select"}, choose("#random"), {"selected_channel": "C0RANDOM"}),
    (
        {"type": "multi_channels_select"},
        choose("#general"),
        {"selected_channels": ["C0GENERAL"]},
    ),
    (
        {"type": "conversations_select"},
        choose("@atelier"),
        {"selected_conversation": "D0BO"},
    ),
    (
        {"type": "multi_conversations_select", "filter": {"include": ["private"]}},
        choose("#reviewers"),
        {"selected_conversations": ["C0REVIEWERS"]},
    ),
    ({"type": "overflow", "options": OPTIONS}, overflow, {"selected_option": OPTIONS[1]}),
    (
        {"type": "checkboxes", "options": DESCRIBED, "initial_options": [DESCRIBED[0]]},
        lambda content: content.get_by_label("cool").check(),
        {"selected_options": DESCRIBED[:2]},
    ),
    (
        {"type": "radio_buttons", "options": OPTIONS},
        lambda content: content.get_by_label("暖").check(),
        {"selected_option": OPTIONS[0]},
    ),
    (
        {"type": "datepicker", "initial_date": "2026-01-31"},
        fill("date", "2026-02-28"),
        {"selected_date": "2026-02-28"},
    ),
    (
        {"type": "timepicker", "initial_time": "08:00"},
        fill("time", "09:30"),
        {"selected_time": "09:30"},
    ),
    (
        {"type": "datetimepicker"},
        fill("datetime-local", "2026-02-28T09:30"),
        {"selected_date_time": MOMENT},
    ),
]


@pytest.mark.parametrize(("element", "use", "told"), USED, ids=[each[0]["type"] for each in USED])
def test_every_element_reaches_the_app(
    bo: Page, site: Site, element: Json, use: Use, told: Json
) -> None:
    name = f"{element['type']}-1"
    use(shown(bo, site.tell("x", blocks=[actions(element | {"action_id": name})])))
    nth = len(told.get("selected_options", [1])) if "multi" in name else 1
    action = site.acted(name, nth)["actions"][0]
    assert {key: action[key] for key in told} == told


@pytest.mark.parametrize(("element", "use", "told"), USED[1:], ids=[e[0]["type"] for e in USED[1:]])
def test_every_element_can_stand_beside_a_section(
    bo: Page, site: Site, element: Json, use: Use, told: Json
) -> None:
    if element["type"] == "datetimepicker":
        pytest.skip("Slack does not take it there")
    name = f"{element['type']}-2"
    use(shown(bo, site.tell("x", blocks=[section(accessory=element | {"action_id": name})])))
    assert set(site.acted(name)["actions"][0]) >= set(told)


def asked(bo: Page, site: Site, *elements: Json, **more: object) -> Locator:
    return shown(bo, site.tell("x", blocks=[actions(*elements)], **more))


def test_a_menu_is_searched_and_used_by_keys(bo: Page, site: Site) -> None:
    menu = {"type": "static_select", "action_id": "keys", "options": [option("plum"), *OPTIONS]}
    box = asked(bo, site, menu).get_by_role("combobox")
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("COO")
    expect(bo.get_by_role("option")).to_have_text(["cool"])
    box.fill("nothing like it")
    expect(bo.get_by_text("No results")).to_be_visible()
    box.fill("")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("暖")
    assert site.acted("keys")["actions"][0]["selected_option"] == OPTIONS[0]
    box.press_sequentially("pl")
    box.blur()
    expect(box).to_have_value("暖")


def test_several_choices_are_taken_back(bo: Page, site: Site) -> None:
    menu = {"type": "multi_static_select", "options": OPTIONS, "max_selected_items": 2}
    content = asked(bo, site, menu | {"action_id": "few", "initial_options": OPTIONS[:2]})
    content.get_by_role("combobox").click()
    content.get_by_role("option", name="سريع").click()
    expect(content.get_by_text("At most 2 can be chosen.")).to_be_visible()
    content.get_by_role("combobox").press("Escape")
    content.get_by_role("button", name="Remove 暖").click()
    assert site.acted("few")["actions"][0]["selected_options"] == [OPTIONS[1]]
    content.get_by_role("combobox").press("Backspace")
    assert site.acted("few", 2)["actions"][0]["selected_options"] == []
    expect(content.locator(".chip")).to_have_count(0)


def test_an_external_menu_asks_the_app(bo: Page, site: Site) -> None:
    asked_for: list[str] = []

    def answer(payload: Json) -> Json:
        asked_for.append(payload["value"])
        return {"option_groups": [{"label": plain("Found"), "options": [option("plum tree")]}]}

    site.answers["far"] = answer
    menu = {"type": "external_select", "action_id": "far", "min_query_length": 2}
    content = asked(bo, site, menu)
    box = content.get_by_role("combobox")
    box.click()
    expect(content.get_by_text("Type at least 2 characters")).to_be_visible()
    box.press_sequentially("plu", delay=20)
    expect(content.get_by_role("group", name="Found")).to_be_visible()
    content.get_by_role("option", name="plum tree").click()
    expect(box).to_have_value("plum tree")
    assert site.acted("far")["actions"][0]["selected_option"] == option("plum tree")
    assert asked_for == ["plu"]


def test_an_external_menu_of_several_asks_at_once(bo: Page, site: Site) -> None:
    site.answers["wide"] = lambda _: {"options": OPTIONS}
    menu = {"type": "multi_external_select", "action_id": "wide", "min_query_length": 0}
    content = asked(bo, site, menu)
    choose("cool")(content)
    assert site.acted("wide")["actions"][0]["selected_options"] == [OPTIONS[1]]


def test_conversations_begin_with_the_one_on_show(bo: Page, site: Site) -> None:
    menu = {"type": "conversations_select", "default_to_current_conversation": True}
    expect(asked(bo, site, menu).get_by_role("combobox")).to_have_value("#support")


def test_conversations_are_filtered(bo: Page, site: Site) -> None:
    wanted = {"include": ["im", "private"], "exclude_bot_users": True}
    content = asked(bo, site, {"type": "conversations_select", "filter": wanted})
    content.get_by_role("combobox").click()
    expect(content.get_by_role("option")).to_have_text(["#reviewers"])
    content.get_by_role("combobox").press("Escape")


def confirmed(bo: Page, answer: str) -> None:
    dialog = bo.get_by_role("dialog", name="Sure?")
    dialog.get_by_role("button", name=answer).click()
    expect(dialog).to_have_count(0)


def test_a_confirmation_is_asked_first(bo: Page, site: Site) -> None:
    content = asked(bo, site, button("Send", "sent", confirm=CONFIRM))
    content.get_by_role("button", name="Send").click()
    confirmed(bo, "No")
    content.get_by_role("button", name="Send").click()
    confirmed(bo, "Yes")
    site.acted("sent")
    assert site.actions().count("sent") == 1


def test_a_choice_that_is_not_confirmed_is_taken_back(bo: Page, site: Site) -> None:
    boxes = {"type": "checkboxes", "action_id": "c1", "options": OPTIONS, "confirm": CONFIRM}
    menu = {"type": "static_select", "action_id": "c2", "options": OPTIONS, "confirm": CONFIRM}
    day = {"type": "datepicker", "action_id": "c3", "confirm": CONFIRM}
    content = asked(bo, site, boxes, menu, day)
    content.get_by_label("cool").check()
    confirmed(bo, "No")
    expect(content.get_by_label("cool")).not_to_be_checked()
    choose("暖")(content)
    confirmed(bo, "No")
    expect(content.get_by_role("combobox")).to_have_value("")
    content.locator("input[type=date]").fill("2026-02-28")
    confirmed(bo, "No")
    expect(content.locator("input[type=date]")).to_have_value("")
    choose("暖")(content)
    confirmed(bo, "Yes")
    values = next(iter(site.acted("c2")["state"]["values"].values()))
    assert (values["c1"]["selected_options"], values["c3"]["selected_date"]) == ([], None)


def test_a_button_for_others_is_not_drawn(bo: Page, site: Site) -> None:
    theirs = button("Approve", visible_to_user_ids=["U0CHEN"])
    mine = button("Reject", "reject", visible_to_user_ids=["U0CHEN", "U0BO"])
    expect(asked(bo, site, theirs, mine).get_by_role("button")).to_have_text(["Reject"])


def test_a_link_button_opens_elsewhere_and_tells_the_app(bo: Page, site: Site) -> None:
    good = button("Docs", "docs", url=f"{site.url}/web/favicon.svg")
    bad = button("Trap", "trap", url="javascript:window.pwned=1")
    content = asked(bo, site, good, bad)
    expect(content.get_by_role("link", name="Docs")).to_have_attribute("rel", "noopener noreferrer")
    with bo.expect_popup() as popup:
        content.get_by_role("link", name="Docs").click()
    assert popup.value.evaluate("window.opener") is None
    popup.value.close()
    assert site.acted("docs")["actions"][0]["type"] == "button"
    content.get_by_role("button", name="Trap").click()
    site.acted("trap")
    assert bo.evaluate("window.pwned") is None


def test_a_workflow_button_says_what_it_would_start(bo: Page, site: Site) -> None:
    inputs = [{"name": "ticket", "value": "T-1"}]
    trigger = {"url": "https://a.example/start", "customizable_input_parameters": inputs}
    flow = {"type": "workflow_button", "action_id": "w", "workflow": {"trigger": trigger}}
    asked(bo, site, flow | {"text": plain("Start")}).get_by_role("button", name="Start").click()
    dialog = bo.get_by_role("dialog", name="Start")
    expect(dialog.get_by_role("link")).to_have_attribute("href", "https://a.example/start")
    expect(dialog.locator("li")).to_have_text("ticket T-1")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_a_click_carries_what_was_entered(bo: Page, site: Site) -> None:
    name = field("name", "Name", {"type": "plain_text_input"})
    mood = field("mood", "Mood", {"type": "static_select", "options": OPTIONS})
    blocks = [name, mood, actions(button("Done", "done-1"))]
    content = shown(bo, site.tell("x", blocks=blocks))
    content.get_by_label("Name").fill("灯 lamp")
    content.get_by_label("Mood").click()
    content.get_by_role("option", name="cool").click()
    content.get_by_role("button", name="Done").click()
    values = site.acted("done-1")["state"]["values"]
    assert values["name"]["name"] == {"type": "plain_text_input", "value": "灯 lamp"}
    assert values["mood"]["mood"]["selected_option"] == OPTIONS[1]


def test_what_was_entered_survives_an_update(bo: Page, site: Site) -> None:
    name = field("name", "Name", {"type": "plain_text_input"})
    mood = field("mood", "Mood", {"type": "multi_static_select", "options": OPTIONS})
    ts = site.tell("x", blocks=[name, mood])
    shown(bo, ts).get_by_label("Name").fill("灯 lamp")
    choose("cool")(shown(bo, ts))
    head = {"type": "header", "text": plain("changed")}
    site.api("chat.update", channel="C0SUPPORT", ts=ts, text="x", blocks=[head, name, mood])
    expect(shown(bo, ts).locator("h3")).to_have_text("changed")
    expect(shown(bo, ts).get_by_label("Name")).to_have_value("灯 lamp")
    expect(shown(bo, ts).locator(".chip")).to_have_text(["cool"])


def typed(action_id: str, *when: str) -> Json:
    element: Json = {"type": "plain_text_input", "action_id": action_id}
    if when:
        element["dispatch_action_config"] = {"trigger_actions_on": list(when)}
    return field(action_id, "Say", element, dispatch_action=True)


def test_typing_is_told_on_enter(bo: Page, site: Site) -> None:
    box = shown(bo, site.tell("x", blocks=[typed("enter")])).get_by_label("Say")
    box.press_sequentially("hi")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    box.press_sequentially("!")
    box.press("Enter")
    assert site.acted("enter")["actions"][0]["value"] == "hi!"
    assert site.actions().count("enter") == 1


def test_typing_is_told_as_it_goes(bo: Page, site: Site) -> None:
    block = typed("letters", "on_character_entered")
    box = shown(bo, site.tell("x", blocks=[block])).get_by_label("Say")
    box.press_sequentially("hel", delay=10)
    assert site.acted("letters")["actions"][0]["value"] == "hel"
    box.press_sequentially("lo", delay=10)
    assert site.acted("letters", 2)["actions"][0]["value"] == "hello"


def test_an_action_that_times_out_is_told(bo: Page, site: Site) -> None:
    site.control("faults", match={"envelope": "interactive"}, effect={"drop": True})
    asked(bo, site, button("Lost", "lost")).get_by_role("button", name="Lost").click()
    site.control("clock", advance_s=4)
    expect(bo.locator("#toasts")).to_contain_text("Apps need to respond within 3 seconds")
