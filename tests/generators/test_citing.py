import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.citing import cited, cleaned


@pytest.mark.parametrize(
    ("text", "known", "left"),
    [
        ("Five [1].", {1}, "Five [1]."),
        ("Five [9].", {1}, "Five."),
        ("Five [1, 2，3].", {1, 3}, "Five [1][3]."),
        ("五天【1】。", {1}, "五天[1]。"),
        ("五天【\uff12】。", {1}, "五天。"),
        ("Five[1].", {1}, "Five[1]."),
        ("See [1](https://evil.example/).", {1}, "See [1]."),
        ("In [2026] it was so.", {1}, "In [2026] it was so."),
        ("`row[9]` and\n```\nrow[8]\n```", {1}, "`row[9]` and\n```\nrow[8]\n```"),
        ("Take row[1] [1].", (), "Take row[1]."),
        ("[a] and [ ]", {1}, "[a] and [ ]"),
    ],
)
def test_only_citations_of_known_sources_stay(
    text: str, known: set[int] | tuple[()], left: str
) -> None:
    assert cleaned(text, known) == left


@pytest.mark.parametrize("end", ["[", "[1", "[1,", "[1]", "[1](", "[1](https://a.ex", "【1", " "])
def test_what_could_become_a_citation_waits(end: str) -> None:
    assert cleaned(f"Five days {end}", {1}, whole=False) == "Five days"


@given(st.text(alphabet="a一 [1]9【】,(./)", max_size=40))
def test_a_growing_text_is_never_taken_back(text: str) -> None:
    bodies = [cleaned(text[:n], {1}, whole=False) for n in range(len(text) + 1)]
    whole = cleaned(text, {1})
    for before, after in zip(bodies, [*bodies[1:], whole], strict=True):
        assert after.startswith(before)


@settings(max_examples=200)
@given(st.text(alphabet="a [1]29`【】,\n", max_size=60))
def test_no_unknown_source_is_cited(text: str) -> None:
    assert cited(cleaned(text, {1})) <= {1}
