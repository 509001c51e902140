"""Files that people bring, read into articles: pages, questions, tickets and conversations.

What is wrong with a file or a row is said in the report and skipped; the rest is taken. The text
itself is data: it is bounded and cleaned of control characters, never interpreted.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from generators.support.article import Article
from generators.support.fields import Skipped, UnreadableError, article, clean, name_of
from generators.support.pages import unpacked
from generators.support.threads import taken, threads, ticket

__all__ = ["Skipped", "UnreadableError", "article", "clean", "markdown", "read"]

FILE_MAX_BYTES = 20 * 2**20
ARTICLES_MAX = 50_000
FILES_MAX = 50_000
SUFFIXES = (".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".csv", ".jsonl", ".json")
LISTS = frozenset({"channels", "users", "groups", "dms", "mpims", "integration_logs", "canvases"})
"""What a Slack export holds beside its messages."""

_FRONT = re.compile(r"\A---[ \t]*\n(?P<fields>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"\A\s*#[ \t]+(?P<title>\S.*)")

Found = Iterator[Article | Skipped]
Seen = Callable[[Path], None]


def read(paths: Sequence[Path], seen: Seen = lambda _path: None) -> Found:
    """Yield what stands in files, and in the files of folders; `seen` is told of each file read."""
    taken_so_far = 0
    for number, path in enumerate(files_of(paths)):
        if number >= FILES_MAX:
            yield Skipped(str(path), f"more than {FILES_MAX} files at once; add the rest after it")
            return
        for found in _read_file(path):
            taken_so_far += isinstance(found, Article)
            if taken_so_far > ARTICLES_MAX:
                yield Skipped(str(path), f"more than {ARTICLES_MAX} documents at once")
                return
            yield found
        seen(path)


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that are named, and those of the known kinds in the folders that are."""
    for path in paths:
        if path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if file.is_file())
            kinds = (file for file in inside if file.suffix.lower() in SUFFIXES)
            yield from (file for file in kinds if not _is_list(file))
        else:
            yield path


def _is_list(file: Path) -> bool:
    return file.suffix.lower() == ".json" and file.stem in LISTS


def _read_file(path: Path) -> Found:
    try:
        content = _content(path)
        for one in _articles(path, content):
            yield replace(one, source=path.name) if isinstance(one, Article) else one
    except UnreadableError as error:
        yield Skipped(str(path), str(error))


def _content(path: Path) -> bytes:
    if path.suffix.lower() not in SUFFIXES:
        raise UnreadableError(f"not one of {', '.join(SUFFIXES)}")
    try:
        if path.exists() and not path.is_file():
            raise UnreadableError("not a file")
        if path.stat().st_size > FILE_MAX_BYTES:
            raise UnreadableError(f"larger than {FILE_MAX_BYTES // 2**20} MiB; cut it into parts")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableError(error.strerror or "cannot be read") from error
    if not content.strip():
        raise UnreadableError("the file is empty")
    return content


def _articles(path: Path, content: bytes) -> Found:
    match path.suffix.lower():
        case ".html" | ".htm":
            yield page(*unpacked("html", content), stem=path.stem)
        case ".pdf":
            yield page(*unpacked("pdf", content), stem=path.stem)
        case ".csv":
            yield from _rows(path.name, _text(content))
        case ".jsonl":
            yield from _json_lines(path.name, _text(content))
        case ".json":
            yield from _export(path, _text(content))
        case _:
            yield markdown(_text(content), stem=path.stem)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError("not UTF-8 text; save it in that encoding") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def page(title: str, text: str, *, stem: str) -> Article:
    """Make an article of a page that has no fields of its own."""
    heading = _TITLE.match(text)
    if heading and not title:
        title, text = heading["title"], text[heading.end() :]
    return article({"id": name_of(stem), "title": title or stem, "text": text})


def markdown(text: str, *, stem: str) -> Article:
    """Read one Markdown document; its front matter may set the fields of an article."""
    front = _FRONT.match(text)
    fields = dict(_fields(front["fields"])) if front else {}
    body = text[front.end() :] if front else text
    heading = _TITLE.match(body)
    if heading and "title" not in fields:
        fields["title"], body = heading["title"].rstrip("# \t") or stem, body[heading.end() :]
    return article({"id": name_of(stem), "title": stem, **fields, "text": body})


def _fields(front: str) -> Iterator[tuple[str, str]]:
    for line in front.splitlines():
        key, colon, value = line.partition(":")
        if colon and value.strip():
            yield key.strip().lower(), value.strip().strip("\"'[]")


def _rows(name: str, text: str) -> Found:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [(column or "").strip().lower() for column in reader.fieldnames or ()]
        reader.fieldnames = columns
        missing = [each for each in ("id", "question", "answer") if each not in columns]
        if missing:
            raise UnreadableError(
                "the first line must name the columns id,question,answer; "
                f"it lacks {', '.join(missing)}"
            )
        for row in reader:
            fields = {key: value for key, value in row.items() if isinstance(value, str)}
            yield taken(f"{name}:{reader.line_num}", fields)
    except csv.Error as error:
        raise UnreadableError(f"not CSV from line {reader.line_num} on: {error}") from error


def _json_lines(name: str, text: str) -> Found:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _json_line(f"{name}:{number}", line)


def _json_line(where: str, line: str) -> Article | Skipped:
    try:
        value = _json(line)
        if not isinstance(value, dict):
            return Skipped(where, "not a JSON object")
        plain = {str(key): _scalar(item) for key, item in value.items()}
        fields = {key: item for key, item in plain.items() if item is not None}
        return taken(where, {**fields, **ticket(value)} if "messages" in value else fields)
    except UnreadableError as error:
        return Skipped(where, str(error))


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error


def _export(path: Path, text: str) -> Found:
    """Yield the threads of a day's file, whose folder has the channel's name, or of one file."""
    by_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", path.stem)
    yield from threads(_json(text), stem=path.resolve().parent.name if by_day else path.stem)


def _scalar(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(value) if all(isinstance(one, str) for one in value) else None
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool | int) else None
