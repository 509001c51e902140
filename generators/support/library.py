"""The knowledge bases on disk: one JSON Lines file for each, replaced as a whole or not at all.

A document has a version, which grows whenever its content changes. A document that is taken out
leaves its id and version behind, so that what comes back is newer than what went.
"""

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from generators.draft import PromptRejected
from generators.support.article import Article
from generators.support.fields import Skipped
from generators.support.reading import markdown

BASE_MAX_DOCUMENTS = 200_000
BASE_MAX_CHARS = 200_000_000
DEMO = "demo"
"""The knowledge base that comes with the program, until one of this name is made."""
LEARNT = "replies"
"""The base of what was accepted of replies; the demo is searched beside it, and beside no other."""

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


class NoSuchBase(PromptRejected):
    """There is no knowledge base of this name, or its name or file is not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import did: ids that are new, whose text was replaced, and what was skipped."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    unchanged: tuple[str, ...] = ()
    """Ids that are there already with the same content."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What is left of a document that was taken out."""

    id: str
    version: int
    removed: str
    """When: the UTC time in ISO 8601."""


Entry = Article | Removed


class Library:
    """The folder of knowledge bases. Its methods read and write files and block."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is added."""
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the bases that hold something; "demo" where nothing was added."""
        files = sorted(path.stem for path in self._folder.glob("*.jsonl"))
        found = [name for name in files if _NAME.fullmatch(name)]
        return found if set(found) - {LEARNT} else [DEMO, *found]

    def file(self, name: str) -> Path:
        """Return where a base is stored; raise `NoSuchBase` for what cannot be a name."""
        if not _NAME.fullmatch(name):
            raise NoSuchBase("A knowledge base's name is letters, digits, - and _.")
        return self._folder / f"{name}.jsonl"

    def stamp(self, name: str) -> tuple[int, int]:
        """Return a mark that changes with the base's file; zeros for the demo that comes along."""
        path = self.file(name)
        if not path.exists():
            return (0, 0)
        told = path.stat()
        return (told.st_mtime_ns, told.st_size)

    def articles(self, name: str) -> list[Article]:
        """Return a base's articles in the order in which they were first added."""
        path = self.file(name)
        if not path.exists():
            if name == DEMO:
                return demo()
            raise NoSuchBase(f"There is no knowledge base named {name}.")
        return [one for one in self._entries(name) if isinstance(one, Article)]

    def removed(self, name: str) -> list[Removed]:
        """Return what is left of the documents that were taken out of a base."""
        if not self.file(name).exists():
            return []
        return [one for one in self._entries(name) if isinstance(one, Removed)]

    def add(self, name: str, found: Iterable[Article | Skipped]) -> Report:
        """Add articles to a base; one whose id is there already is replaced in its place.

        Nothing is written before everything was read, and nothing where nothing is new.
        """
        taken, skipped = _apart(found)
        with self._alone(self.file(name), made=bool(taken)):
            before = self._before(name)
            report = _report(before, taken, skipped)
            changed = {each: taken[each] for each in (*report.added, *report.replaced)}
            kept, over = _within(before, changed)
            if kept:
                self._write(name, {**before, **dict(_versioned(before, kept))})
        left = {one.where for one in over}
        return replace(
            report,
            added=tuple(each for each in report.added if each not in left),
            replaced=tuple(each for each in report.replaced if each not in left),
            skipped=(*report.skipped, *over),
        )

    def remove(self, name: str, ids: Sequence[str]) -> list[str]:
        """Take documents out of a base; return the ids of those that were in it.

        Raises `NoSuchBase` where there is none of this name, or only the demo that comes along.
        """
        if not self.file(name).exists():
            raise NoSuchBase(f"There is no knowledge base named {name}.")
        with self._alone(self.file(name), made=True):
            before = self._before(name)
            out = [each for each in dict.fromkeys(ids) if isinstance(before.get(each), Article)]
            left = {each: Removed(each, before[each].version, _now()) for each in out}
            if out:
                self._write(name, {**before, **left})
        return out

    def _before(self, name: str) -> dict[str, Entry]:
        exists = self.file(name).exists()
        return {one.id: one for one in self._entries(name)} if exists else {}

    def _entries(self, name: str) -> list[Entry]:
        try:
            lines = self.file(name).read_text(encoding="utf-8").splitlines()
            return [_entry(json.loads(line)) for line in lines if line]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise NoSuchBase(f"The file of the knowledge base {name} cannot be read.") from error

    def _write(self, name: str, entries: Mapping[str, Entry]) -> None:
        lines = (json.dumps(asdict(one), ensure_ascii=False) for one in entries.values())
        replace_file(self.file(name), "".join(f"{_one_line(line)}\n" for line in lines).encode())

    @contextmanager
    def _alone(self, path: Path, *, made: bool) -> Iterator[None]:
        """Hold a base against other imports, which wait; the file `.NAME.lock` stays."""
        if not made:
            yield
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f".{path.stem}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _entry(value: dict[str, object]) -> Entry:
    if "removed" in value:
        return Removed(**value)  # pyrefly: ignore[bad-argument-type] - as it was written
    channels = value.pop("channels", ())
    if not isinstance(channels, Iterable):
        raise TypeError("channels is a list")
    return Article(**value, channels=tuple(channels))  # pyrefly: ignore[bad-argument-type] - same


def _apart(found: Iterable[Article | Skipped]) -> tuple[dict[str, Article], list[Skipped]]:
    taken: dict[str, Article] = {}
    skipped: list[Skipped] = []
    for one in found:
        if isinstance(one, Skipped):
            skipped.append(one)
        elif one.id in taken:
            where = f"{one.source}, id {one.id}" if one.source else one.id
            skipped.append(Skipped(where, "the same id stood earlier in this import"))
        else:
            taken[one.id] = one
    return taken, skipped


def _report(
    before: Mapping[str, Entry], taken: Mapping[str, Article], skipped: Sequence[Skipped]
) -> Report:
    live = {name for name, one in before.items() if isinstance(one, Article)}
    known = [name for name in taken if name in live]
    return Report(
        added=tuple(name for name in taken if name not in live),
        replaced=tuple(name for name in known if before[name] != taken[name]),
        skipped=tuple(skipped),
        unchanged=tuple(name for name in known if before[name] == taken[name]),
    )


def _within(
    before: Mapping[str, Entry], changed: Mapping[str, Article]
) -> tuple[dict[str, Article], list[Skipped]]:
    """Return what still fits into a base, and what does not."""
    whole = [one for one in before.values() if isinstance(one, Article) and one.id not in changed]
    documents, chars = len(whole), sum(len(one.title) + len(one.text) for one in whole)
    kept: dict[str, Article] = {}
    over: list[Skipped] = []
    for name, one in changed.items():
        chars += len(one.title) + len(one.text)
        if documents >= BASE_MAX_DOCUMENTS or chars > BASE_MAX_CHARS:
            over.append(Skipped(name, "the base is full; make another with --kb"))
            continue
        documents += 1
        kept[name] = one
    return kept, over


def _versioned(
    before: Mapping[str, Entry], changed: Mapping[str, Article]
) -> Iterator[tuple[str, Article]]:
    when = _now()
    for name, one in changed.items():
        version = before[name].version + 1 if name in before else 1
        yield name, replace(one, version=version, updated=when)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _one_line(text: str) -> str:
    """Escape the line ends that JSON leaves alone and `str.splitlines` does not."""
    return re.sub("[\x85\u2028\u2029]", lambda mark: f"\\u{ord(mark[0]):04x}", text)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as new:
        try:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        except OSError:
            Path(new.name).unlink()
            raise
    Path(new.name).replace(path)


def demo() -> list[Article]:
    """Return the articles of the invented shop Lanternfish Outdoor, in English and Chinese."""
    pages = sorted(
        files("generators.support").joinpath("demo").iterdir(), key=lambda page: page.name
    )
    return [markdown(page.read_text(encoding="utf-8"), stem=page.name[:-3]) for page in pages]
