"""What approvers see of what was learnt of replies: suggestions in their home, and a form. Pure.

Every word in it that a person wrote was judged, and has its verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.intake.meanings import TEACH, TEACHING, TITLE, UNTEACH, WORDS
from bot.ledger.lessons import Suggestion
from bot.views.mrkdwn import escape
from bot.views.notices import Notice
from bot.views.render import Block, context, section
from generators.sentences import Language, language
from generators.support.learning import TITLE_CHARS

LISTED: Final = 5
MOST_CHARS: Final = 3000
"""What a text input of a form takes (docs.slack.dev, plain-text input element)."""
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
    told = [section(escape((problem or Notice.LESSON_FORM).text(speech)))]
    blocks = [
        *told,
        _about(one, speech),
        _input(TITLE, Notice.LESSON_QUESTION.text(speech), one.question, TITLE_MOST),
        _input(WORDS, Notice.LESSON_ANSWER.text(speech), one.answer, MOST_CHARS),
    ]
    return {
        "type": "modal",
        "callback_id": TEACHING,
        "private_metadata": one.id,
        "title": _plain(Notice.LESSON_TITLE.text(speech)),
        "submit": _plain(Notice.LESSON_ACCEPT.text(speech)),
        "close": _plain("Cancel" if speech == "en" else "取消"),
        "blocks": blocks,
    }


def _suggestion(one: Offer) -> Sequence[Block]:
    speech = language(one.question)
    buttons = [
        {**_button(Notice.LESSON_LOOK.text(speech), TEACH, one.id), "style": "primary"},
        _button(Notice.LESSON_REJECT.text(speech), UNTEACH, one.id),
    ]
    return [
        {"type": "section", "text": _plain(one.question)},
        _about(one, speech),
        {"type": "actions", "elements": buttons},
    ]


def _about(one: Offer, speech: Language) -> Block:
    kept = f"\n{Notice.LESSON_KEPT.text(speech)}" if one.place else ""
    return context(Notice.LESSON_COUNT.text(speech, n=one.count) + kept)


def _input(name: str, label: str, text: str, most: int) -> Block:
    field = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": name == WORDS,
        "initial_value": text,
        "max_length": most,
    }
    return {"type": "input", "block_id": name, "label": _plain(label), "element": field}


def _button(label: str, action_id: str, value: str) -> Block:
    return {"type": "button", "text": _plain(label), "action_id": action_id, "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
