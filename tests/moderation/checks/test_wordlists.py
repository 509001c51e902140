import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import Code, Content, Image, Text, words
from moderation.checks.wordlists import WordLists
from moderation.finding import redacted
from moderation.tables import Direction
from moderation.words import WordList
from tests.moderation.planted import wide

CHECK = WordLists(
    {
        "rivals": WordList(words=("Acme", "Big Corp", "竞品公司", "c++", "ΣΊΣΥΦΟΣ")),
        "names": WordList(words=("acme", "北极星", "пример")),
    }
)


def found(content: Content | str, check: WordLists = CHECK) -> list[tuple[str, str]]:
    whole = Text(content) if isinstance(content, str) else content
    seen = check.inspect(whole, Direction.OUTPUT)
    return [(f.category, words(whole)[f.start : f.end]) for f in seen]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACME is here", "ACME"),
        ("(acme)", "acme"),
        ("at big corp.", "big corp"),
        ("我们和竞品公司谈过", "竞品公司"),
        ("用ACME的产品", "ACME"),
        (f"see {wide('Acme')}!", wide("Acme")),
        ("A\u200bc\u200bme", "A\u200bc\u200bme"),
        ("learn C++ now", "C++"),
        ("σίσυφος", "σίσυφος"),
        ("this is пример", "пример"),
        ("😀acme😀", "acme"),
        ("代号北极星", "北极星"),
    ],
)
def test_a_word_is_found_as_a_person_reads_it(text: str, expected: str) -> None:
    assert [value for _, value in found(text)][:1] == [expected]


@pytest.mark.parametrize(
    "text", ["acmeology", "pacme", "big corporation", "acme_x", "竞品", "", "примеры", "acme2"]
)
def test_part_of_another_word_is_none(text: str) -> None:
    assert found(text) == []


def test_of_two_lists_with_one_word_the_first_counts() -> None:
    assert found("acme") == [("word.rivals", "acme")]


def test_code_and_the_description_of_a_picture_are_read_too() -> None:
    assert found(Code("acme = 1", "python")) == [("word.rivals", "acme")]
    assert found(Image(b"", "the acme logo")) == [("word.rivals", "acme")]


def test_it_is_redacted_by_a_word_that_is_in_no_list() -> None:
    text = "Acme, 竞品公司 and big corp"
    spans = CHECK.inspect(Text(text), Direction.OUTPUT)
    assert redacted(text, spans) == "[word], [word] and [word]"


@given(st.lists(st.sampled_from(["acme", " ", "北极星", "x", "İ", "ß", "\u200b", "😀", "."])))
def test_every_finding_is_the_word(pieces: list[str]) -> None:
    for category, value in found("".join(pieces)):
        assert category in {"word.rivals", "word.names"}
        assert value.replace("\u200b", "").lower() in {"acme", "北极星"}


def test_ten_thousand_words_are_looked_for_at_once() -> None:
    many = WordLists({"many": WordList(words=tuple(f"word{n}" for n in range(10_000)))})
    assert found("a word9999 here, word10000 not", many) == [("word.many", "word9999")]
