"""What a letter teaches, and which questions ask the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.sentences import Language
from generators.support.learning import alike, asked_in, cited, says, taught_by, unnamed
from generators.support.letter import TONES, Notes, Style, Tone, letter
from generators.support.sending import above_the_rule, as_sent
from generators.tools import Passage

SOURCE = Passage("faq-7", "Refunds (card)", "Refunds take 5 days.", 0.9, public=True)


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("speak", ["en", "zh"])
def test_of_a_letter_of_ours_only_its_sentences_are_left(tone: Tone, speak: Language) -> None:
    made = letter(
        [("Refunds take 5 days.", (1,))], Style(tone=tone), Notes(passages=[SOURCE]), speak
    )
    assert taught_by(as_sent(above_the_rule(made))) == "Refunds take 5 days."
    assert cited(made) == ("faq-7",)


@pytest.mark.parametrize(
    "greeting",
    [
        "Hi Ana,",
        "Dear Dr. Lee:",
        "Good morning",
        "您好！",
        "尊敬的李先生：",
        "李雷您好，",
        "Hello 🙂",
    ],
)
def test_a_greeting_goes_with_its_name(greeting: str) -> None:
    assert taught_by(f"{greeting}\n\n14天内可退。🙂") == "14天内可退。🙂"


def test_an_answer_that_begins_like_a_greeting_stays() -> None:
    said = "Hello Kitty tents are sold out. Try another."
    assert taught_by(said) == said
    assert taught_by("Yours,\nAcme 🏔", ["Yours,", "Acme 🏔"]) == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("How long do refunds take?", "how long does a refund take", True),
        ("How long do refunds take?", "Where is my refund form?", False),
        ("退款需要多久？", "请问退款多久到账？", False),
        ("可以退货吗？", "请问你们可以退货吗", True),
        ("ＲＥＦＵＮＤ？", "refund", True),  # noqa: RUF001 - full-width
        ("שלום איפה החבילה", "Where is the parcel?", False),
        ("🙂", "🙂", False),
    ],
)
def test_which_questions_ask_the_same(one: str, other: str, same: bool) -> None:
    assert (alike(one, [other]) == 0) == same


def test_a_long_question_is_cut_and_an_answer_is_found_in_an_article() -> None:
    assert len(asked_in("why " * 500 + "?")) <= 300
    assert says("Refunds take 5 days, and go to the card.", "Refunds take 5 days.")
    assert not says("Refunds take 5 days.", "")


@given(st.text(max_size=60), st.lists(st.text(max_size=8), max_size=3))
def test_any_text_and_any_names_are_taken(text: str, names: list[str]) -> None:
    forms = (form for name in names for form in (name, name.upper(), name.title()))
    if not any(form in text for form in forms):
        assert unnamed(text, names) == text
    assert unnamed(text, ()) == text


@pytest.mark.parametrize(
    ("body", "docs"),
    [
        (
            "a\n\nSources:\n[2] Refunds (card) (faq-7)\n[3] zh-3\n\nConfidence: 0.9",
            ("faq-7", "zh-3"),
        ),
        ("答\n\n来源：\n[1] 退款 (zh-1) · 内部", ("zh-1",)),
        ("[1] is no list (x)", ()),
        ("", ()),
    ],
)
def test_what_an_answer_cites(body: str, docs: tuple[str, ...]) -> None:
    assert cited(body) == docs
