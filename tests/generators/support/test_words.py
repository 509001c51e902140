import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.support.words import informative, informative_runs, is_cjk, pairs, stem, tokens


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Returned PARCELS", ["return", "parcel"]),
        ("don\u2019t", ["don"]),
        ("\uff21\uff22 \uff11\uff12", ["ab", "12"]),
        ("退货", ["退货"]),
        ("退", ["退"]),
        ("Ember 2的保修期", ["ember", "2", "的保", "保修", "修期"]),
        ("", []),
        ("🔥🏕️ !!! ،؟", []),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("snake_case", ["snak", "cas"]),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert tokens(text) == terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("shipping", "shipped"),
        ("shipment", "ship"),
        ("refunds", "refund"),
        ("batteries", "battery"),
        ("cancelled", "cancel"),
        ("damaged", "damage"),
        ("payment", "paying"),
        ("boxes", "box"),
        ("sizes", "size"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["address", "bus", "this", "money", "pay", "2024", "é"])
def test_what_is_no_ending_stays(word: str) -> None:
    assert stem(word) == word


def test_idle_words_do_not_count() -> None:
    assert informative("What do I need to do if you don't have it?") == []
    assert informative("你们为什么不可以？") == []


@given(st.text())
def test_any_text_has_terms_without_spaces(text: str) -> None:
    assert all(term and not any(sign.isspace() for sign in term) for term in tokens(text))


@given(st.text())
def test_case_does_not_matter(text: str) -> None:
    assert tokens(text.casefold()) == tokens(text)


@given(st.text())
def test_informative_words_are_whole_runs(text: str) -> None:
    for run in informative_runs(text):
        assert is_cjk(run) or len(tokens(run)) == 1


@given(st.text("退货款项", min_size=2))
def test_pairs_overlap(run: str) -> None:
    found = pairs(run)
    assert found[0] + "".join(pair[1] for pair in found[1:]) == run
