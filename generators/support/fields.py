"""The fields of one document, checked and cleaned: the one door to an `Article`."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from generators.support.article import Article

ARTICLE_MAX_CHARS = 200_000
ID_MAX_CHARS = 120
LABEL_MAX_CHARS = 200
CHANNELS_MAX = 50

_ID = re.compile(rf"[\w.:/@+\-]{{1,{ID_MAX_CHARS}}}")
_NOT_ID = re.compile(r"[^\w.:/@+\-]+")
_CHANNEL = re.compile(r"#?[\w\-]{1,80}")
_NO = frozenset({"false", "no", "0", "internal"})
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_TITLES: Final = ("title", "question", "subject")
_TEXTS: Final = ("text", "answer", "reply", "resolution")
_LABELS: Final = ("label", "intent", "macro")


class UnreadableError(ValueError):
    """A file or a row cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not taken: where it stood, and why not."""

    where: str
    why: str


def article(fields: Mapping[str, str]) -> Article:
    """Make an article of {id, title, text} or {id, question, answer}; raise `UnreadableError`."""
    name = clean(fields.get("id", "")).strip()
    if not _ID.fullmatch(name):
        raise UnreadableError(f"the id must be 1 to {ID_MAX_CHARS} letters, digits or . : / @ + -")
    title, text = _first(fields, _TITLES), _first(fields, _TEXTS)
    if not title and not text:
        raise UnreadableError("neither a question nor an answer")
    if len(title) + len(text) > ARTICLE_MAX_CHARS:
        raise UnreadableError(f"longer than {ARTICLE_MAX_CHARS} characters")
    return Article(
        id=name,
        title=title,
        text=text,
        public=fields.get("public", "true").strip().lower() not in _NO,
        language=fields.get("language", "").strip().lower()[:2],
        channels=channels(fields.get("channels", "")),
        label=_first(fields, _LABELS)[:LABEL_MAX_CHARS],
    )


def channels(told: str) -> tuple[str, ...]:
    """Return the ids in "C1, C2"; raise `UnreadableError` for what cannot be one.

    >>> channels("C012, C034"), channels("")
    (('C012', 'C034'), ())
    """
    names = tuple(dict.fromkeys(re.findall(r"[^\s,;]+", told)))
    if len(names) > CHANNELS_MAX or not all(_CHANNEL.fullmatch(name) for name in names):
        raise UnreadableError(f"channels must be at most {CHANNELS_MAX} ids, such as C012, C034")
    return names


def name_of(stem: str) -> str:
    """Return the id of what has no other name than its file's.

    >>> name_of("My FAQ (new)"), name_of("常见问题"), name_of("!")
    ('My-FAQ-new', '常见问题', 'untitled')
    """
    return _NOT_ID.sub("-", stem).strip("-")[:ID_MAX_CHARS] or "untitled"


def _first(fields: Mapping[str, str], keys: tuple[str, ...]) -> str:
    told = next((fields[key] for key in keys if fields.get(key)), "")
    return clean(told).strip()


def clean(text: str) -> str:
    r"""Return a text without control, lone-surrogate and direction-changing characters.

    >>> clean("pay\x00 \u202eno\tyes\n")
    'pay no\tyes\n'
    """
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _UNSEEN)
