import pytest

from bot.intake.meanings import AMEND, ANEW, DECLINE, HAND_OVER, SEND
from bot.views.notices import Notice
from bot.views.render import Page, context, section
from bot.views.reply import KNOWN, MOST_CHARS, REASONS, amending, decidable, declining
from generators.sentences import Language

PAGE = Page("Hello", [section("Hello"), context("small")])


def pressed(letter: str, speech: Language = "en") -> list[tuple[str, str]]:
    blocks = decidable(PAGE, "abc", letter, speech).blocks
    assert blocks[:-1] == PAGE.blocks
    return [(one["action_id"], one["value"]) for one in blocks[-1]["elements"]]


def test_a_draft_can_be_sent_changed_asked_for_anew_and_rejected() -> None:
    assert pressed("Hello [1]") == [(n, "abc") for n in (SEND, AMEND, *ANEW, DECLINE)]
    assert AMEND not in dict(pressed("x" * (MOST_CHARS + 1)))


def test_where_there_is_no_draft_a_person_takes_over() -> None:
    assert [name for name, _ in pressed("", "zh")] == [HAND_OVER, "reply_again", DECLINE]


@pytest.mark.parametrize("problem", [None, Notice.REPLY_HELD, Notice.REPLY_INTERNAL])
def test_a_form_says_why_it_comes_back(problem: Notice | None) -> None:
    form = amending("abc", "您好 🙂", problem)
    assert ("您好 🙂" in str(form), str(form["title"]).count("Edit")) == (True, 1)
    assert (problem is None) or (problem.text("en") in str(form))
    is_known = problem is Notice.REPLY_INTERNAL
    assert form["private_metadata"] == (f"abc {KNOWN}" if is_known else "abc")


def test_every_reason_can_be_chosen() -> None:
    form = str(declining("abc"))
    assert all(Notice[f"DECLINED_{name.upper()}"].text("en") in form for name in REASONS)
