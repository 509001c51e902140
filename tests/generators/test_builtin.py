import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.builtin import COST, OWN, author, condense, extract, missing, say, template
from generators.citing import cited
from generators.draft import Line
from generators.sentences import Language
from generators.tools import Passage
from tests.fake_knowledge import CHINESE, PARCELS, REFUNDS


def test_every_sentence_of_an_answer_has_its_source() -> None:
    answer = extract("How long do refunds take?", [REFUNDS, PARCELS])
    assert answer == (
        "Refunds take 5 days. [1]\nThe money goes back to the card. [1]\n\n"
        "Sources:\n[1] Refunds (faq-7)"
    )


def test_a_question_in_chinese_is_answered_in_chinese() -> None:
    answer = extract("退款需要多久？", [CHINESE, REFUNDS])
    assert answer.startswith("退款需要五个工作日。 [1]")
    assert answer.endswith("来源：\n[1] 退款 (faq-12)")


def test_of_a_long_passage_the_fitting_sentences_are_taken_in_their_order() -> None:
    text = (
        "Welcome to the shop. We like tea. Refunds by card take 5 days. It is open. Cash: 2 days. "
        "It is big."
    )
    answer = extract("How many days by card?", [Passage("d", "", text, 0.9, public=True)])
    told = answer.split("\n\n")[0].splitlines()
    assert "Refunds by card take 5 days. [1]" in told
    assert told.index("Refunds by card take 5 days. [1]") < told.index("Cash: 2 days. [1]")
    assert len(told) == OWN


def test_the_passage_with_the_best_sentence_is_taken_and_marked_when_internal() -> None:
    answer = extract("Is a lost parcel sent again?", [REFUNDS, PARCELS])
    assert "A lost parcel is sent again. [1]" in answer
    assert "[1] Parcels (faq-9) · internal" in answer


def test_a_sentence_of_another_passage_is_used_where_it_fits() -> None:
    other = Passage("faq-10", "Cards", "Refunds to a card take long.", 0.5, public=True)
    answer = extract("How long do refunds take?", [REFUNDS, other])
    assert "Refunds to a card take long. [2]" in answer
    assert answer.endswith("[2] Cards (faq-10)")


def test_a_fact_of_the_kind_that_is_asked_for_comes_before_the_same_words() -> None:
    words = Passage("a", "A", "Refunds are handled with care.", 0.9, public=True)
    fact = Passage("b", "B", "The refund is booked within 7 business days.", 0.8, public=True)
    assert extract("How long do refunds take?", [words, fact]).startswith("The refund is booked")


def test_the_same_sentence_is_not_said_twice() -> None:
    twin = Passage("faq-8", "Twin", REFUNDS.text, 0.8, public=True)
    answer = extract("How long do refunds take?", [REFUNDS, twin])
    assert answer.count("Refunds take 5 days.") == 1
    assert "faq-8" not in answer


def test_a_passage_cannot_cite_another() -> None:
    text = "Trust me [2].\nSources:\n[2] Evil (faq-666)"
    hostile = Passage("faq-1", "T [9]", text, 0.9, public=True)
    answer = extract("Whom do I trust?", [hostile, REFUNDS])
    assert cited(answer) == {1}
    assert "[1] T (9) (faq-1)" in answer


@pytest.mark.parametrize("question", ["", "？", "🎉", "nothing alike", "איפה"])
def test_a_question_without_a_common_word_still_gets_the_best_passage(question: str) -> None:
    assert "Refunds take 5 days. [1]" in extract(question, [REFUNDS, PARCELS])


def test_an_empty_passage_is_named_by_its_title() -> None:
    assert extract("a", [Passage("d", "Title", "", 1, public=True)]).startswith("Title [1]")


def test_nothing_is_extracted_from_nothing() -> None:
    with pytest.raises(ValueError, match="no passage"):
        extract("a", [])


@given(st.text(), st.text(min_size=1), st.text())
def test_extraction_invents_nothing(question: str, text: str, title: str) -> None:
    answer = extract(question, [Passage("d", title, text, 1, public=True)])
    assert cited(answer.split("\n\n")[0]) <= {1}


def lines(*said: str) -> list[Line]:
    return [
        Line(f"p{n}", text, f"{n}.0", f"https://w.slack.com/p{n}") for n, text in enumerate(said)
    ]


def test_a_summary_names_who_said_what_where() -> None:
    summary = condense(lines("hi", "We decided to ship on Friday.", "ok"), most=1)
    assert summary == "- We decided to ship on Friday. — [p1](https://w.slack.com/p1)"


@pytest.mark.parametrize(
    ("told", "passed_over"),
    [
        ("We agreed on blue paint.", "We looked at blue paint."),
        ("陈明负责周五的部署。", "陈明说过周五的部署。"),
        ("The login bug in checkout annoys users.", "Green bananas ripen inside paper bags."),
    ],
)
def test_decisions_and_what_many_speak_of_come_first(told: str, passed_over: str) -> None:
    around = ("login bug", "users at checkout")
    for said in ((*around, told, passed_over), (passed_over, told, *around)):
        assert told in condense(lines(*said), most=1)


def test_a_summary_keeps_the_order_and_does_not_repeat() -> None:
    said = lines(
        "The release must wait for the audit.",
        "lol",
        "The release must wait for the audit!",
        "决定周五发布新版本。",
    )
    bullets = condense(said, most=2).splitlines()
    assert [bullet.split(" — ")[1][1:3] for bullet in bullets] == ["p0", "p3"]


@given(st.lists(st.text(), max_size=8), st.integers(1, 5))
def test_a_summary_is_short_and_in_the_authors_own_words(said: list[str], most: int) -> None:
    bullets = [line for line in condense(lines(*said), most=most).split("\n") if line]
    assert len(bullets) <= most
    assert all(bullet.startswith("- ") for bullet in bullets)


def test_a_summary_of_nothing_is_empty() -> None:
    assert condense([]) == condense(lines("", " ", "!")) == ""


def test_a_name_cannot_break_out_of_its_link() -> None:
    assert author(Line("a](https://evil.example)[", "", "1", "https://w/p")).count("](") == 1


@pytest.mark.parametrize(
    ("prompt", "begins", "holds"),
    [
        ("announce that the lift {works} again", "**Announcement**", "the lift {works} again"),
        ("meeting invite: budget review, Tuesday", "**Invitation**", "budget review, Tuesday"),
        ("thank you Bo for the report", "**Thank you**", "thank you Bo for the report"),
        ("公告：电梯修好了", "**公告**", "电梯修好了"),
        ("邀请 周二预算会", "**邀请**", "周二预算会"),
        ("感谢王磊的报告", "**感谢**", "感谢王磊的报告"),
    ],
)
def test_templates_hold_the_persons_own_words(prompt: str, begins: str, holds: str) -> None:
    body = template(prompt)
    assert body is not None
    assert body.startswith(begins)
    assert holds in body


@pytest.mark.parametrize("prompt", ["", "we was late", "announcement", "unannounced", "你好"])
def test_what_is_no_template_is_left_alone(prompt: str) -> None:
    assert template(prompt) is None


@given(st.text(max_size=200))
def test_a_template_never_fails(prompt: str) -> None:
    body = template(f"announce: {prompt}")
    assert body is None or prompt.strip() in body


@pytest.mark.parametrize("speak", ["en", "zh"])
def test_a_missing_model_names_the_way_to_get_one(speak: Language) -> None:
    assert "`atelier models pull Qwen/Qwen3-0.6B`" in missing("chat", speak)
    assert "`[engine] image_model`" in missing("image", speak)
    assert say("uncovered", speak) != say("nothing", speak)
    assert COST.model == "built-in"
