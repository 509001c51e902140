import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.support.markup import DEPTH_MAX, TooDeepError, markdown_of


def test_a_page_becomes_markdown() -> None:
    page = """<!doctype html><head><title>A &amp; B</title></head>
    <body><h1>Return <em>policy</em></h1><p>Within 30
    days.<br>Or later.</p><ul><li>One<li>二</ul><table><tr><th>a<th>b<tr><td>1<td>2</table>"""
    title, text = markdown_of(page)
    assert title == "A & B"
    assert text == "# Return policy\n\nWithin 30 days.\nOr later.\n\n- One\n- 二\n\na | b\n1 | 2"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>no()</script>",
        "<style>no</style>",
        "<template><p>no</p></template>",
        "<div hidden>no <b>no</b></div>",
        '<div style="color:red; DISPLAY : none">no</div>',
        '<span aria-hidden="true">no</span>',
        '<p style="font-size:0">no</p>',
        "<nav>no</nav>",
        "<!-- no -->",
        "<iframe>no</iframe>",
    ],
)
def test_what_a_reader_does_not_see_is_left_out(hidden: str) -> None:
    assert markdown_of(f"<p>yes</p>{hidden}<p>又</p>")[1] == "yes\n\n又"


def test_entities_are_characters_and_nothing_is_defined() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><p>&b; &lt;b&gt;</p>'
    assert "haha" not in markdown_of(bomb)[1]
    assert "<b>" in markdown_of(bomb)[1]


def test_elements_left_open_end_with_the_one_around_them() -> None:
    assert markdown_of("<div><script>no</div><p>yes</p>")[1] == ""
    assert markdown_of("<div><nav>no</div><p>yes</p></b>")[1] == "yes"


def test_a_page_that_is_too_deep_is_refused() -> None:
    assert markdown_of("<div>" * DEPTH_MAX + "x")[1] == "x"
    with pytest.raises(TooDeepError):
        markdown_of("<div>" * (DEPTH_MAX + 1))


@given(st.text())
def test_any_text_is_a_page(text: str) -> None:
    title, body = markdown_of(text)
    assert isinstance(title, str)
    assert body == body.strip()
