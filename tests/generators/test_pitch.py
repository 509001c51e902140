"""Short copy in parts, and what of it a brief bears out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.pitch import HEADLINE_CHARS, Pitch, faithful, own_words, parsed

BRIEF = (
    "Lanternfish opens a tea bar in Kiel on 3 May. Two new blends for 4.50 EUR. "
    "See tea.example/kiel."
)
MODEL = """**Headline:** Tea comes to Kiel
Body: Lanternfish opens its tea bar on 3 May. Two new blends wait for you at 4.50 EUR.
Call to action: See tea.example/kiel!
Picture: a cup of tea by the sea"""


def test_labels_are_read_however_they_are_dressed() -> None:
    read = parsed(MODEL)
    assert read.headline == "Tea comes to Kiel"
    assert read.body.startswith("Lanternfish opens its tea bar")
    assert (read.action, read.picture) == ("See tea.example/kiel!", "a cup of tea by the sea")
    chinese = parsed("标题：新茶上市\n正文：两款新茶。\n行动号召：欢迎品尝。\n配图：a cup")
    assert chinese == Pitch("新茶上市", "两款新茶。", "欢迎品尝。", "a cup")


@pytest.mark.parametrize(
    "text", ["", "Just words.", "标题", "Headline:", "🎉 Body", "body: x\nbody: y"]
)
def test_whatever_a_model_says_is_copy(text: str) -> None:
    read = parsed(text)
    assert isinstance(read.copy, str)
    assert read.body or "Just" not in text


def test_a_growing_answer_never_shows_a_label() -> None:
    for end in range(len(MODEL)):
        shown = parsed(MODEL[:end]).copy
        if end > MODEL.index(":"):
            assert "Headline:" not in shown
            assert "Picture:" not in shown
            assert "by the sea" not in shown


def test_copy_that_the_brief_bears_out_stays_whole() -> None:
    left, missed = faithful(parsed(MODEL), BRIEF)
    assert left == parsed(MODEL)
    assert missed == ()


def test_invented_numbers_dates_and_names_are_taken_out_and_lost_ones_are_named() -> None:
    said = Pitch(
        headline="Tea from 2 EUR",
        body="Join Marlene Sunde at the opening. It opens on 5 June. Tea for everybody.",
        action="Come soon!",
    )
    left, missed = faithful(said, BRIEF)
    assert left.headline == ""
    assert left.body == "Tea for everybody."
    assert {"4.50", "Kiel"} <= set(missed)


def test_without_a_model_every_word_is_the_briefs_own() -> None:
    told = own_words(BRIEF)
    assert told.headline == "Lanternfish opens a tea bar in Kiel on 3 May"
    assert told.body == "Two new blends for 4.50 EUR."
    assert told.action == "See tea.example/kiel."
    assert faithful(told, BRIEF) == (told, ())
    assert own_words("新茶上市。两款新茶。5月3日前订购。") == Pitch(
        "新茶上市", "两款新茶。", "5月3日前订购。", "新茶上市。"
    )


@given(st.text())
def test_nothing_is_added_to_own_words(brief: str) -> None:
    told = own_words(brief)
    assert len(told.headline) <= HEADLINE_CHARS
    assert set(told.copy) <= set(brief) | set("*_ \n()")
