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
from bot.views.mrkdwn import escape
from bot.views.notices import Notice
from bot.views.render import Block, Page, section
from generators.sentences import Language

REASONS: Final = ("incorrect", "inappropriate", "incomplete", "outdated", "other")
"""Why a draft is rejected; `Notice.DECLINED_…` says it."""
MOST_CHARS: Final = 3000
"""What a text input of a form takes (docs.slack.dev, plain-text input element)."""
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
    return replace(page, blocks=[*page.blocks, {"type": "actions", "elements": buttons}])


def amending(request_id: str, text: str, problem: Notice | None = None) -> dict[str, object]:
    """Return the form with what would be sent; `problem` is why it was not, as it is."""
    field = {
        "type": "plain_text_input",
        "action_id": WORDS,
        "multiline": True,
        "initial_value": text,
        "max_length": MOST_CHARS,
    }
    told = [section(escape(problem.text("en")))] if problem else []
    mark = f" {KNOWN}" if problem is Notice.REPLY_INTERNAL else ""
    block = {"type": "input", "block_id": WORDS, "label": _plain("Reply"), "element": field}
    titles = ("Edit the reply", "Send")
    return _form(AMENDING, f"{request_id}{mark}", titles, [*told, block])


def declining(request_id: str) -> dict[str, object]:
    """Return the form that asks why a draft is not used."""
    options = [
        {"text": _plain(Notice[f"DECLINED_{name.upper()}"].text("en")), "value": name}
        for name in REASONS
    ]
    select = {"type": "static_select", "action_id": REASON, "options": options}
    block = {"type": "input", "block_id": REASON, "label": _plain("Why"), "element": select}
    return _form(DECLINING, request_id, ("Reject the draft", "Reject"), [block])


def _form(
    callback_id: str, metadata: str, titles: tuple[str, str], blocks: list[Block]
) -> dict[str, object]:
    title, submit = titles
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": _plain(title),
        "submit": _plain(submit),
        "close": _plain("Cancel"),
        "blocks": blocks,
    }


def _button(action_id: str, request_id: str, speech: Language) -> Block:
    text = _plain(_LABELS[action_id].text(speech))
    button: Block = {"type": "button", "text": text, "action_id": action_id, "value": request_id}
    style = {SEND: "primary", DECLINE: "danger"}.get(action_id)
    return {**button, "style": style} if style else button


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
