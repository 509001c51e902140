"""The reviewers' card: what is held, for whom, and the buttons to decide. Pure."""

from bot.intake.events import APPROVE, REJECT
from bot.views.mrkdwn import escape, sections
from bot.views.notices import Notice
from bot.views.render import Block, File, Page, pages, section
from generators.draft import Content, Image, words


def card(content: Content, request_id: str, small_print: str) -> Page:
    """Return the card of one held answer; what does not fit on it goes with it as a file."""
    shown, *rest = pages(content, small_print)
    more = [section(Notice.TOO_LONG.text("en"))] if rest else []
    alt = sections(escape(words(content)))[:1] if isinstance(content, Image) else []
    buttons = [
        _button("Approve", APPROVE, request_id, "primary"),
        _button("Reject", REJECT, request_id, "danger"),
    ]
    blocks = [
        section(Notice.REVIEW.text("en")),
        *(section(part) for part in alt),
        *shown.blocks[:-1],
        *more,
        {"type": "actions", "elements": buttons},
        shown.blocks[-1],
    ]
    file = File("held.txt", words(content).encode()) if rest else shown.file
    return Page(Notice.REVIEW.text("en"), blocks, file)


def _button(label: str, action_id: str, value: str, style: str) -> Block:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, "value": value, "style": style}
