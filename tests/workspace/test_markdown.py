"""Markdown as Slack keeps it: every word survives, markup becomes structure."""

import re
import time
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace import markdown, rich

WORDS = st.text(alphabet="世界。 ", min_size=1, max_size=9)
MARKS = st.sampled_from(
    [
        *("**", "*", "_", "__", "~~", "`", "```\n", "\n", "\n\n", "# ", "- ", "1. ", "> ", "| "),
        *("|-|", "---", "[a](https://e.com)", "<@U0ANA>", ":fox:", "\\*", "  ", "\t", "<", "&"),
    ]
)
FENCE_LINES = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[^`\n]*$", re.MULTILINE)


def _blocks(text: str) -> list[dict[str, Any]]:
    numbers = count()
    return markdown.blocks(text, lambda: str(next(numbers)))


def _written(text: str) -> str:
    return "\n\n".join(filter(None, map(rich.written, _blocks(text))))


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("**Hello** 世界 <b>", "*Hello* 世界 &lt;b&gt;"),
        ("**粗体**文字，*斜体*。", "*粗体*文字，_斜体_。"),
        ("a\nb\n\nc", "a\nb\n\nc"),
        ("## Plan **B**", "Plan B"),
        ("- one\n  - two\n1. 一\n2. 二\n\nend", "• one\n    • two\n1. 一\n2. 二\nend"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("- a\n\n- b", "• a\n• b"),
        ("> q1\n> q2\n\nafter", "&gt; q1\n&gt; q2\n\nafter"),
        ("```py\nx < 1\n\n``\n```\nafter", "```x &lt; 1\n\n``" + "```\n\nafter"),
        ("~~~\nopen *and* on", "```open *and* on```"),
        ("`a*b*c` ~~old~~ ***both***", "`a*b*c` ~old~ *_both_*"),
        ("[the 站](https://e.com/a_(b)?c=1&d)", "<https://e.com/a_(b)?c=1&d|the 站>"),
        (
            "see https://e.com/x。 (or <https://f.org>)",
            "see <https://e.com/x>。 (or <https://f.org>)",
        ),
        ("<@U0ANA> <#C0X|x> <!here> <!subteam^S1>", "<@U0ANA> <#C0X> <!here> &lt;!subteam^S1&gt;"),
        ("| a | b |\n|---|:-:|\n| 1 | **2** |", "a | b\n1 | *2*"),
        ("snake_case_name 2*3*4 \\*no\\*", "snake_case_name 2*3*4 *no*"),
        ("done :white_check_mark: 10:30:45", "done :white_check_mark: 10:30:45"),
    ],
)
def test_the_text_is_slacks_markup(given_text: str, kept: str) -> None:
    assert _written(given_text) == kept


@pytest.mark.parametrize(
    ("given_text", "kinds"),
    [
        ("a\n\n# H\n\nb", ["rich_text", "header", "rich_text"]),
        ("a\n\n- b\n\n> c\n\n```\nd\n```", ["rich_text"]),
        ("a\n\n---\n\nb", ["rich_text", "divider", "rich_text"]),
        ("| a |\n|---|\n| 1 |", ["table"]),
        ("# " + "x" * 151, ["rich_text"]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_the_blocks(given_text: str, kinds: list[str]) -> None:
    blocks = _blocks(given_text)
    assert [block["type"] for block in blocks] == kinds
    assert len({block["block_id"] for block in blocks}) == len(blocks)


def test_a_list_keeps_its_depth_and_kind() -> None:
    (block,) = _blocks("- a\n    1. b\n    2. c\n- d")
    lists = [(part["style"], part["indent"], len(part["elements"])) for part in block["elements"]]
    assert lists == [("bullet", 0, 1), ("ordered", 1, 2), ("bullet", 0, 1)]


@given(st.lists(WORDS | MARKS, max_size=18).map("".join))
def test_no_word_is_lost(text: str) -> None:
    shown = _written(text)
    words = FENCE_LINES.sub("", text)  # a fence's own line names a language
    assert [shown.count(letter) for letter in "世界"] == [words.count(letter) for letter in "世界"]


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for block in _blocks(text):
        assert isinstance(rich.written(block), str)


@pytest.mark.parametrize(
    "unit", ["*a ", "_", "[", "`", "**", "**a", "<http", "|", "- ", "> ", "[a](", "*_", "a_", "~~b"]
)
def test_hostile_text_takes_no_time(unit: str) -> None:
    started = time.process_time()
    _blocks(unit * (12_000 // len(unit)))
    assert time.process_time() - started < 5  # CPU, not the wall; quadratic growth takes minutes
