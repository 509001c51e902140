"""What approvers see of what was learnt of replies: suggestions in their home, and a form. Pure.

Every word in it that a person wrote was judged, and has its verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.intake.meanings import TEACH, TEACHING, TITLE, UNTEACH, WORDS
from bot.ledger.lessons import Suggestion
from bot.views.forms import INPUT_CHARS, actions, button, field, form, plain_text, typed
from bot.views.mrkdwn import escape
from bot.views.notices import Notice
from bot.views.render import Block, context, section
from generators.sentences import Language, language
from generators.support.learning import TITLE_CHARS

LISTED: Final = 5
MOST_CHARS: Final = INPUT_CHARS
TITLE_MOST: Final = TITLE_CHARS + 100
"""Stand-ins and redaction may make a heading longer than it was."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The words of a suggested article, as they stand in the form."""

    id: str
    question: str
    answer: str
    place: str = ""
    count: int = 1


def offer(found: Suggestion) -> Offer:
    """Return a suggestion as it was made."""
    return Offer(found.id, found.question, found.answer, found.place, found.count)


def suggestions(found: Sequence[Suggestion]) -> Sequence[Block]:
    """Return the part of an approver's home that lists suggested articles."""
    head = section(f"*Suggested articles*: {len(found)} wait")
    return [head, *(block for one in found[:LISTED] for block in _suggestion(offer(one)))]


def teaching(one: Offer, problem: Notice | None = None) -> dict[str, object]:
    """Return the form that makes an article of a suggestion; `problem` is why it did not."""
    speech = language(f"{one.question} {one.answer}")
    heading = typed(one.question, most=TITLE_MOST, lines=False)
    told = [section(escape((problem or Notice.LESSON_FORM).text(speech)))]
    blocks = [
        *told,
        _about(one, speech),
        field(TITLE, Notice.LESSON_QUESTION.text(speech), heading),
        field(WORDS, Notice.LESSON_ANSWER.text(speech), typed(one.answer)),
    ]
    said = (Notice.LESSON_TITLE, Notice.LESSON_ACCEPT, Notice.CANCEL)
    title, submit, close = (item.text(speech) for item in said)
    return form(TEACHING, one.id, (title, submit, close), blocks)


def _suggestion(one: Offer) -> Sequence[Block]:
    speech = language(one.question)
    buttons = [
        button(Notice.LESSON_LOOK.text(speech), TEACH, one.id, "primary"),
        button(Notice.LESSON_REJECT.text(speech), UNTEACH, one.id),
    ]
    return [
        {"type": "section", "text": plain_text(one.question)},
        _about(one, speech),
        actions(buttons),
    ]


def _about(one: Offer, speech: Language) -> Block:
    kept = f"\n{Notice.LESSON_KEPT.text(speech)}" if one.place else ""
    return context(Notice.LESSON_COUNT.text(speech, n=one.count) + kept)
