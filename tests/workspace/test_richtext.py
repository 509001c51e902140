"""Typed text becomes a block, and the block the text: nothing said is lost on the way."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace import richtext
from workspace.inline import parsed, stored
from workspace.people import Directory
from workspace.text import typed, typed_body, unescape

DIRECTORY = Directory()
BOLD, ITALIC, STRIKE = {"bold": True}, {"italic": True}, {"strike": True}
KEYS: dict[str, set[str]] = {
    "rich_text_section": {"elements"},
    "rich_text_quote": {"elements"},
    "rich_text_preformatted": {"elements", "border"},
    "rich_text_list": {"elements", "style", "indent", "border", "offset"},
    "text": {"text", "style"},
    "link": {"url", "text", "style"},
    "emoji": {"name", "skin_tone", "style"},
    "user": {"user_id", "style"},
    "channel": {"channel_id", "style"},
    "broadcast": {"range", "style"},
}
"""docs.slack.dev/reference/block-kit/blocks/rich-text-block; `skin_tone` as composers send it."""


def elements(said: str) -> list[dict[str, Any]]:
    return richtext.block(said, DIRECTORY, "b")["elements"]


def text(said: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": said} | ({"style": style} if style else {})


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("plain 好", [text("plain 好")]),
        ("*粗* _斜_ ~x~", [text("粗", bold=True), text(" "), text("斜", italic=True), text(" ")]),
        ("`a *b* @ana`", [text("a *b* @ana", code=True)]),
        ("*a _b_*", [text("a ", bold=True), text("b", bold=True, italic=True)]),
        ("@ana:wave:", [{"type": "user", "user_id": "U0ANA"}, text(":wave:")]),
        ("你好@ana，", [text("你好"), {"type": "user", "user_id": "U0ANA"}, text("，")]),
        ("#general", [{"type": "channel", "channel_id": "C0GENERAL"}]),
        ("@here", [{"type": "broadcast", "range": "here"}]),
        (":+1: :art:", [{"type": "emoji", "name": "+1"}, {"type": "emoji", "name": "art"}]),
        (":wave::skin-tone-3:", [{"type": "emoji", "name": "wave", "skin_tone": 3}]),
        ("at 10:30:15", [text("at 10:30:15")]),
        ("https://a.b/?x=1&y=2。", [{"type": "link", "url": "https://a.b/?x=1&y=2"}, text("。")]),
        ("(https://a.b/c_(d)).", [text("("), {"type": "link", "url": "https://a.b/c_(d)"}]),
        ("https://", [text("https://")]),
        ("a@b.example", [{"type": "link", "url": "mailto:a@b.example", "text": "a@b.example"}]),
        ("snake_case_name 2*3*4", [text("snake_case_name 2*3*4")]),
        ("中文*不*粗", [text("中文*不*粗")]),
        ("，*粗*。", [text("，"), text("粗", bold=True), text("。")]),
        ("* x * ** __ ~~", [text("* x * ** __ ~~")]),
        ("*שלום*", [text("שלום", bold=True)]),
    ],
)
def test_a_line(said: str, parts: list[dict[str, Any]]) -> None:
    found = parsed(said, DIRECTORY)
    assert [part for part in parts if part not in found] == []


@pytest.mark.parametrize(
    ("said", "kinds", "written"),
    [
        ("> a\n> b", ["quote"], "&gt; a\n&gt; b"),
        (">a", ["quote"], "&gt; a"),
        ("- a\n* b\n• c", ["list"], "• a\n• b\n• c"),
        ("- a\n    - b", ["list", "list"], "• a\n    ◦ b"),
        ("1. a\n2. b", ["list"], "1. a\n2. b"),
        ("3. c\n9. d", ["list", "list"], "3. c\n9. d"),
        ("a\n- b\nc", ["section", "list", "section"], "a\n• b\nc"),
        ("- a\n\n- b", ["list", "section", "list"], "• a\n\n• b"),
        ("```\nx < y\n```", ["preformatted"], "```x &lt; y```"),
        ("see\n```x```\nok", ["section", "preformatted", "section"], "see\n```x```\nok"),
        ("see ```x``` ok", ["section", "preformatted", "section"], "see ```x```\n ok"),
        ("```a\n> b\n- @ana```", ["preformatted"], "```a\n&gt; b\n- @ana```"),
        ("``` ```", ["section"], "``` ```"),
        ("```open", ["section"], "```open"),
        ("-a 1.5 -", ["section"], "-a 1.5 -"),
        ("a\n\nb\n", ["section"], "a\n\nb\n"),
        ("", ["section"], ""),
    ],
)
def test_blocks(said: str, kinds: list[str], written: str) -> None:
    found = elements(said)
    assert [each["type"].removeprefix("rich_text_") for each in found] == kinds
    assert typed(said, DIRECTORY) == written


def test_lists_know_their_depth_and_number() -> None:
    bullets, deeper, numbers = elements("- a\n    - b\n7. c")
    assert (bullets["style"], bullets["indent"], deeper["indent"]) == ("bullet", 0, 1)
    assert (numbers["style"], numbers["offset"]) == ("ordered", 6)


def styled(word: str, style: dict[str, bool]) -> dict[str, Any]:
    return text(word, **style)


def made_list(lines: list[list[dict[str, Any]]], style: str, indent: int) -> dict[str, Any]:
    items = [{"type": "rich_text_section", "elements": line} for line in lines]
    return {
        "type": "rich_text_list",
        "elements": items,
        "style": style,
        "indent": indent,
        "border": 0,
    }


WORD = st.text("abc好של0😀", min_size=1, max_size=4)
PLAIN: dict[str, bool] = {}
STYLE = st.sampled_from([PLAIN, BOLD, ITALIC, STRIKE, BOLD | ITALIC, BOLD | ITALIC | STRIKE])
INLINE = st.one_of(
    st.builds(styled, WORD, STYLE),
    WORD.map(lambda word: text(word, code=True)),
    st.sampled_from(
        [
            {"type": "user", "user_id": "U0BO"},
            {"type": "emoji", "name": "eyes"},
            {"type": "link", "url": "https://example.com/a?b=1&c=%E5%A5%BD"},
        ]
    ),
)
LINE = st.lists(INLINE, min_size=1, max_size=5).map(
    lambda parts: [each for part in parts for each in (text(" "), part)][1:]
)
LINES = st.lists(LINE, min_size=1, max_size=3)
BLOCK = st.one_of(
    LINE.map(lambda line: {"type": "rich_text_quote", "elements": line}),
    st.builds(made_list, LINES, st.just("bullet"), st.integers(0, 2)),
    st.builds(made_list, LINES, st.just("ordered"), st.just(0)),
    WORD.map(
        lambda word: {"type": "rich_text_preformatted", "elements": [text(word)], "border": 0}
    ),
)


@given(LINE)
def test_a_line_is_read_back_as_it_was_written(line: list[dict[str, Any]]) -> None:
    said = re.sub(r"<(https[^>]*)>", r"\1", stored(line))
    assert stored(parsed(unescape(said), DIRECTORY)) == stored(line)


@given(BLOCK)
def test_a_block_is_read_back_as_it_was_written(block: dict[str, Any]) -> None:
    written = richtext.stored({"elements": [block]})
    said = unescape(re.sub(r"<(https[^>]*)>", r"\1", written))
    (read,) = elements(said)
    assert read["type"] == block["type"]
    assert richtext.stored({"elements": [read]}) == written


@given(st.text(alphabet="ab 好，！😀ש\n<&>.,1"))
def test_text_without_marks_stays_as_it_is(said: str) -> None:
    assume_plain = re.sub(r"(?m)^(>|[0-9]+\.)", "", said)
    assert unescape(typed(assume_plain, DIRECTORY)) == assume_plain


@given(st.text(alphabet="ab 好，😀ש\n<&>-*_~`•.1:@#"))
def test_nothing_that_was_said_is_lost(said: str) -> None:
    def heard(given_text: str) -> str:
        return re.sub(r"[\s*_~`>•◦▪-]", "", given_text)

    assert heard(unescape(typed(said, DIRECTORY))) == heard(said)


@given(st.text(alphabet="ab好😀ש \n<&>-*_~`•.1:@#|/nahtps"))
def test_every_block_has_slacks_keys(said: str) -> None:
    def check(part: dict[str, Any]) -> None:
        assert set(part) - {"type"} <= KEYS[part["type"]]
        for each in part.get("elements", ()):
            check(each)

    for element in elements(said):
        check(element)


def test_the_body_of_a_message() -> None:
    body = typed_body("*hi* @ana", DIRECTORY, "b1")
    assert body["text"] == "*hi* <@U0ANA>"
    (block,) = body["blocks"]
    assert (block["type"], block["block_id"]) == ("rich_text", "b1")
    assert typed_body("", DIRECTORY, "b1") == {"text": ""}


@pytest.mark.parametrize(
    "said",
    ["*a " * 10_000, "`" * 30_000, "```a" * 8_000, "https://a" + ")" * 30_000, "_*~a" * 8_000],
    ids=["stars", "ticks", "fences", "brackets", "marks"],
)
def test_a_long_and_odd_text_is_read_in_one_go(said: str) -> None:
    found = elements(said)
    assert sum(len(str(each)) for each in found) < 200 * len(said)
