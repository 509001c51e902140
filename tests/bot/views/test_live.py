import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.live import LONGEST, streamable

PIECES = st.sampled_from(
    [
        "word ",
        "退款。",
        "🎉",
        "مرحبا ",
        "&",
        "amp",
        ";",
        "<",
        "!here",
        ">",
        "http",
        "s://",
        "www",
        ".",
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@given(TEXTS, TEXTS)
def test_what_a_stream_cannot_show_it_cannot_show_with_more_of_it(text: str, more: str) -> None:
    assert streamable(text) or not streamable(text + more)


@given(st.text(alphabet="<>&!@#|[]()*_~`\n -https:/.x退。\U0001f600\u202e;amp", max_size=60))
def test_no_mention_link_or_entity_is_ever_streamed(text: str) -> None:
    if streamable(text):
        for opening in ("<!", "<@", "<#", "<a", "](", "://", "&amp;"):
            assert opening not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** and `code` and 5 < 7 > 3, R&D 1 && 2", True),
        ("- 第一\n- 第二：“退款”，甲乙", True),
        ("x" * LONGEST, True),
        ("x" * (LONGEST + 1), False),
        ("<!channel>", False),
        ("<b>bold</b>", False),
        ("if a <b and", False),
        ("a <= b", True),
        ("&lt;!here&gt;", False),
        ("&#60;!here>", False),
        ("ftp://a.example", False),
        ("see www.a.example", False),
        ("awww.cute", True),
        ("[a](b)", False),
        ("mailto:a@b.example", False),
        ("", True),
    ],
)
def test_what_is_left_to_whole_messages(text: str, shown: bool) -> None:
    assert streamable(text) is shown
