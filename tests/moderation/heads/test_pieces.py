import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.heads.pieces import BUCKET_BITS, Vocabulary, buckets, each_buckets

VOCABULARY = Vocabulary(["kill", "##ing", "##s", "the", "傻", "逼", "!", "k"])


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (" kill ", [0]),
        (" killing ", [0, 1]),
        (" kills the ", [0, 2, 3]),
        (" killx ", []),
        (" 傻逼! ", [4, 5, 6]),
        (" k ", [7]),
        ("  ", []),
        (" 聪明 ", []),
    ],
)
def test_words_are_cut_from_the_left(text: str, ids: list[int]) -> None:
    assert VOCABULARY.ids(text).tolist() == ids


def test_a_word_is_known_only_whole() -> None:
    assert "kill" in VOCABULARY
    assert "killing" not in VOCABULARY


def test_weights_depend_on_where_n_grams_go() -> None:
    """These are the buckets that the shipped weights were learned for."""
    assert buckets(" ab ").tolist() == [108848, 122185, 212245, 413189]
    assert buckets(" 傻b ").tolist() == [84707, 93549, 209142, 255969, 276026, 493106]


@given(st.text(max_size=200))
def test_buckets_are_in_range_and_each_comes_once(text: str) -> None:
    found = buckets(f" {text} ")
    assert len(np.unique(found)) == len(found)
    assert not len(found) or 0 <= found.min() <= found.max() < 1 << BUCKET_BITS


@given(st.lists(st.text(max_size=30), max_size=6))
def test_many_texts_have_the_buckets_that_each_has_alone(texts: list[str]) -> None:
    found, counts = each_buckets(texts)
    alone = [buckets(text) for text in texts]
    assert counts.tolist() == [len(each) for each in alone]
    assert found.tolist() == [bucket for each in alone for bucket in each]


def test_chinese_is_read_by_single_characters_and_latin_is_not() -> None:
    assert set(buckets(" 傻 ").tolist()) & set(buckets(" 真傻吗 ").tolist())
    assert not set(buckets(" x ").tolist()) & set(buckets(" axb ").tolist())
