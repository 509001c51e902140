"""Articles of a knowledge base, and the pieces of them that are searched and quoted.

An article is data from outside: nothing in it is ever followed, only found and quoted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

CHUNK_CHARS = 400
"""A section longer than this is split between its paragraphs, and from twice this anywhere."""

_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<name>\S.*)$", re.MULTILINE)
_PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One document: a help page, or a question with its answer. Title or text may be empty."""

    id: str
    title: str
    text: str
    public: bool = True
    """False for a text that only the company's own people may read."""
    language: str = ""
    channels: tuple[str, ...] = ()
    """The channels whose members may read the source; empty: whoever may ask at all."""
    label: str = ""
    """What a past ticket was about, an intent or a macro; tickets of one label are alike."""
    source: str = field(default="", compare=False)
    """The file that it came from."""
    version: int = field(default=1, compare=False)
    """Counted by the base: one more whenever the document was changed or taken again."""
    updated: str = field(default="", compare=False)
    """When this version was taken: the UTC time in ISO 8601, or empty."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an article: what it is about, and what it says. Either may be empty."""

    doc: str
    title: str
    heading: str
    text: str
    public: bool
    channels: tuple[str, ...] = ()
    label: str = ""

    @property
    def subject(self) -> str:
        """Title and heading: what a question is likely to sound like."""
        return f"{self.title}: {self.heading}" if self.heading else self.title

    @property
    def whole(self) -> str:
        """Everything in it that can be searched."""
        return f"{self.subject}\n{self.text}".strip()


def chunks(article: Article) -> list[Chunk]:
    """Return the article's pieces in order: one for a short section, a few for a long one."""
    held = [(head, piece) for head, body in _sections(article.text) for piece in _pieces(body)]
    rest = (article.public, article.channels, article.label)
    return [Chunk(article.id, article.title, *each, *rest) for each in held or [("", "")]]


def _sections(text: str) -> Iterator[tuple[str, str]]:
    heading, start = "", 0
    for match in _HEADING.finditer(text):
        yield heading, text[start : match.start()].strip()
        heading, start = match["name"].rstrip("# \t"), match.end()
    yield heading, text[start:].strip()


def _pieces(body: str) -> Iterator[str]:
    """Yield paragraphs together while they are short enough, and cut what is longer still."""
    held = ""
    for paragraph in _PARAGRAPHS.split(body):
        if held and len(held) + len(paragraph) > CHUNK_CHARS:
            yield from _cut(held)
            held = ""
        held = f"{held}\n\n{paragraph}".strip()
    yield from _cut(held)


def _cut(text: str) -> Iterator[str]:
    while len(text) > 2 * CHUNK_CHARS:
        end = max(text.rfind(mark, 0, CHUNK_CHARS * 2) + 1 for mark in (" ", "\n", "。", "."))
        end = end or CHUNK_CHARS
        yield text[:end].strip()
        text = text[end:]
    if text.strip():
        yield text.strip()
