"""What a person sees who decides on a drafted reply: buttons, and two forms. Pure."""

from dataclasses import replace
from typing import Final

from bot.intake.meanings import (
    AMEND,
    AMENDING,
    ANEW,
    DECLINE,
    DECLINING,
    HAND_OVER,
    REASON,
    SEND,
    WORDS,
)
from bot.views.forms import INPUT_CHARS, actions, button, field, form, option, select, typed
from bot.views.mrkdwn import escape
from bot.views.notices import Notice
from bot.views.render import Block, Page, section
from generators.sentences import Language

REASONS: Final = ("incorrect", "inappropriate", "incomplete", "outdated", "other")
"""Why a draft is rejected; `Notice.DECLINED_…` says it."""
MOST_CHARS: Final = INPUT_CHARS
KNOWN: Final = "known"
"""Marks a form whose sender was told that its words stand in an internal article."""
_LABELS: Final = {
    SEND: Notice.REPLY_SEND,
    AMEND: Notice.REPLY_EDIT,
    "reply_again": Notice.REPLY_AGAIN,
    "reply_shorter": Notice.REPLY_SHORTER,
    "reply_warmer": Notice.REPLY_WARMER,
    DECLINE: Notice.REPLY_REJECT,
    HAND_OVER: Notice.REPLY_HAND_OVER,
}


def decidable(page: Page, request_id: str, letter: str, speech: Language) -> Page:
    """Return the message of a draft with the buttons that decide on it; of none, to hand over."""
    if letter:
        amend = [AMEND] if len(letter) <= MOST_CHARS else []
        names = [SEND, *amend, *ANEW, DECLINE]
    else:
        names = [HAND_OVER, *list(ANEW)[:1], DECLINE]
    buttons = [_button(name, request_id, speech) for name in names]
    return replace(page, blocks=[*page.blocks, actions(buttons)])


def amending(request_id: str, text: str, problem: Notice | None = None) -> dict[str, object]:
    """Return the form with what would be sent; `problem` is why it was not, as it is."""
    told = [section(escape(problem.text("en")))] if problem else []
    mark = f" {KNOWN}" if problem is Notice.REPLY_INTERNAL else ""
    titles = ("Edit the reply", "Send", Notice.CANCEL.text("en"))
    reply = field(WORDS, "Reply", typed(text))
    return form(AMENDING, f"{request_id}{mark}", titles, [*told, reply])


def declining(request_id: str) -> dict[str, object]:
    """Return the form that asks why a draft is not used."""
    options = [option(Notice[f"DECLINED_{name.upper()}"].text("en"), name) for name in REASONS]
    titles = ("Reject the draft", "Reject", Notice.CANCEL.text("en"))
    return form(DECLINING, request_id, titles, [field(REASON, "Why", select(options))])


def _button(action_id: str, request_id: str, speech: Language) -> Block:
    style = {SEND: "primary", DECLINE: "danger"}.get(action_id, "")
    return button(_LABELS[action_id].text(speech), action_id, request_id, style)
