"""What reviewers see: the card of a held answer, forms, the queue; a notice's own button. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from bot.intake.meanings import (
    AGAIN,
    APPEAL,
    APPROVE,
    CLAIM,
    DISMISS,
    EDIT,
    EDITING,
    NOTE,
    OBJECT,
    OBJECTING,
    REASON,
    REJECT,
    REJECTING,
    TAKE_BACK,
    WORDS,
)
from bot.ledger.reviewing import REPORT, ROUNDS, Waiting
from bot.views.mrkdwn import escape, sections
from bot.views.notices import Notice
from bot.views.render import Block, File, Page, context, pages, section
from generators.draft import Code, Content, Grid, Image, Text, words
from generators.sentences import Language

REASONS: Final = ("inaccurate", "inappropriate", "confidential", "off_topic", "other")
"""Why an answer is not shown; `Notice.REJECTED_…` tells it to the person who asked."""
MOST_CHARS: Final = 3000
"""What a text input of a form takes (docs.slack.dev, plain-text input element)."""
LISTED: Final = 20


def card(content: Content, request_id: str, small_print: str, round_: int = 1) -> Page:
    """Return the card of one held answer; what does not fit on it goes with it as a file."""
    head = _HEADS.get(round_, Notice.REVIEW)
    shown, *rest = pages(content, small_print)
    more = [section(Notice.TOO_LONG.text("en"))] if rest else []
    alt = sections(escape(words(content)))[:1] if isinstance(content, Image | Grid) else []
    blocks = [
        section(head.text("en")),
        *(section(part) for part in alt),
        *shown.blocks[:-1],
        *more,
        {"type": "actions", "elements": _buttons(content, request_id, round_)},
        shown.blocks[-1],
    ]
    file = File("held.txt", words(content).encode()) if rest else shown.file
    return Page(head.text("en"), blocks, file)


def is_editable(content: Content) -> bool:
    """Tell whether a reviewer can change it in a form."""
    return isinstance(content, Text | Code) and 0 < len(words(content)) <= MOST_CHARS


def rejecting(request_id: str) -> dict[str, object]:
    """Return the form that asks why."""
    options = [_option(name, Notice[f"REASON_{name.upper()}"].text("en")) for name in REASONS]
    select = {"type": "static_select", "action_id": REASON, "options": options}
    note = {"type": "plain_text_input", "action_id": NOTE, "multiline": True, "max_length": 1000}
    return _form(
        REJECTING,
        request_id,
        ("Reject", "Reject"),
        [_input(REASON, "Why", select), _input(NOTE, "For the record", note, optional=True)],
    )


def editing(request_id: str, text: str, problem: str = "") -> dict[str, object]:
    """Return the form with what would be shown; `problem` is why an edit was not taken."""
    field = {
        "type": "plain_text_input",
        "action_id": WORDS,
        "multiline": True,
        "initial_value": text,
        "max_length": MOST_CHARS,
    }
    told = [section(escape(problem))] if problem else []
    return _form(
        EDITING,
        request_id,
        ("Edit and approve", "Approve"),
        [*told, _input(WORDS, "What is shown instead", field)],
    )


def reporting(request_id: str, speech: Language) -> dict[str, object]:
    """Return the form that asks whoever reports an answer why."""
    options = [_option(name, Notice[f"REASON_{name.upper()}"].text(speech)) for name in REASONS]
    select = {"type": "static_select", "action_id": REASON, "options": options}
    told = Notice.REPORTING.text(speech)
    titles = (Notice.REPORT.text(speech),) * 2
    return _form(OBJECTING, request_id, titles, [section(told), _input(REASON, "Why", select)])


def reportable(page: Page, request_id: str, speech: Language) -> Page:
    """Return the message of an answer with the button to report it, which ends its label."""
    button = _button(Notice.REPORT.text(speech), OBJECT, request_id, "")
    return replace(page, blocks=[*page.blocks, {"type": "actions", "elements": [button]}])


def answerable(page: Page, item: Notice, request_id: str) -> Page:
    """Return a notice with the button for what can be done about it: to appeal, to ask again."""
    if item in _APPEALABLE:
        label, action = Notice.APPEAL, APPEAL
    elif item in _REPEATABLE:
        label, action = Notice.AGAIN, AGAIN
    else:
        return page
    button = _button(" / ".join(label.value), action, request_id, "")
    actions = {"type": "actions", "elements": [button]}
    return replace(page, blocks=[*page.blocks[:1], actions, *page.blocks[1:]])


def queue(items: Sequence[Waiting], team_url: str, now_ms: int) -> list[Block]:
    """Return the part of a reviewer's home that lists what waits, the oldest first."""
    if not items:
        return [section("*To review*\nNothing waits.")]
    lines = [_line(item, team_url, now_ms) for item in items[:LISTED]]
    more = [context(f"and {len(items) - LISTED} more")] if len(items) > LISTED else []
    return [section("*To review*"), *(section(line) for line in lines), *more]


def _line(item: Waiting, team_url: str, now_ms: int) -> str:
    hours, minutes = divmod((now_ms - item.opened_ms) // 60_000, 60)
    age = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    name = f"req_{item.request_id[:8]}"
    link = f"{team_url}archives/{item.channel}/p{item.ts.replace('.', '')}"
    shown = f"<{link}|{name}>" if item.ts else name
    who = f", <@{item.claimed_by}> is looking" if item.claimed_by else ""
    again = {ROUNDS: ", appealed", REPORT: ", reported"}.get(item.round, "")
    return f"{shown} of <@{item.user}>: {escape(item.categories)}, {age}{again}{who}"


def _buttons(content: Content, request_id: str, round_: int) -> list[Block]:
    if round_ == REPORT:
        back = _button("Take it back", TAKE_BACK, request_id, "danger")
        return [back, _button("Let it stay", DISMISS, request_id, "")]
    edit = [_button("Edit…", EDIT, request_id, "")] if is_editable(content) else []
    return [
        _button("Approve", APPROVE, request_id, "primary"),
        *edit,
        _button("Reject…", REJECT, request_id, "danger"),
        _button("I'm on it", CLAIM, request_id, ""),
    ]


def _form(
    callback_id: str, request_id: str, titles: tuple[str, str], blocks: list[Block]
) -> dict[str, object]:
    title, submit = titles
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": request_id,
        "title": _plain(title),
        "submit": _plain(submit),
        "close": _plain("Cancel"),
        "blocks": blocks,
    }


def _input(block_id: str, label: str, element: Block, *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label),
        "element": element,
        "optional": optional,
    }


def _option(value: str, label: str) -> Block:
    return {"text": _plain(label), "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _button(label: str, action_id: str, value: str, style: str) -> Block:
    button = {"type": "button", "text": _plain(label), "action_id": action_id, "value": value}
    return {**button, "style": style} if style else button


_REPEATABLE: Final = frozenset(
    {
        *(Notice.FAILED, Notice.TOO_LATE, Notice.EXPIRED, Notice.ENGINE_UNAVAILABLE),
        *(Notice.NO_MODEL, Notice.ACCESS_REFUSED),
    }
)
_HEADS: Final[Mapping[int, Notice]] = MappingProxyType(
    {ROUNDS: Notice.REVIEW_AGAIN, REPORT: Notice.REPORTED}
)
_APPEALABLE: Final = frozenset(
    {Notice.REJECTED, Notice.REVIEW_EXPIRED, *(Notice[f"REJECTED_{n.upper()}"] for n in REASONS)}
)
