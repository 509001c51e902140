"""Block Kit: every kind's smallest form, each rule broken once, whole messages, ids and files."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workspace.parts import (
    BAR,
    BLOCK,
    CARD,
    CELL,
    CONFIRM,
    ELEMENT,
    FEEDBACK,
    LINE,
    PICTURE,
    PIE,
    POINT,
    SERIES,
    VOTE,
    Part,
    actions,
    button,
    chart,
    entry,
    holding,
    mrkdwn,
    option,
    plain,
    rich,
    section,
)
from workspace import blocks
from workspace.block_kit.elements import ELEMENTS
from workspace.block_kit.layout import BLOCKS
from workspace.block_kit.surfaces import MOST, Surface, problems
from workspace.block_kit.views import view_problems
from workspace.clock import Clock
from workspace.ids import Ids
from workspace.wire import SlackError

MODAL_ONLY = {"alert", "number_input", "email_text_input", "url_text_input", "file_input"}
MESSAGE_ONLY = {"call", "container", "context_actions", "data_visualization", "file", "markdown"}
MESSAGE_ONLY |= {"plan", "table", "task_card", "workflow_button", "feedback_buttons", "icon_button"}
NOT_HERE: dict[Surface, set[str]] = {
    "message": MODAL_ONLY | {"rich_text_input"},
    "modal": MESSAGE_ONLY | {"data_table"},
    "home": MODAL_ONLY | MESSAGE_ONLY | {"datetimepicker"},
}


def broken(part: Part, surface: Surface = "message") -> list[str]:
    return [each.line for each in problems([section(), part], surface, "/blocks")]


def test_the_samples_are_complete() -> None:
    assert set(BLOCK) == set(BLOCKS)
    assert set(ELEMENT) == set(ELEMENTS)


@pytest.mark.parametrize("surface", list(MOST))
@pytest.mark.parametrize("kind", list(BLOCKS))
def test_the_smallest_block_stands_where_it_may(kind: str, surface: Surface) -> None:
    unfit = f"unsupported type: {kind} [json-pointer:/blocks/1/type]"
    found = broken(BLOCK[kind], surface)
    assert (unfit in found) is (kind in NOT_HERE[surface])
    assert found == [] or kind in NOT_HERE[surface]


@pytest.mark.parametrize("surface", list(MOST))
@pytest.mark.parametrize("kind", list(ELEMENTS))
def test_the_smallest_element_stands_where_it_may(kind: str, surface: Surface) -> None:
    found = broken(holding(ELEMENT[kind]), surface)
    assert any(f"unsupported type: {kind} " in each for each in found) is (
        kind in NOT_HERE[surface]
    )


@pytest.mark.parametrize("kind", list(BLOCKS))
def test_every_field_is_known_and_every_required_one_is_asked_for(kind: str) -> None:
    at = "[json-pointer:/blocks/1]"
    assert f"invalid additional property: colour {at}" in broken(BLOCK[kind] | {"colour": "red"})
    for name in BLOCKS[kind].required:
        without = {key: value for key, value in BLOCK[kind].items() if key != name}
        assert f"missing required field: {name} {at}" in broken(without)


@pytest.mark.parametrize("kind", list(ELEMENTS))
def test_every_elements_fields_too(kind: str) -> None:
    assert "invalid additional property: colour" in str(
        broken(holding(ELEMENT[kind] | {"colour": 1}))
    )
    assert (
        "must be less than 256 characters"
        in str(broken(holding(ELEMENT[kind] | {"action_id": "x" * 256})))
        or kind == "image"
    )
    for name in ELEMENTS[kind].required:
        without = {key: value for key, value in ELEMENT[kind].items() if key != name}
        assert f"missing required field: {name}" in str(broken(holding(without)))


SELECT = ELEMENT["static_select"]
TEXT_INPUT = ELEMENT["plain_text_input"]
BROKEN: list[tuple[Part, str]] = [
    ({}, "missing required field: type [json-pointer:/blocks/1]"),
    ({"type": "invented"}, "unsupported type: invented [json-pointer:/blocks/1/type]"),
    ({"type": ["section"]}, "unsupported type: ['section'] [json-pointer:/blocks/1/type]"),
    (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"),
    (section(""), "must be more than 0 characters [json-pointer:/blocks/1/text/text]"),
    (section() | {"text": "x"}, "must provide an object [json-pointer:/blocks/1/text]"),
    (
        section(fields=[plain()] * 11),
        "no more than 10 items allowed [json-pointer:/blocks/1/fields]",
    ),
    (section(fields=[plain("x" * 2001)]), "must be less than 2001 characters"),
    ({"type": "section"}, "must define either `text` or `fields`"),
    (section(accessory=TEXT_INPUT), "unsupported type: plain_text_input"),
    (section() | {"text": mrkdwn() | {"emoji": True}}, "invalid additional property: emoji"),
    (section(block_id="x" * 256), "must be less than 256 characters"),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
    ({"type": "header", "text": mrkdwn()}, "unsupported type: mrkdwn"),
    ({"type": "context", "elements": [plain()] * 11}, "no more than 10 items allowed"),
    ({"type": "context", "elements": []}, "must provide at least 1 items"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button"),
    (actions(*[button()] * 26), "no more than 25 items allowed"),
    (actions(TEXT_INPUT), "unsupported type: plain_text_input"),
    (actions(button(text=plain("x" * 76))), "must be less than 76 characters"),
    (actions(button(text=mrkdwn())), "unsupported type: mrkdwn"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters"),
    (actions(button(url="x" * 3001)), "must be less than 3001 characters"),
    (actions(button(style="green")), "must be a valid enum value"),
    (actions(button(visible_to_user_ids="U1")), "must provide an array"),
    (actions(button(confirm={"title": plain()})), "missing required field: text"),
    (actions(button(confirm=CONFIRM | {"deny": plain("x" * 31)})), "must be less than 31"),
    (actions(button(confirm=CONFIRM | {"title": plain("x" * 101)})), "must be less than 101"),
    (actions(button(action_id="a"), button(action_id="a")), '`action_id` "a" already exists'),
    (actions(SELECT | {"options": []}), "must provide at least 1 items"),
    (actions(SELECT | {"options": [option()] * 101}), "no more than 100 items allowed"),
    (actions(SELECT | {"options": [option(text="x" * 76)]}), "must be less than 76 characters"),
    (actions(SELECT | {"options": [option("v" * 151)]}), "must be less than 151 characters"),
    (actions(SELECT | {"options": [option(text="")]}), "must be more than 0 characters"),
    (actions(SELECT | {"options": [option(url="https://x")]}), "invalid additional property: url"),
    (actions(SELECT | {"options": None}), "must define either `options` or `option_groups`"),
    (actions(SELECT | {"initial_option": option("w")}), "not among the options: w"),
    (actions(SELECT | {"placeholder": plain("x" * 151)}), "must be less than 151 characters"),
    (actions(ELEMENT["overflow"] | {"options": [option()] * 6}), "no more than 5 items allowed"),
    (actions(ELEMENT["checkboxes"] | {"options": [option()] * 11}), "no more than 10 items"),
    (actions(ELEMENT["datepicker"] | {"initial_date": "2026-02-30"}), "must be a date"),
    (actions(ELEMENT["timepicker"] | {"initial_time": "24:00"}), "must be a time"),
    (actions(ELEMENT["datetimepicker"] | {"initial_date_time": 1}), "must be at least"),
    (actions(ELEMENT["conversations_select"] | {"filter": {}}), "must define either"),
    (actions(ELEMENT["channels_select"] | {"response_url_enabled": True}), "response_url_enabled"),
    (actions(ELEMENT["multi_users_select"] | {"max_selected_items": 0}), "must be at least 1"),
    (PICTURE | {"alt_text": "x" * 2001}, "must be less than 2001 characters"),
    (PICTURE | {"slack_file": {"id": "F1"}}, "must define either `image_url` or `slack_file`"),
    (PICTURE | {"image_url": None}, "must define either `image_url` or `slack_file`"),
    (PICTURE | {"image_url": None, "slack_file": {}}, "must define either `id` or `url`"),
    (PICTURE | {"title": mrkdwn()}, "unsupported type: mrkdwn"),
    (entry(button()), "unsupported type: button"),
    (entry(TEXT_INPUT, label=plain("x" * 2001)), "must be less than 2001 characters"),
    (entry(TEXT_INPUT | {"max_length": 3001}), "must be at most 3000"),
    (entry(TEXT_INPUT | {"min_length": 9, "max_length": 8}), "must not be greater than"),
    (
        entry(TEXT_INPUT | {"dispatch_action_config": {}}),
        "missing required field: trigger_actions_on",
    ),
    ({"type": "markdown", "text": ""}, "must be more than 0 characters"),
    (rich({"type": "text", "text": "x"}), "unsupported type: text"),
    (rich({"type": "rich_text_list", "elements": [LINE]}), "missing required field: style"),
    (rich({**LINE, "elements": [{"type": "emoji"}]}), "missing required field: name"),
    (rich({**LINE, "elements": [{"type": "broadcast", "range": "all"}]}), "valid enum value"),
    (rich({**LINE, "type": "rich_text_preformatted", "elements": [{"type": "user"}]}), "user"),
    ({"type": "table", "rows": [[CELL]] * 101}, "no more than 100 items allowed"),
    ({"type": "table", "rows": [[CELL] * 21]}, "no more than 20 items allowed"),
    ({"type": "table", "rows": [[plain()]]}, "unsupported type: plain_text"),
    ({"type": "table", "rows": [[{"type": "raw_number"}]]}, "missing required field: value"),
    ({"type": "table", "rows": [[CELL | {"text": "x" * 10_001}]]}, "must be less than 10001"),
    (BLOCK["data_table"] | {"rows": [[CELL], [CELL, CELL]]}, "same number of cells"),
    (BLOCK["data_table"] | {"rows": [[rich(LINE)], [CELL]]}, "unsupported type: rich_text"),
    (BLOCK["data_table"] | {"row_header_column_index": 1}, "must be at most 0"),
    (chart(PIE | {"segments": [POINT | {"value": 0}]}), "must be more than 0"),
    (chart(PIE | {"segments": [POINT] * 13}), "no more than 12 items allowed"),
    (chart(BAR | {"series": [SERIES] * 2}), "series names must be unique"),
    (chart(BAR | {"axis_config": {"categories": ["b"]}}), "labels must match"),
    (BLOCK["task_card"] | {"status": "done"}, "must be a valid enum value"),
    (BLOCK["task_card"] | {"output": rich(LINE, LINE)}, "must provide exactly 1 items"),
    (
        BLOCK["task_card"] | {"sources": [{"type": "url", "url": "u"}]},
        "missing required field: text",
    ),
    (CARD | {"title": "T"}, "must provide an object [json-pointer:/blocks/1/title]"),
    (CARD | {"actions": [button()] * 4}, "no more than 3 items allowed"),
    ({"type": "card", "subtitle": plain()}, "must define either"),
    (CARD | {"icon": PICTURE, "slack_icon": {"type": "icon", "name": "bot"}}, "`slack_icon`"),
    ({"type": "carousel", "elements": [CARD] * 11}, "no more than 10 items allowed"),
    (BLOCK["container"] | {"child_blocks": [BLOCK["container"]]}, "unsupported type: container"),
    (BLOCK["container"] | {"default_collapsed": True}, "requires `is_collapsible`"),
    (BLOCK["container"] | {"is_collapsible": True, "has_header_divider": True}, "cannot be set"),
    (BLOCK["container"] | {"title": None}, "must define either `title` or `rich_text_title`"),
    (BLOCK["context_actions"] | {"elements": [FEEDBACK] * 6}, "no more than 5 items allowed"),
    (holding(FEEDBACK | {"positive_button": VOTE | {"value": "v" * 2001}}), "less than 2001"),
    (holding(ELEMENT["icon_button"] | {"icon": "star"}), "must be a valid enum value"),
    (holding(ELEMENT["icon_button"] | {"visible_to_user_ids": ["U"] * 11}), "no more than 10"),
    (BLOCK["file"] | {"source": "local"}, "must be a valid enum value"),
    (BLOCK["video"] | {"title": plain("x" * 201)}, "must be less than 201 characters"),
]


@pytest.mark.parametrize(("part", "said"), BROKEN, ids=lambda each: str(each)[:60])
def test_a_broken_rule_is_told(part: Part, said: str) -> None:
    found = broken(part)
    assert any(said in each for each in found), found
    assert all("/blocks/1" in each for each in found)


def test_rules_of_modals() -> None:
    number = ELEMENT["number_input"]
    for part, said in (
        (entry(number | {"min_value": "5", "max_value": "4.5"}), "must not be greater than"),
        (entry(number | {"min_value": "1.5"}), "must be an integer"),
        (entry(number | {"initial_value": "ten"}), "must be a number"),
        (entry(ELEMENT["file_input"] | {"max_files": 11}), "must be at most 10"),
        (entry(ELEMENT["file_input"], dispatch_action=True), "unsupported type: file_input"),
        ({"type": "alert", "text": plain("x" * 201)}, "must be less than 201 characters"),
    ):
        assert any(said in each for each in broken(part, "modal")), part
    focused = entry(TEXT_INPUT | {"focus_on_load": True})
    assert "only one element may have `focus_on_load`" in str(
        problems([focused, focused], "modal", "")
    )
    chosen = entry(ELEMENT["conversations_select"] | {"response_url_enabled": True})
    assert broken(chosen, "modal") == []


def test_rules_of_a_whole_message() -> None:
    table, drawn = BLOCK["table"], BLOCK["data_visualization"]
    assert "only_one_table_allowed" in str(problems([table] * 2, "message", "/blocks"))
    assert problems([drawn] * 2, "message", "/blocks") == []
    assert "too many data_visualization" in str(problems([drawn] * 3, "message", "/blocks"))
    twice = [section(block_id="x"), section(block_id="x")]
    assert '`block_id` "x" already exists' in str(problems(twice, "message", "/blocks"))
    for surface, most in MOST.items():
        assert problems([{"type": "divider"}] * most, surface, "/blocks") == []
        found = problems([{"type": "divider"}] * (most + 1), surface, "/blocks")
        assert [each.line for each in found] == [
            f"no more than {most} items allowed [json-pointer:/blocks]"
        ]


def test_a_refusal_names_the_problems_twice() -> None:
    with pytest.raises(SlackError, match="invalid_blocks") as refused:
        blocks.check([{"type": "header"}])
    line = "missing required field: text [json-pointer:/blocks/0]"
    assert refused.value.messages == (f"[ERROR] {line}",)
    assert refused.value.more == {"errors": [line]}


@pytest.mark.parametrize("wrong", ["text", {"type": "section"}, [1], None, 7])
def test_what_is_not_a_list_of_objects_is_no_blocks(wrong: object) -> None:
    with pytest.raises(SlackError, match="invalid_blocks_format"):
        blocks.check(wrong)


def test_length_limits() -> None:
    blocks.check_length([{"type": "markdown", "text": "好" * 12_000}], "msg_blocks_too_long")
    with pytest.raises(SlackError, match="msg_too_long"):
        blocks.check_length([{"type": "markdown", "text": "好" * 12_001}], "msg_blocks_too_long")
    blocks.check_length([section("x" * 2640)] * 5, "msg_blocks_too_long")
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        blocks.check_length([section("x" * 2641)] * 5, "msg_blocks_too_long")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)
_WORDS = st.sampled_from([*BLOCKS, *ELEMENTS, "plain_text", "rich_text_section", "raw_text", "bar"])
_FIELDS = st.sampled_from(sorted({name for shape in BLOCKS.values() for name in shape.fields}))
_HALF = st.recursive(
    _JSON,
    lambda inner: (
        st.fixed_dictionaries({"type": _WORDS}).flatmap(
            lambda base: st.dictionaries(_FIELDS, inner, max_size=4).map(lambda more: more | base)
        )
        | st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)


@given(_JSON | st.lists(_HALF, max_size=3), st.sampled_from(list(MOST)))
def test_no_json_breaks_the_checker(value: Any, surface: Surface) -> None:
    found = problems(value, surface, "/blocks")
    assert all(each.message for each in found)
    if not found:
        blocks.named(value, Ids(Clock()))


@given(_JSON)
def test_no_json_breaks_the_view_checker(value: Any) -> None:
    for kind in ("modal", "home"):
        assert view_problems({"type": kind, "blocks": value, "title": value}, kind)


@given(st.lists(st.sampled_from(list(BLOCK.values()))))
def test_every_block_and_element_gets_an_id_and_nothing_else_changes(given_blocks: Any) -> None:
    named = blocks.named(given_blocks, Ids(Clock()))
    assert len({block["block_id"] for block in named}) == len(named)
    parts = list(blocks.interactive({"blocks": named}))
    assert all(element["action_id"] and block["block_id"] for block, element in parts)
    assert [{k: v for k, v in b.items() if k != "block_id"}.keys() for b in named] == [
        b.keys() for b in given_blocks
    ]


def test_given_ids_stay() -> None:
    block = actions(button(action_id="go")) | {"block_id": "mine"}
    assert blocks.named([block], Ids(Clock())) == [block]


def test_elements_are_found_wherever_they_are() -> None:
    inner = actions(button(action_id="inner"))
    card = CARD | {"actions": [button(action_id="card")]}
    shown = {
        "blocks": [
            BLOCK["container"] | {"child_blocks": [inner]},
            {"type": "carousel", "elements": [card]},
            section(accessory=button(action_id="side")),
        ],
        "attachments": [{"blocks": [actions(button(action_id="attached"))]}],
    }
    found = [element["action_id"] for _, element in blocks.interactive(shown)]
    assert found == ["inner", "card", "side", "attached"]


def test_files_are_found_at_any_depth() -> None:
    part = {"type": "context", "elements": [{"type": "image", "slack_file": {"id": "F1"}}]}
    assert list(blocks.files_named([part, {"a": [{"slack_file": {"url": "u"}}]}])) == [
        {"id": "F1"},
        {"url": "u"},
    ]
