"""Files that people bring, read into articles: Markdown, CSV and JSON Lines.

What is wrong with a file or a row is said in the report and skipped; the rest is taken. The text
itself is data: it is bounded and cleaned of control characters, never interpreted.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from generators.support.article import Article

FILE_MAX_BYTES = 20 * 2**20
ARTICLE_MAX_CHARS = 200_000
ARTICLES_MAX = 50_000
ID_MAX_CHARS = 120
SUFFIXES = (".md", ".markdown", ".csv", ".jsonl")

_FRONT = re.compile(r"\A---[ \t]*\n(?P<fields>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"\A\s*#[ \t]+(?P<title>\S.*)")
_ID = re.compile(rf"[\w.:/@+\-]{{1,{ID_MAX_CHARS}}}")
_NO = frozenset({"false", "no", "0", "internal"})


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not taken: where it stood, and why not."""

    where: str
    why: str


class UnreadableError(ValueError):
    """A file or a row cannot be taken; the message says why."""


def read(paths: Sequence[Path]) -> Iterator[Article | Skipped]:
    """Yield what stands in files, and in the Markdown, CSV and JSON Lines files of folders."""
    taken = 0
    for path in _files(paths):
        for found in _read_file(path):
            taken += isinstance(found, Article)
            if taken > ARTICLES_MAX:
                yield Skipped(str(path), f"more than {ARTICLES_MAX} documents at once")
                return
            yield found


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if file.is_file())
            yield from (file for file in inside if file.suffix.lower() in SUFFIXES)
        else:
            yield path


def _read_file(path: Path) -> Iterator[Article | Skipped]:
    try:
        text = _text(path)
        match path.suffix.lower():
            case ".csv":
                yield from _rows(path.name, text)
            case ".jsonl":
                yield from _json_lines(path.name, text)
            case _:
                yield markdown(text, stem=path.stem)
    except UnreadableError as error:
        yield Skipped(str(path), str(error))


def _text(path: Path) -> str:
    if path.suffix.lower() not in SUFFIXES:
        raise UnreadableError(f"not one of {', '.join(SUFFIXES)}")
    try:
        if path.stat().st_size > FILE_MAX_BYTES:
            raise UnreadableError(f"larger than {FILE_MAX_BYTES // 2**20} MiB")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UnreadableError(error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise UnreadableError("not UTF-8 text") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def markdown(text: str, *, stem: str) -> Article:
    """Read one Markdown document; its front matter may set id, title, public and language."""
    front = _FRONT.match(text)
    fields = dict(_fields(front["fields"])) if front else {}
    body = text[front.end() :] if front else text
    heading = _TITLE.match(body)
    if heading and "title" not in fields:
        fields["title"], body = heading["title"].rstrip("# \t") or stem, body[heading.end() :]
    return article({"id": stem, "title": stem, **fields, "text": body})


def _fields(front: str) -> Iterator[tuple[str, str]]:
    for line in front.splitlines():
        key, colon, value = line.partition(":")
        if colon and value.strip():
            yield key.strip().lower(), value.strip().strip("\"'")


def _rows(name: str, text: str) -> Iterator[Article | Skipped]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if not {"id", "question", "answer"} <= set(reader.fieldnames or ()):
            raise UnreadableError("the first line must name the columns id,question,answer")
        for row in reader:
            fields = {key: value for key, value in row.items() if isinstance(value, str)}
            yield _taken(f"{name}:{reader.line_num}", fields)
    except csv.Error as error:
        raise UnreadableError(f"not CSV: {error}") from error


def _json_lines(name: str, text: str) -> Iterator[Article | Skipped]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _json_line(f"{name}:{number}", line)


def _json_line(where: str, line: str) -> Article | Skipped:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Skipped(where, "not JSON")
    if not isinstance(value, dict):
        return Skipped(where, "not a JSON object")
    plain = {str(key): _scalar(item) for key, item in value.items()}
    return _taken(where, {key: item for key, item in plain.items() if item is not None})


def _scalar(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool | int) else None


def _taken(where: str, fields: dict[str, str]) -> Article | Skipped:
    try:
        return article(fields)
    except UnreadableError as error:
        return Skipped(where, str(error))


def article(fields: dict[str, str]) -> Article:
    """Make an article of {id, title, text} or {id, question, answer}; raise `UnreadableError`."""
    name = clean(fields.get("id", "")).strip()
    if not _ID.fullmatch(name):
        raise UnreadableError(f"the id must be 1 to {ID_MAX_CHARS} letters, digits or . : / @ + -")
    title = clean(fields.get("title") or fields.get("question") or "").strip()
    text = clean(fields.get("text") or fields.get("answer") or "").strip()
    if not title and not text:
        raise UnreadableError("neither a question nor an answer")
    if len(title) + len(text) > ARTICLE_MAX_CHARS:
        raise UnreadableError(f"longer than {ARTICLE_MAX_CHARS} characters")
    public = fields.get("public", "true").strip().lower() not in _NO
    language = fields.get("language", "").strip().lower()[:2]
    return Article(id=name, title=title, text=text, public=public, language=language)


def clean(text: str) -> str:
    r"""Return a text without control, lone-surrogate and direction-changing characters.

    >>> clean("pay\x00 \u202eno\tyes\n")
    'pay no\tyes\n'
    """
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _UNSEEN)


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
