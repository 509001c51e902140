import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.vocabulary import wholly

KNOWN = ("a", "red", "blue sky", "bicycle", "红", "红色", "自行车", "猫")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red bicycle", True),
        ("A RED, bicycle!", True),
        ("红色自行车，猫。", True),
        ("红红色猫", True),
        ("\uff41 \uff52\uff45\uff44 bicycle", True),
        ("red-bicycle", True),
        ("ared", False),
        ("red_bicycle", False),
        ("红色自行", False),
        ("red 红x", False),
        ("red\u202ebicycle", False),
        ("réd", False),
        ("red 1", False),
        ("  ,. ", False),
        ("مرحبا", False),
    ],
)
def test_every_word_must_be_known(text: str, expected: object) -> None:
    assert wholly(text, KNOWN) is expected


@given(st.lists(st.sampled_from(("a", "red", "bicycle", "红色", "猫")), min_size=1), st.text())
def test_one_unknown_word_is_enough(words: list[str], more: str) -> None:
    said = " ".join(words)
    assert wholly(said, KNOWN)
    assert not wholly(f"{said} {more} gun", KNOWN)


def test_a_long_run_takes_no_longer_than_it_must() -> None:
    assert not wholly("红" * 100_000 + "枪", KNOWN)
