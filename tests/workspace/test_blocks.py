"""Block Kit limits, ids for what has none, files inside blocks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace import blocks
from workspace.clock import Clock
from workspace.ids import Ids
from workspace.wire import SlackError


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(**more: object) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


GOOD: list[dict[str, Any]] = [
    section("x" * 3000),
    {"type": "section", "fields": [plain("a")] * 10, "accessory": button()},
    {"type": "header", "text": plain("标" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [plain("x")] * 10},
    {"type": "actions", "elements": [button()] * 25},
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"},
    {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"},
    {"type": "input", "label": plain("l"), "element": {"type": "plain_text_input"}},
    {"type": "markdown", "text": "**x**"},
    {"type": "table", "rows": [[plain("x")] * 20] * 100},
    {"type": "rich_text", "elements": []},
    {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "f"}]},
]
BAD: list[dict[str, Any]] = [
    section("x" * 3001),
    section(""),
    {"type": "section"},
    {"type": "section", "fields": [plain("a")] * 11},
    {"type": "section", "fields": [plain("a" * 2001)]},
    {"type": "header", "text": plain("x" * 151)},
    {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
    {"type": "context", "elements": [plain("x")] * 11},
    {"type": "context", "elements": []},
    {"type": "actions", "elements": [button()] * 26},
    {"type": "actions", "elements": [button(text=plain("x" * 76))]},
    {"type": "actions", "elements": [button(value="x" * 2001)]},
    {"type": "actions", "elements": [button(action_id="x" * 256)]},
    {"type": "actions", "elements": ["button"]},
    {"type": "image", "image_url": "https://example.com/a.png"},
    {"type": "image", "alt_text": "a"},
    {"type": "input", "element": {"type": "plain_text_input"}},
    {"type": "input", "label": plain("l")},
    {"type": "markdown", "text": ""},
    {"type": "table", "rows": [[plain("x")]] * 101},
    {"type": "table", "rows": [[plain("x")] * 21]},
    {"type": "section", "text": plain("x"), "block_id": "x" * 256},
    {"type": "invented"},
    {},
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_accepted(block: dict[str, Any]) -> None:
    assert blocks.check([block]) == [block]


@pytest.mark.parametrize("block", BAD, ids=lambda block: str(block)[:50])
def test_refused(block: dict[str, Any]) -> None:
    with pytest.raises(SlackError) as refused:
        blocks.check([section("fine"), block])
    assert refused.value.code == "invalid_blocks"
    assert "/blocks/1]" in refused.value.messages[0]


def test_options_are_limited() -> None:
    def select(count: int, text: str = "x") -> list[dict[str, Any]]:
        options = [{"text": plain(text), "value": "v"}] * count
        return [{"type": "actions", "elements": [{"type": "static_select", "options": options}]}]

    assert blocks.check(select(100))
    for wrong in (select(101), select(0), select(1, "x" * 76)):
        with pytest.raises(SlackError, match="invalid_blocks"):
            blocks.check(wrong)


def test_fifty_blocks_and_no_more() -> None:
    assert len(blocks.check([{"type": "divider"}] * 50)) == 50
    with pytest.raises(SlackError, match="invalid_blocks"):
        blocks.check([{"type": "divider"}] * 51)


def test_block_ids_are_unique() -> None:
    with pytest.raises(SlackError, match="invalid_blocks"):
        blocks.check([section("a") | {"block_id": "x"}, section("b") | {"block_id": "x"}])


@pytest.mark.parametrize("wrong", ["text", {"type": "section"}, [1], None, 7])
def test_what_is_not_a_list_of_objects_is_no_blocks(wrong: object) -> None:
    with pytest.raises(SlackError, match="invalid_blocks_format"):
        blocks.check(wrong)


def test_markdown_is_limited_to_12_000_characters() -> None:
    blocks.check_length([{"type": "markdown", "text": "好" * 12_000}], "msg_blocks_too_long")
    with pytest.raises(SlackError, match="msg_too_long"):
        blocks.check_length([{"type": "markdown", "text": "好" * 12_001}], "msg_blocks_too_long")


def test_all_text_together_is_limited() -> None:
    blocks.check_length([section("x" * 2640)] * 5, "msg_blocks_too_long")
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        blocks.check_length([section("x" * 2641)] * 5, "msg_blocks_too_long")


@given(st.lists(st.sampled_from(GOOD)))
def test_every_block_and_element_gets_an_id_and_nothing_else_changes(
    given_blocks: list[dict[str, Any]],
) -> None:
    named = blocks.named(given_blocks, Ids(Clock()))
    assert len({block["block_id"] for block in named}) == len(named)
    for block in named:
        for element in blocks.elements(block):
            if block["type"] in {"actions", "input"}:
                assert element["action_id"]
    assert [{k: v for k, v in b.items() if k != "block_id"}.keys() for b in named] == [
        b.keys() for b in given_blocks
    ]


def test_given_ids_stay() -> None:
    block = {"type": "actions", "block_id": "mine", "elements": [button()]}
    assert blocks.named([block], Ids(Clock())) == [block]


def test_files_are_found_at_any_depth() -> None:
    part = {"type": "context", "elements": [{"type": "image", "slack_file": {"id": "F1"}}]}
    assert list(blocks.files_named([part, {"a": [{"slack_file": {"url": "u"}}]}])) == [
        {"id": "F1"},
        {"url": "u"},
    ]
