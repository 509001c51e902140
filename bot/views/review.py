"""The reviewers' card: what is held, for whom, and the buttons to decide. Pure."""

from bot.intake.events import APPROVE, REJECT
from bot.views.mrkdwn import mrkdwn, sections
from bot.views.notices import Notice
from bot.views.render import Block, File, Page, context, section
from generators.draft import Content, payload, words

SECTIONS = 3
"""How much of a long text the card shows."""


def card(content: Content, request_id: str, small_print: str) -> Page:
    """Return the card of one held answer."""
    shown = sections(mrkdwn(words(content)))[:SECTIONS] or ["—"]
    buttons = [
        _button("Approve", APPROVE, request_id, "primary"),
        _button("Reject", REJECT, request_id, "danger"),
    ]
    blocks = [
        section(Notice.REVIEW.text("en")),
        *(section(part) for part in shown),
        {"type": "actions", "elements": buttons},
        context(small_print),
    ]
    data = payload(content)
    file = File("held.png", data, alt="held picture", inline=True) if data else None
    return Page(Notice.REVIEW.text("en"), blocks, file)


def _button(label: str, action_id: str, value: str, style: str) -> Block:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, "value": value, "style": style}
