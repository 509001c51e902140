"""Content and notices -> what Slack is asked to show. Pure: values in, Block Kit out."""

import html
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from bot.views.amounts import Blank
from bot.views.grid import caption
from bot.views.mrkdwn import MESSAGE_CHARS, SECTION_CHARS, escape, mrkdwn, sections
from bot.views.notices import Language, Notice
from bot.views.programs import state
from generators.code.blocks import suffix
from generators.code.cases import language_of_tests
from generators.draft import Audio, Code, Content, Grid, Illustrated, Image, Text

Block = dict[str, Any]

SNIPPET_LINES = 40
"""Longer code is a file, which Slack folds and highlights."""

SPOKEN_SECTIONS = 4
"""How much of a recording's words is shown beside it."""
BRIEF_CHARS = 300
"""How much of an answer a notification shows."""

_WORDS = frozenset({"section", "context"})


@dataclass(frozen=True, slots=True)
class File:
    """Something to upload: beside the message, or shown in it."""

    name: str
    data: bytes
    alt: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One message: its blocks, the text for notifications, and the file that goes with it."""

    text: str
    blocks: list[Block] = field(default_factory=list)
    file: File | None = None


def pages(content: Content, footer: str, speech: Language = "en") -> list[Page]:
    """Return the messages that show some content, the first of which carries the footer.

    One without blocks is a file alone.
    """
    match content:
        case Text(body):
            return _text(body, footer)
        case Code():
            return _code(content, footer, speech)
        case Image(png=png, alt=alt, note=note):
            picture = File("picture.png", png, alt=alt[:1000], inline=True)
            return [Page(_brief(escape(alt)), [*_noted(note), context(footer)], picture)]
        case Grid(png=png, alt=alt, note=note):
            sheet = File("pictures.png", png, alt=alt[:1000], inline=True)
            small = context(f"{caption(content, speech)}\n{footer}")
            return [Page(_brief(escape(alt)), [*_noted(note), small], sheet)]
        case Illustrated():
            return _illustrated(content, footer, speech)
        case Audio(wav=wav, transcript=transcript):
            said = [section(part) for part in sections(escape(transcript))[:SPOKEN_SECTIONS]]
            file = File("speech.wav", wav)
            return [Page(_brief(escape(transcript)), [*said, context(footer)], file)]
        case other:
            assert_never(other)


def notice(item: Notice, language: Language, footer: str = "", **blanks: Blank) -> Page:
    """Return the message that says a fixed sentence."""
    said = item.text(language, **blanks)
    return Page(said, [section(said), *([context(footer)] if footer else [])])


def leaves(page: Page) -> list[Page]:
    """Return the smallest messages that together say what a page says, in its order.

    Each has one section; the first has the small print, too. What has no sections stays whole.
    """
    said = [block for block in page.blocks if block["type"] == "section"]
    rest = [block for block in page.blocks if block["type"] != "section"]
    if len(said) < 2 or page.file:  # noqa: PLR2004 - there is nothing to take apart
        return [page]
    first, *others = [Page(_brief(block["text"]["text"]), [block]) for block in said]
    return [replace(first, blocks=[*first.blocks, *rest]), *others]


def plain(page: Page) -> Page:
    """Return the message that says the same without any block."""
    return Page("\n".join(_said(block) for block in page.blocks if block["type"] in _WORDS))


def snippet(page: Page, name: str, language: Language) -> Page:
    """Return the message that says the same in a file; its small print stays small print."""
    said = [_said(block) for block in page.blocks if block["type"] == "section"]
    rest = [block for block in page.blocks if block["type"] != "section"]
    here = Notice.TOO_LONG.text(language)
    file = File(name, html.unescape("\n".join(said)).encode())
    return Page(here, [section(here), *rest], file)


def _said(block: Block) -> str:
    if block["type"] == "context":
        return str(block["elements"][0]["text"])
    return str(block["text"]["text"])


def footer(*parts: str) -> str:
    """Join what a footer says, escaped."""
    return " · ".join(escape(part) for part in parts if part)


def section(text: str) -> Block:
    """Return a section of mrkdwn that is escaped already."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context(text: str) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def picture(file_id: str, alt: str) -> Block:
    """Return a picture that was uploaded; Slack wants an alt text of at most 2,000 characters."""
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": alt[:2000] or "picture"}


def _text(body: str, small_print: str) -> list[Page]:
    parts = sections(mrkdwn(body))
    groups, size = [list[str]()], 0
    for part in parts:
        if size + len(part) > MESSAGE_CHARS:
            groups.append([])
            size = 0
        groups[-1].append(part)
        size += len(part)
    made = [Page(_brief(*group[:1]), [section(p) for p in group]) for group in groups]
    first = made[0]
    return [Page(first.text, [*first.blocks, context(small_print)]), *made[1:]]


def _illustrated(content: Illustrated, small_print: str, speech: Language) -> list[Page]:
    """Return words with their picture in the same message, or why there is none."""
    picture = content.picture
    if picture is None:
        refused = Notice.PICTURE_REFUSED.text(speech)
        return _text(content.body, f"{refused}\n{small_print}")
    first, *rest = _text(content.body, small_print)
    file = File("picture.png", picture.png, alt=picture.alt[:1000], inline=True)
    return [replace(first, file=file), *rest]


def _brief(text: str = "") -> str:
    return next(iter(sections(text[:SECTION_CHARS], BRIEF_CHARS)), "")


def _code(code: Code, small_print: str, speech: Language) -> list[Page]:
    """Return a program with its state; its tests as a file, and then the notes on it."""
    said, name = state(code, speech), "solution" if code.tests else "answer"
    fenced = f"```\n{escape(code.source)}\n```"
    short = code.source.count("\n") < SNIPPET_LINES and len(fenced) < SECTION_CHARS
    small = context(f"{said} {small_print}")
    if short and "```" not in code.source:
        first = Page(said, [section(fenced), small])
    else:
        file = File(f"{name}.{suffix(code.language)}", code.source.encode())
        first = Page(said, [section(Notice.CODE_IN_FILE.text(speech)), small], file)
    ending = suffix(language_of_tests(code.language))
    tests = [Page("", [], File(f"test_{name}.{ending}", code.tests.encode()))] if code.tests else []
    return [first, *tests, *(_words_of(code.notes) if code.notes.strip() else [])]


def _noted(note: str) -> list[Block]:
    """Return what is to be said beside a picture, which is little."""
    return [section(part) for part in sections(escape(note))[:1]] if note.strip() else []


def _words_of(body: str) -> list[Page]:
    """Return the messages that show a text without small print."""
    first, *rest = _text(body, "-")
    return [replace(first, blocks=first.blocks[:-1]), *rest]
