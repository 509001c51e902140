import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.sentences import Language, language, one_line, quoted, sentences, terms


@pytest.mark.parametrize(
    ("text", "speak"),
    [
        ("How long?", "en"),
        ("", "en"),
        ("12345 :tada:", "en"),
        ("退款要多久？", "zh"),
        ("帮我写一个 Python 函数", "zh"),
        ("总结 https://news.example.com/a/very/long/path?q=退款", "zh"),
        ("<@U123ABCDEF> 在 <#C123|announcements-of-everybody> 里", "zh"),
        ("The word 退 means to return something", "en"),
        ("これは日本語の文章です", "en"),
        ("כמה זמן זה לוקח", "en"),
    ],
)
def test_chinese_is_told_from_all_other_languages(text: str, speak: Language) -> None:
    assert language(text) == speak


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs 3.50. See v1.2.", ["It costs 3.50.", "See v1.2."]),
        ("Ask Dr. Wu, e.g. today. Bye", ["Ask Dr. Wu, e.g. today.", "Bye"]),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("第一句。第二句！第三句？完", ["第一句。", "第二句！", "第三句？", "完"]),
        ("- one\n* two\n3. three\n> four\n## five", ["one", "two", "three", "four", "five"]),
        ("-5 degrees\u2028next  line", ["-5 degrees", "next line"]),
        (" \n ", []),
    ],
)
def test_sentences_end_at_their_punctuation_or_line(text: str, parts: list[str]) -> None:
    assert list(sentences(text)) == parts


@given(st.text())
def test_no_sentence_is_empty_or_has_two_lines(text: str) -> None:
    assert all(one and one == " ".join(one.split()) for one in sentences(text))


@given(st.text(alphabet="ab 一二。.!\n"))
def test_no_letter_is_lost_between_sentences(text: str) -> None:
    assert "".join(sentences(text)).replace(" ", "") == "".join(text.split())


def test_terms_meet_across_plurals_case_and_width() -> None:
    assert terms("Refunds") == terms("refund") == terms("\uff32efund")
    assert terms("退款需要") >= {"退款", "需要"}
    assert terms("退") == {"退"}
    assert terms("מתי מגיע") == {"מתי", "מגיע"}
    assert terms("the is of") == frozenset()
    assert terms("status bus") == {"status", "bus"}


@given(st.text())
def test_every_line_of_a_quotation_is_marked_as_one(text: str) -> None:
    assert all(line.startswith(">") for line in quoted(text).splitlines())


@given(st.text(alphabet="[] 0123x\n"))
def test_one_line_holds_no_citation(text: str) -> None:
    line = one_line(text)
    assert "\n" not in line
    assert not any(f"[{n}]" in line for n in range(1000))
