"""What `atelier kb add`, `remove` and `search` do; the command line only prints it."""

import json
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from generators.support.article import Article
from generators.support.bases import Bases, Report
from generators.support.fields import Skipped
from generators.support.index import Hit
from generators.support.reading import Seen, UnreadableError, read
from generators.support.shelf import Shelf

FOLDER = "kb"
"""Where the bases lie inside the data folder."""
PIECES_PER_DOC = 8


@dataclass(frozen=True, slots=True)
class Query:
    """One question and the id under which its answer is wanted."""

    id: str | int
    query: str


class HitFound(TypedDict):
    """One document that was found, and its score."""

    doc: str
    score: float


class Found(TypedDict):
    """One line of the answer: whether it may be answered from these documents, best first."""

    id: str | int
    answerable: bool
    confidence: float
    hits: list[HitFound]


@dataclass(frozen=True, slots=True)
class Readers:
    """For whom an import is, whatever its documents say of it themselves."""

    internal: bool = False
    """Never to be quoted to a customer."""
    channels: tuple[str, ...] = ()
    """Only where everybody is a member of one of these; none: as the documents say."""

    def of(self, one: Article) -> Article:
        """Return the article for these readers; an internal one stays internal."""
        public = one.public and not self.internal
        return replace(one, public=public, channels=self.channels or one.channels)


def add(
    paths: Sequence[Path],
    *,
    kb: str,
    bases: Bases,
    readers: Readers = Readers(),
    seen: Seen = lambda _path: None,
) -> Report:
    """Import files and folders into a base and say what was taken.

    `seen` is told of each file when it was read.
    """
    found = read(paths, seen)
    taken = (one if isinstance(one, Skipped) else readers.of(one) for one in found)
    return bases.add(kb, taken)


def remove(ids: Sequence[str], *, kb: str, bases: Bases) -> list[str]:
    """Take documents out of a base and return the ids of those that were in it."""
    return bases.remove(kb, ids)


def queries(lines: Iterable[str]) -> Iterator[Query]:
    """Read JSON Lines of {"id","query"}; raise `UnreadableError` that names the line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _query(number, line)


def _query(number: int, line: str) -> Query:
    try:
        value = json.loads(line)
        name = value["id"]
        return Query(name if isinstance(name, int) else str(name), str(value["query"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError(f'line {number} is not {{"id": ..., "query": ...}}') from error


async def search(
    shelf: Shelf,
    asked: Iterable[Query],
    *,
    kb: str,
    top: int = 5,
    shared: Collection[str] | None = None,
) -> AsyncIterator[Found]:
    """Yield one answer for each query, in order; raise a `GenerationError` for an unknown base.

    An operator, who asks here, is shown everything; `shared` shows what the members of some
    channels would be.
    """
    for one in asked:
        hits = await shelf.search(one.query, kb=kb, top=top * PIECES_PER_DOC, shared=shared)
        best = _by_document(hits)[:top]
        yield Found(
            id=one.id,
            answerable=shelf.confident(best),
            confidence=round(max((hit.confidence for hit in best), default=0.0), 4),
            hits=[HitFound(doc=hit.doc, score=round(hit.score, 4)) for hit in best],
        )


def _by_document(hits: Sequence[Hit]) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.doc, hit)
    return list(best.values())
