import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.mrkdwn import SECTION_CHARS, escape, mrkdwn, sections

OURS = re.compile(r"<https?://[^\s<>|]+\|[^<>|\n]+>")
ENTITY = re.compile(r"&(?:amp|lt|gt);")
SLACK = [
    "<!channel>",
    "<@U1>",
    "<#C1|x>",
    "<!here|x>",
    "<https://evil.example|good>",
    "&lt;!here&gt;",
]
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="<>&!@#|[]()*_~`\n -https:/.x退。\U0001f600\u202e", max_size=200),
    st.lists(
        st.sampled_from(
            [
                *SLACK,
                "**bold**",
                "[a|b](https://a.example/?x=1&y=2)",
                "`code <b>`",
                "\n```py\n",
                " ",
            ]
        )
    ).map("".join),
)
WORDS = st.text(alphabet="abc<>& 退款。\U0001f600مر", min_size=1, max_size=40)
LONG = st.lists(WORDS, min_size=5, max_size=30)
BLOCKS = st.one_of(
    LONG.map("".join),
    LONG.map(lambda lines: "```python\n" + "\n".join(lines) + "\n```"),
    st.lists(WORDS, min_size=1, max_size=4).map(lambda items: "\n".join(f"- {i}" for i in items)),
    WORDS.map(lambda text: f"## {text}"),
    WORDS.map(lambda text: f"see [{text}](https://a.example/{len(text)}) there"),
)
DOCUMENTS = st.lists(BLOCKS, max_size=12).map("\n\n".join)


def raw_brackets(text: str) -> str:
    """Return what is left of `<`, `>` and unescaped `&` once our own links are taken out."""
    left = ENTITY.sub("", OURS.sub("", text))
    return "".join(character for character in left if character in "<>&")


@given(TEXTS)
def test_no_control_sequence_of_the_content_survives(text: str) -> None:
    assert raw_brackets(mrkdwn(text)) == ""
    assert raw_brackets(escape(text)) == ""


@given(TEXTS)
def test_escaping_loses_nothing(text: str) -> None:
    escaped = escape(text)
    unescaped = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert unescaped == text


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("# Title #", "*Title*"),
        ("### A **bold** title", "*A bold title*"),
        ("**a** and **b c**", "*a* and *b c*"),
        ("~~gone~~", "~gone~"),
        ("- one\n* two\n+ three\n  - four", "• one\n• two\n• three\n  • four"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("`**x** <b>` **y**", "`**x** &lt;b&gt;` *y*"),
        ("[docs](https://a.example/x?a=1&b=2)", "<https://a.example/x?a=1&amp;b=2|docs>"),
        ("[a|b](https://a.example)", "<https://a.example|a/b>"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("[x](https://a.example|<!here>)", "[x](https://a.example|&lt;!here&gt;)"),
        ("[<!channel>](https://a.example)", "<https://a.example|&lt;!channel&gt;>"),
        ("2 * 3 * 4 and a**b", "2 * 3 * 4 and a**b"),
        ("**退款**需要五天。", "*退款*需要五天。"),
        ("\u202e**abc**\u202c \U0001f600", "\u202e*abc*\u202c \U0001f600"),
        ("```python\n# not **a** title\n```", "```\n# not **a** title\n```"),
        ("```\nopen **x**", "```\nopen **x**\n```"),
        ("```python\nopen **x**\n", "```\nopen **x**\n```"),
        ("```python\n", "```\n```"),
        ("a ```b``` c", "a ```b``` c"),
        ("", ""),
    ],
)
def test_markdown_looks_the_same_in_slack(markdown: str, shown: str) -> None:
    assert mrkdwn(markdown) == shown


def test_an_empty_code_block_ends_where_it_ends() -> None:
    assert mrkdwn("```\n```\nhello **you**") == "```\n```\nhello *you*"


def bare(text: str) -> str:
    """Return the text without what a cut may add or remove: fences and white space."""
    return re.sub(r"\s", "", text.replace("```", ""))


@given(DOCUMENTS, st.sampled_from([300, 400, SECTION_CHARS]))
def test_parts_are_whole(document: str, limit: int) -> None:
    shown = mrkdwn(document)
    parts = sections(shown, limit)
    assert all(0 < len(part) <= limit + len("\n```") for part in parts)
    assert all(part.strip() for part in parts)
    assert all(part.count("```") % 2 == 0 for part in parts)
    assert all(raw_brackets(part) == "" for part in parts)
    assert bare("".join(parts)) == bare(shown)


@given(st.text(alphabet="&<>", min_size=1, max_size=300), st.integers(20, 40))
def test_an_entity_is_never_cut(text: str, limit: int) -> None:
    parts = sections(escape(text), limit)
    assert "".join(parts) == escape(text)
    assert all(ENTITY.sub("", part) == "" for part in parts)


def test_short_text_is_one_part() -> None:
    assert sections("hello") == ["hello"]
    assert sections("") == []
    assert sections(" \n ") == []


def test_a_cut_prefers_paragraphs_then_lines_then_sentences_then_words() -> None:
    assert sections("a" * 30 + "\n\n" + "b" * 10 + "\n" + "c" * 20, 50)[0] == "a" * 30
    assert sections("a" * 30 + "\n" + "b" * 10 + ". " + "c" * 20, 50)[0] == "a" * 30
    assert sections("退" * 30 + "。" + "款" * 30, 50)[0] == "退" * 30 + "。"
    assert sections("a" * 30 + " " + "b" * 30, 50)[0] == "a" * 30 + " "


def test_blank_lines_make_no_empty_part() -> None:
    assert sections("\n" * 7000 + "end") == ["end"]


def test_a_link_is_never_cut() -> None:
    link = "<https://a.example/x|a label of several words>"
    for before in range(60):
        parts = sections("x" * before + link, 60)
        assert any(link in part for part in parts)


def test_a_fence_is_never_cut() -> None:
    for before in range(50, 60):
        parts = sections("x" * before + "```\ncode\n```", 60)
        assert [part.count("```") for part in parts] in ([0, 2], [2], [2, 2])
