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
from bot.views.forms import INPUT_CHARS, actions, button, field, form, option, select, typed
from bot.views.mrkdwn import escape, sections
from bot.views.notices import Notice
from bot.views.render import Block, File, Page, context, pages, section
from generators.draft import Code, Content, Grid, Image, Text, words
from generators.sentences import Language

REASONS: Final = ("inaccurate", "inappropriate", "confidential", "off_topic", "other")
"""Why an answer is not shown; `Notice.REJECTED_…` tells it to the person who asked."""
NOTE_CHARS: Final = 1000
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
        actions(_buttons(content, request_id, round_)),
        shown.blocks[-1],
    ]
    file = File("held.txt", words(content).encode()) if rest else shown.file
    return Page(head.text("en"), blocks, file)


def is_editable(content: Content) -> bool:
    """Tell whether a reviewer can change it in a form."""
    return isinstance(content, Text | Code) and 0 < len(words(content)) <= INPUT_CHARS


def rejecting(request_id: str) -> dict[str, object]:
    """Return the form that asks why."""
    options = [option(Notice[f"REASON_{name.upper()}"].text("en"), name) for name in REASONS]
    fields = [
        field(REASON, "Why", select(options)),
        field(NOTE, "For the record", typed(most=NOTE_CHARS), optional=True),
    ]
    return form(REJECTING, request_id, ("Reject", "Reject", Notice.CANCEL.text("en")), fields)


def editing(request_id: str, text: str, problem: str = "") -> dict[str, object]:
    """Return the form with what would be shown; `problem` is why an edit was not taken."""
    told = [section(escape(problem))] if problem else []
    shown = field(WORDS, "What is shown instead", typed(text))
    titles = ("Edit and approve", "Approve", Notice.CANCEL.text("en"))
    return form(EDITING, request_id, titles, [*told, shown])


def reporting(request_id: str, speech: Language) -> dict[str, object]:
    """Return the form that asks whoever reports an answer why."""
    options = [option(Notice[f"REASON_{name.upper()}"].text(speech), name) for name in REASONS]
    told, report = Notice.REPORTING.text(speech), Notice.REPORT.text(speech)
    titles = (report, report, Notice.CANCEL.text(speech))
    why = field(REASON, "Why", select(options))
    return form(OBJECTING, request_id, titles, [section(told), why])


def reportable(page: Page, request_id: str, speech: Language) -> Page:
    """Return the message of an answer with the button to report it, which ends its label."""
    report = button(Notice.REPORT.text(speech), OBJECT, request_id)
    return replace(page, blocks=[*page.blocks, actions([report])])


def answerable(page: Page, item: Notice, request_id: str) -> Page:
    """Return a notice with the button for what can be done about it: to appeal, to ask again."""
    if item in _APPEALABLE:
        label, action = Notice.APPEAL, APPEAL
    elif item in _REPEATABLE:
        label, action = Notice.AGAIN, AGAIN
    else:
        return page
    again = button(" / ".join(label.value), action, request_id)
    return replace(page, blocks=[*page.blocks[:1], actions([again]), *page.blocks[1:]])


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
        back = button("Take it back", TAKE_BACK, request_id, "danger")
        return [back, button("Let it stay", DISMISS, request_id)]
    edit = [button("Edit…", EDIT, request_id)] if is_editable(content) else []
    return [
        button("Approve", APPROVE, request_id, "primary"),
        *edit,
        button("Reject…", REJECT, request_id, "danger"),
        button("I'm on it", CLAIM, request_id),
    ]


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
