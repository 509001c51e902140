"""What `atelier kb add` and `atelier kb search` do; the command line only prints it."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from generators.support.index import Hit
from generators.support.library import Library, Report
from generators.support.reading import UnreadableError, read
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


def add(paths: Sequence[Path], *, kb: str, data: Path) -> Report:
    """Import files and folders into DATA/kb/NAME.jsonl and say what was taken."""
    return Library(data / FOLDER).add(kb, read(paths))


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
    shelf: Shelf, asked: Iterable[Query], *, kb: str, top: int = 5
) -> AsyncIterator[Found]:
    """Yield one answer for each query, in order; raise a `GenerationError` for an unknown base."""
    for one in asked:
        hits = await shelf.search(one.query, kb=kb, top=top * PIECES_PER_DOC)
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
