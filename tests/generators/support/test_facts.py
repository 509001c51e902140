import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.support.facts import facts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Within 14 days", {"14 day"}),
        ("in fourteen days", {"14 day"}),
        ("14天内", {"14 day"}),
        ("十四天内", {"14 day"}),
        ("两周后，二十三个工作日", {"2 week", "23 business day"}),
        ("2 to 3 business days", {"2 business day", "3 business day"}),
        ("10到15个工作日", {"10 business day", "15 business day"}),
        ("€1,500 or 1500 EUR or １５００欧元", {"1500 eur"}),
        ("9,50 EUR and 9.5 €", {"9.5 eur"}),
        ("10 % off, ten percent, 百分之十", {"10 %"}),
        ("¥198 or 198元", {"198 cny"}),
        ("March 3rd, 3 March, 3月3日", {"03-03"}),
        ("on 2026-03-03", {"2026", "03-03"}),
        ("5 pm, 17:00, 5:00 p.m.", {"17:00"}),
        ("12 am", {"00:00"}),
        ("Wednesdays, 周三, 星期三", {"wednesday"}),
        ("order LF-20931", {"lf-20931"}),
        ("stove Ember 2", {"2"}),
        ("see https://a.example/x?y=1.", {"https://a.example/x?y=1"}),
        ("写信到help@a.example。", {"help@a.example"}),
        ("1.5 m away", {"1.5 m"}),
        ("the one that may march on", set()),
        ("一起 万一 三明治", set()),
        ("مرحبا 🎉", set()),
    ],
)
def test_one_spelling(text: str, found: set[str]) -> None:
    assert facts(text) == found


@given(st.integers(0, 999_999))
def test_thousands_may_be_separated(number: int) -> None:
    assert facts(f"{number:,} EUR") == facts(f"EUR {number}") == {f"{number} eur"}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert all(isinstance(fact, str) and fact for fact in facts(text))


@given(
    st.integers(0, 10**9), st.text("abc 退货，。", max_size=8), st.text("abc 退货，。", max_size=8)
)
def test_a_number_is_never_overlooked(number: int, before: str, after: str) -> None:
    assert any(str(number) in fact for fact in facts(f"{before} {number} {after}"))
