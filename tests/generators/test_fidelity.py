import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.fidelity import lost


@pytest.mark.parametrize(
    ("before", "after", "missed"),
    [
        ("At 9:30 in room 4.", "九点半在4号房间。", ["9:30"]),
        ("Pay 1,200 euros", "请付 1200 欧元", []),
        ("付１２元", "Pay 12 yuan", []),
        ("See https://a.example/x?y=1.", "见 https://a.example/x?y=1。", []),
        ("看https://a.example/x。", "See https://a.example/y", ["https://a.example/x"]),
        ("Hi {name}, %s and <@U12> [EMAIL_1]", "Hi {name}", ["<@U12>", "[EMAIL_1]", "%s"]),
        ("ask bo@a.example", "ask Bo", ["bo@a.example"]),
        ("nothing to keep", "", []),
        ("7 and 7", "none", ["7"]),
    ],
)
def test_links_numbers_and_placeholders_must_come_through(
    before: str, after: str, missed: list[str]
) -> None:
    assert sorted(lost(before, after)) == sorted(missed)


@given(st.text())
def test_nothing_is_lost_in_the_same_text(text: str) -> None:
    assert lost(text, text) == ()
