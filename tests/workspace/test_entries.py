"""What may be entered: the client's own checks, initial values, the form of every entry."""

from typing import Any

import pytest

from tests.workspace.parts import BLOCK, ELEMENT, LINE, Part, actions, entry, option, rich, section
from workspace import entries
from workspace.block_kit.elements import ELEMENTS
from workspace.state import Workspace
from workspace.wire import Refused

PRESSED = {"button", "overflow", "workflow_button", "feedback_buttons", "icon_button", "image"}


def form(element: Part, **more: object) -> Part:
    named = entry(element | {"action_id": "a"}, block_id="b", **more)
    return {"blocks": [named]}


def said(element: Part, value: Any, **more: object) -> str:
    shown = form(element, **more)
    key = entries.FORMS[element["type"]].key
    state = {"values": {"b": {"a": {"type": element["type"], key: value}}}}
    return entries.problems(shown | {"state": state}).get("b", "")


def test_every_element_that_holds_something_has_a_form() -> None:
    assert set(entries.FORMS) == set(ELEMENTS) - PRESSED


TEXT, NUMBER = ELEMENT["plain_text_input"], ELEMENT["number_input"]
BOUNDED = NUMBER | {"min_value": "-2", "max_value": "3.5", "is_decimal_allowed": True}


@pytest.mark.parametrize(
    ("element", "fine", "wrong"),
    [
        (TEXT, "x" * 3000, "x" * 3001),
        (TEXT | {"min_length": 2, "max_length": 3}, "好好好", "好"),
        (TEXT | {"min_length": 2, "max_length": 3}, "ab", "abcd"),
        (NUMBER, "-12", "1.5"),
        (NUMBER, "7", "seven"),
        (BOUNDED, "3.5", "3.6"),
        (BOUNDED, "-2", "-2.01"),
        (ELEMENT["email_text_input"], "陈@example.com", "ana@host"),
        (ELEMENT["email_text_input"], "a@b.co", "a b@c.co"),
        (ELEMENT["url_text_input"], "https://example.com/图", "example.com"),
        (ELEMENT["url_text_input"], "http://x", "javascript:alert(1)"),
        (ELEMENT["datepicker"], "2028-02-29", "2027-02-29"),
        (ELEMENT["timepicker"], "00:00", "9:30"),
        (ELEMENT["multi_users_select"] | {"max_selected_items": 1}, ["U1"], ["U1", "U2"]),
        (ELEMENT["file_input"] | {"max_files": 1}, [{"id": "F1"}], [{"id": "F1"}, {"id": "F2"}]),
        (
            ELEMENT["file_input"] | {"filetypes": ["png"]},
            [{"name": "a.PNG"}],
            [{"name": "a.pdf"}],
        ),
    ],
    ids=lambda each: str(each)[:50],
)
def test_the_client_checks_what_is_entered(element: Part, fine: Any, wrong: Any) -> None:
    assert said(element, fine) == ""
    assert said(element, wrong).startswith("Please")


@pytest.mark.parametrize("kind", list(entries.FORMS))
def test_empty_means_required_unless_optional(kind: str) -> None:
    empty = entries.FORMS[kind].empty
    assert said(ELEMENT[kind], empty) == entries.REQUIRED
    assert said(ELEMENT[kind], empty, optional=True) == ""


def test_only_inputs_are_required() -> None:
    shown = {"blocks": [actions(ELEMENT["static_select"] | {"action_id": "a"}) | {"block_id": "b"}]}
    assert entries.problems(shown | {"state": {"values": entries.initial(shown)}}) == {}


@pytest.mark.parametrize(
    ("kind", "initial", "held"),
    [
        ("static_select", {"initial_option": option()}, {"selected_option": option()}),
        ("checkboxes", {"initial_options": [option()]}, {"selected_options": [option()]}),
        ("users_select", {"initial_user": "U0BO"}, {"selected_user": "U0BO"}),
        ("multi_channels_select", {}, {"selected_channels": []}),
        ("datepicker", {"initial_date": "2026-11-22"}, {"selected_date": "2026-11-22"}),
        (
            "timepicker",
            {"initial_time": "09:00", "timezone": "Asia/Shanghai"},
            {"selected_time": "09:00", "timezone": "Asia/Shanghai"},
        ),
        ("plain_text_input", {}, {"value": None}),
        ("number_input", {"initial_value": "4"}, {"value": "4"}),
        ("rich_text_input", {"initial_value": rich(LINE)}, {"rich_text_value": rich(LINE)}),
        ("file_input", {}, {"files": []}),
        (
            "conversations_select",
            {"default_to_current_conversation": True},
            {"selected_conversation": "C0GENERAL"},
        ),
    ],
)
def test_initial_values(kind: str, initial: Part, held: Part) -> None:
    values = entries.initial(form(ELEMENT[kind] | initial), "C0GENERAL")
    assert values == {"b": {"a": {"type": kind, **held}}}


def test_elements_of_sections_have_values_and_buttons_none() -> None:
    select = ELEMENT["static_select"] | {"action_id": "a"}
    button = ELEMENT["button"] | {"action_id": "c"}
    shown = {
        "blocks": [
            section(accessory=select, block_id="b"),
            actions(button) | {"block_id": "d"},
            BLOCK["divider"],
        ]
    }
    assert entries.initial(shown) == {
        "b": {"a": {"type": "static_select", "selected_option": None}}
    }


def test_a_filter_decides_which_conversations_are_offered() -> None:
    ws = Workspace()
    general, reviewers = ws.directory.channels["C0GENERAL"], ws.directory.channels["C0REVIEWERS"]
    direct = ws.directory.channels["D0ANA"]
    menu = ELEMENT["conversations_select"]
    assert all(entries.fits(ws, each, menu) for each in (general, reviewers, direct))
    private = menu | {"filter": {"include": ["private"]}}
    assert [entries.fits(ws, each, private) for each in (general, reviewers, direct)] == [
        False,
        True,
        False,
    ]
    people = menu | {"filter": {"include": ["im", "public"], "exclude_bot_users": True}}
    assert [entries.fits(ws, each, people) for each in (general, direct)] == [True, False]


def test_files_are_those_of_the_workspace() -> None:
    ws = Workspace()
    with pytest.raises(Refused, match="file_not_found"):
        entries.entered(ws, ws.directory.users["U0ANA"], ELEMENT["file_input"], {"files": ["F1"]})
