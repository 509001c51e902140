import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import normalise as normalising
from moderation.normalise import normalise
from tests.moderation.planted import wide

LOOKALIKES = frozenset(map(chr, normalising._LATIN))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("plain", "plain"),
        ("中文，句子。", "中文,句子。"),
        (wide("password"), "password"),
        ("a\u200bb\u2060c\ufeffd", "abcd"),
        ("\u202eabc\u202c", "abc"),
        ("e\u0301", "e"),
        ("1\ufe0f\u20e33\ufe0f\u20e3", "13"),
        ("\u0661\u0662\u06f3", "123"),
        ("\U0001d7cf\U0001d400", "1A"),
        ("2024\u20135\u22126\u20147", "2024-5-6-7"),
        ("\u201cquoted\u2019", "\"quoted'"),
        ("a\u3000b\u00a0c\u2028d\x1ce", "a b c\nd\ne"),
        ("\u3164x\u115f", "x"),
        ("\x00a\x08b", "ab"),
        ("\ud800", "\ufffd"),
        ("\u00b4", "\u00b4"),
    ],
)
def test_what_a_reader_sees_is_what_a_pattern_sees(text: str, folded: str) -> None:
    assert normalise(text).text == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("p\u0430ssw\u043erd", "password"),
        ("\u0410KI\u0410", "AKIA"),
        ("gh\u0440_\u0430\u0431", "ghp_a\u0431"),
        ("t\u03bfken\u200b", "token"),
        ("\u043f\u0430\u0440\u043e\u043b\u044c", "\u043f\u0430\u0440\u043e\u043b\u044c"),
        ("\u03b1\u03b2 + \u03b11", "\u03b1\u03b2 + \u03b11"),
        ("\u041c\u043e\u0441\u043a\u0432\u0430 and \u0441\u043e\u043c", None),
    ],
)
def test_letters_of_another_script_in_a_latin_word_are_latin(text: str, folded: str | None) -> None:
    assert normalise(text).text == (folded or text)


@given(st.text())
def test_every_folded_character_comes_from_one_character_of_the_text(text: str) -> None:
    plain = normalise(text)
    assert len(plain.origin) == len(plain.text) + 1
    assert list(plain.origin) == sorted(plain.origin)
    for at, character in enumerate(plain.text):
        start, end = plain.span(at, at + 1)
        assert end == start + 1
        alone = normalise(text[start:end]).text
        assert character in alone or alone in LOOKALIKES


@given(st.text(), st.text(), st.sampled_from(["😀", "中", "\u200b", "ﬁ", "\u0301", "\uff21", ""]))
def test_a_span_of_plain_letters_is_found_where_it_stands(
    before: str, after: str, glue: str
) -> None:
    text = f"{before}{glue}needle{glue}{after}"
    plain = normalise(text)
    for at in range(len(plain.text)):
        if plain.text.startswith("needle", at):
            start, end = plain.span(at, at + 6)
            assert normalise(text[start:end]).text == "needle"


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@given(st.text())
def test_folded_text_can_be_encoded_and_has_no_invisible_characters(text: str) -> None:
    folded = normalise(text).text
    assert folded.encode().decode() == folded
    hidden = {"Cf", "Mn", "Me"}
    assert not [c for c in folded if unicodedata.category(c) in hidden]


def test_an_empty_span_is_empty() -> None:
    assert normalise("a\u200bb").span(1, 1) == (2, 2)
