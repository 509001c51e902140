from bot.intake.meanings import TEACH, UNTEACH
from bot.ledger.lessons import Suggestion, Taught
from bot.views.learning import LISTED, Offer, suggestions, teaching
from bot.views.notices import Notice
from tests.bot.builders import request
from tests.bot.shown import said


def suggested(number: int, question: str = "可以退货吗？<!channel> 🙂") -> Suggestion:
    taught = Taught(request=request(), customer="U1", question="", body="")
    name = f"id{number}"
    return Suggestion(
        id=name, taught=taught, question=question, answer="可以。", place="C1", count=number
    )


def test_suggestions_are_listed_with_their_counts_and_buttons() -> None:
    blocks = suggestions([suggested(number) for number in range(1, 9)])
    assert said(blocks[0]) == "*Suggested articles*: 8 wait"
    actions = [block["elements"] for block in blocks if block["type"] == "actions"]
    assert len(actions) == LISTED
    assert [(one["action_id"], one["value"]) for one in actions[1]] == [
        (TEACH, "id2"),
        (UNTEACH, "id2"),
    ]
    assert blocks[1]["text"] == {"type": "plain_text", "text": "可以退货吗？<!channel> 🙂"}
    assert Notice.LESSON_COUNT.text("zh", n=1) in said(blocks[2])
    assert Notice.LESSON_KEPT.text("zh") in said(blocks[2])


def test_the_form_is_in_the_language_of_the_question_and_says_why_it_comes_back() -> None:
    form = teaching(Offer("id", "可以退货吗？", "可以。"))
    assert (form["private_metadata"], form["title"]) == (
        "id",
        {"type": "plain_text", "text": "建议的文章"},
    )
    again = teaching(Offer("id", "Returns?", "Yes."), Notice.LESSON_HELD)
    assert Notice.LESSON_HELD.text("en") in str(again)
    assert Notice.LESSON_KEPT.text("en") not in str(again)
