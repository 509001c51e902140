"""Typed text is literal, but names become references; sent text keeps its control sequences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace.people import Directory
from workspace.text import escape, mentions, sent, typed, unescape

DIRECTORY = Directory()


@given(st.text())
def test_escaping_is_undone(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.text())
def test_sent_text_is_stable(text: str) -> None:
    assert sent(sent(text)) == sent(text)


@given(st.text(alphabet="<>&;amplt@#!|UC0 \n你"))
def test_typed_text_has_no_control_sequence_but_references(text: str) -> None:
    stored = typed(text, DIRECTORY)
    for user in DIRECTORY.users:
        stored = stored.replace(f"<@{user}>", "")
    assert "<" not in stored
    assert ">" not in stored


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("@atelier draw a fox", "<@U0ATELIER> draw a fox"),
        ("@atelier你好", "<@U0ATELIER>你好"),
        ("你好@ana，看", "你好<@U0ANA>，看"),
        ("see #general.", "see <#C0GENERAL>."),
        ("@nobody and #nowhere", "@nobody and #nowhere"),
        ("mail ana@bo.example", "mail <mailto:ana@bo.example|ana@bo.example>"),
        ("见https://a.example/?b=1&c=2，好", "见<https://a.example/?b=1&amp;c=2>，好"),
        ("`@ana` *@bo*", "`@ana` *<@U0BO>*"),
        ("@ana-lytics", "@ana-lytics"),
        ("<!channel> & <script>", "&lt;!channel&gt; &amp; &lt;script&gt;"),
        ("@here all", "<!here> all"),
        ("<@U0BO> look", "<@U0BO> look"),
        ("<@U0NOBODY>", "&lt;@U0NOBODY&gt;"),
        ("&lt;", "&amp;lt;"),
        ("🎨 @chen \u200fשלם", "🎨 <@U0CHEN> \u200fשלם"),
    ],
)
def test_typed(said: str, stored: str) -> None:
    assert typed(said, DIRECTORY) == stored


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        ("1 < 2 > 0 & more", "1 &lt; 2 &gt; 0 &amp; more"),
        ("&lt;b&gt; &amp;", "&lt;b&gt; &amp;"),
        ("<@U0ANA> <#C0GENERAL|general> <!here>", "<@U0ANA> <#C0GENERAL|general> <!here>"),
        ("<https://example.com|名字>", "<https://example.com|名字>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<mailto:a@b.c|a> <", "<mailto:a@b.c|a> &lt;"),
    ],
)
def test_sent(given_text: str, stored: str) -> None:
    assert sent(given_text) == stored


def test_sent_text_is_cut_at_40_000() -> None:
    assert len(sent("好" * 40_001)) == 40_000


def test_mentions() -> None:
    assert mentions("hi <@U0ATELIER|atelier>", "U0ATELIER")
    assert not mentions("hi U0ATELIER &lt;@U0ATELIER&gt;", "U0ATELIER")
