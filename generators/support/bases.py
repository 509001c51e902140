"""Where knowledge bases are kept, as everything sees it that reads or changes one.

A document has a version, which grows whenever its content changes. A document that is taken out
leaves its id and version behind, so that what comes back is newer than what went. `Library` keeps
them in a folder, `bot.ledger.bases` in PostgreSQL; what an import does is decided here, for both.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from generators.draft import EngineUnavailable, PromptRejected
from generators.support.article import Article
from generators.support.fields import Skipped
from generators.support.reading import markdown

BASE_MAX_DOCUMENTS = 200_000
BASE_MAX_CHARS = 200_000_000
DEMO = "demo"
"""The knowledge base that comes with the program, until one of this name is made."""
LEARNT = "replies"
"""The base of what was accepted of replies; the demo is searched beside it, and beside no other."""

Matrix = NDArray[np.float32]
Ask = Callable[[Matrix], Matrix]
"""Gives the cosines, (n,), of n vectors with a question's, (d,); both have length 1."""

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


class NoSuchBase(PromptRejected):
    """There is no knowledge base of this name, or its name or file is not one."""


class BasesUnreachable(EngineUnavailable):
    """What the bases are kept in does not answer; the message says why."""


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
Stamp = tuple[int, int]


class Rows(Protocol):
    """The vectors of one base, by the hash of model and text. They can all be made again."""

    def read(self) -> dict[str, Matrix]:
        """Return every vector, (d,) each; none where what holds them is damaged."""
        ...

    def write(self, model: str, rows: Mapping[str, Matrix]) -> None:
        """Keep these vectors, which `model` made where they are new, and no others."""
        ...


class Bases(Protocol):
    """Every knowledge base of an installation. The methods block.

    All raise `NoSuchBase` for what cannot be a name, and `BasesUnreachable`.
    """

    def names(self) -> list[str]:
        """Return the names of the bases that hold something; "demo" where nothing was added."""
        ...

    def has(self, name: str) -> bool:
        """Say whether a base was made; the demo that comes along was not."""
        ...

    def stamps(self, name: str = "") -> Mapping[str, Stamp]:
        """Return a mark for a base, or for each, that changes with what is in it."""
        ...

    def articles(self, name: str) -> list[Article]:
        """Return a base's articles in the order in which they were first added."""
        ...

    def removed(self, name: str) -> list[Removed]:
        """Return what is left of the documents that were taken out of a base."""
        ...

    def add(self, name: str, found: Iterable[Article | Skipped]) -> Report:
        """Add articles to a base; one whose id is there already is replaced in its place."""
        ...

    def remove(self, name: str, ids: Sequence[str]) -> list[str]:
        """Take documents out of a base; return the ids of those that were in it."""
        ...

    def entries(self, name: str) -> list[Entry]:
        """Return all that is held of a base that was made."""
        ...

    def put(self, name: str, entries: Sequence[Entry]) -> bool:
        """Make a base of what another place held; do nothing and return False if it is there."""
        ...

    def rows(self, name: str) -> Rows:
        """Return where a base's vectors are kept."""
        ...

    def asks(self, pieces: int) -> bool:
        """Say whether the vectors of so many pieces are better compared where they are kept."""
        ...

    def nearest(self, names: Sequence[str], model: str, keys: Sequence[str]) -> Ask | None:
        """Return what compares a question with vectors of these bases; None where one is missing.

        The vectors are a model's, and named by the keys under which `Rows` holds them.
        """
        ...


def checked(name: str) -> str:
    """Return a base's name; raise `NoSuchBase` for what cannot be one."""
    if not _NAME.fullmatch(name):
        raise NoSuchBase("A knowledge base's name is letters, digits, - and _.")
    return name


def searched(found: Iterable[str]) -> list[str]:
    """Return what is searched where these bases were made."""
    names = sorted(name for name in found if _NAME.fullmatch(name))
    return names if set(names) - {LEARNT} else [DEMO, *names]


def missing(name: str) -> list[Article]:
    """Return the articles of a base that was not made: the demo's, or raise `NoSuchBase`."""
    if name == DEMO:
        return demo()
    raise NoSuchBase(f"There is no knowledge base named {name}.")


def demo() -> list[Article]:
    """Return the articles of the invented shop Lanternfish Outdoor, in English and Chinese."""
    pages = sorted(
        files("generators.support").joinpath("demo").iterdir(), key=lambda page: page.name
    )
    return [markdown(page.read_text(encoding="utf-8"), stem=page.name[:-3]) for page in pages]


def noted(entry: Entry) -> dict[str, object]:
    """Return an entry as JSON can hold it."""
    return asdict(entry)


def entry(value: dict[str, object]) -> Entry:
    """Return an entry as it was noted; raise TypeError or KeyError where it was not."""
    if "removed" in value:
        return Removed(**value)  # pyrefly: ignore[bad-argument-type] - as it was written
    channels = value.pop("channels", ())
    if not isinstance(channels, Iterable):
        raise TypeError("channels is a list")
    return Article(**value, channels=tuple(channels))  # pyrefly: ignore[bad-argument-type] - same


@dataclass(frozen=True, slots=True)
class Room:
    """What a base holds beside the documents of an import."""

    documents: int
    chars: int


@dataclass(frozen=True, slots=True)
class Import:
    """What was found for a base, each id once."""

    taken: Mapping[str, Article]
    skipped: Sequence[Skipped]

    @classmethod
    def of(cls, found: Iterable[Article | Skipped]) -> "Import":
        """Read everything that was found; the first of an id counts."""
        return cls(*_apart(found))

    def into(self, before: Mapping[str, Entry], beside: Room) -> tuple[dict[str, Article], Report]:
        """Return what is to be written, and the report.

        `before` holds what the base has of the ids that were taken, and maybe more; `beside` is
        about its articles of other ids.
        """
        report = _report(before, self.taken, self.skipped)
        changed = {each: self.taken[each] for each in (*report.added, *report.replaced)}
        same = (self.taken[each] for each in report.unchanged)
        kept, over = _within(_more(beside, same), changed)
        left = {one.where for one in over}
        return dict(_versioned(before, kept)), replace(
            report,
            added=tuple(each for each in report.added if each not in left),
            replaced=tuple(each for each in report.replaced if each not in left),
            skipped=(*report.skipped, *over),
        )


def beside(entries: Mapping[str, Entry], taken: Mapping[str, Article]) -> Room:
    """Return what a base holds beside the ids of an import."""
    rest = (one for name, one in entries.items() if name not in taken)
    return _more(Room(0, 0), (one for one in rest if isinstance(one, Article)))


def size_chars(one: Article) -> int:
    """Return what an article counts for in `BASE_MAX_CHARS`."""
    return len(one.title) + len(one.text)


def _more(room: Room, articles: Iterable[Article]) -> Room:
    sizes = [size_chars(one) for one in articles]
    return Room(room.documents + len(sizes), room.chars + sum(sizes))


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


def _within(room: Room, changed: Mapping[str, Article]) -> tuple[dict[str, Article], list[Skipped]]:
    """Return what still fits into a base, and what does not."""
    documents, chars = room.documents, room.chars
    kept: dict[str, Article] = {}
    over: list[Skipped] = []
    for name, one in changed.items():
        chars += size_chars(one)
        if documents >= BASE_MAX_DOCUMENTS or chars > BASE_MAX_CHARS:
            over.append(Skipped(name, "the base is full; make another with --kb"))
            continue
        documents += 1
        kept[name] = one
    return kept, over


def _versioned(
    before: Mapping[str, Entry], changed: Mapping[str, Article]
) -> Iterator[tuple[str, Article]]:
    when = now()
    for name, one in changed.items():
        version = before[name].version + 1 if name in before else 1
        yield name, replace(one, version=version, updated=when)


def now() -> str:
    """Return the UTC time in ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
