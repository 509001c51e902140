"""The company's knowledge: its bases, searched by meaning where a model can, else by words."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from generators.draft import GenerationError
from generators.metering import unmetered
from generators.sentences import language
from generators.support.article import Chunk, chunks
from generators.support.bases import Bases, BasesUnreachable, Matrix, NoSuchBase, Stamp
from generators.support.index import Elsewhere, Hit, Index, Meaning, Understood
from generators.support.probes import reads_chinese
from generators.support.vectors import Embedder, Vectors, keyed, named, shortened
from generators.tools import Passage

PATIENCE = 256
"""More texts than this are embedded in the background, while words are searched."""

_Key = tuple[tuple[str, Stamp], ...]


@dataclass(slots=True)
class _Base:
    """One or more stored bases as they were read."""

    index: Index
    parts: dict[str, slice]
    """Which pieces came from which stored base."""
    meanings: dict[str, Understood] = field(default_factory=dict)
    """By the id of the embedding model."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What somebody looks for, and where the answer will be read."""

    question: str
    top: int
    shared: Collection[str] | None


class Shelf:
    """Every knowledge base of an installation. Implements `generators.tools.Knowledge`."""

    def __init__(self, bases: Bases, model: Embedder | None = None) -> None:
        """Take where the bases are kept, and the engine if there may be one."""
        self.bases = bases
        self._model = model
        self._bases: dict[_Key, _Base] = {}
        self._chinese: dict[str, bool] = {}
        self._reading = asyncio.Lock()
        self._embedding = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._mode = "words"

    @property
    def mode(self) -> str:
        """How the last question was searched: "meaning" or "words"."""
        return self._mode

    async def search(
        self, question: str, *, kb: str = "", top: int = 5, shared: Collection[str] | None = ()
    ) -> list[Hit]:
        """Return at most `top` pieces, best first; raise `NoSuchBase` for an unknown name.

        `shared` are the channels that every reader of the answer is a member of, see `may_read`:
        a piece of an article that is kept to channels is found only for them, or for None.
        """
        base = await self._base(kb)
        wanted = _Wanted(question, top, shared)
        found = await self._by_meaning(base, wanted)
        self._mode = "words" if found is None else "meaning"
        if found is None:
            return await asyncio.to_thread(base.index.by_words, question, top, shared)
        return found

    def confident(self, passages: Sequence[Passage]) -> bool:
        """Say whether at least one of them reaches the floor of its base."""
        return any(isinstance(one, Hit) and one.confidence >= one.floor for one in passages)

    async def warm(self, kb: str = "") -> None:
        """Read a base and make its vectors now; raise a `GenerationError` if that cannot be."""
        base = await self._base(kb)
        if self._model is not None:
            await self._meaning(base, self._model)

    async def close(self) -> None:
        """Stop what runs in the background; the vectors made so far are kept."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _base(self, kb: str) -> _Base:
        async with self._reading:
            key = await asyncio.to_thread(self._key, kb)
            if key not in self._bases:
                names = [name for name, _ in key]
                stale = [old for old in self._bases if [name for name, _ in old] == names]
                base = await asyncio.to_thread(self._read, names)
                for old in stale:
                    del self._bases[old]
                self._bases[key] = base
            return self._bases[key]

    def _key(self, kb: str) -> _Key:
        return tuple(self.bases.stamps(kb).items())

    def _read(self, names: Sequence[str]) -> _Base:
        pieces: list[Chunk] = []
        parts: dict[str, slice] = {}
        for name in names:
            start = len(pieces)
            pieces += [piece for one in self.bases.articles(name) for piece in chunks(one)]
            parts[name] = slice(start, len(pieces))
        if not pieces:
            raise NoSuchBase("The knowledge base is empty.")
        return _Base(Index(pieces), parts)

    async def _by_meaning(self, base: _Base, wanted: _Wanted) -> list[Hit] | None:
        """Return None where words have to do: no engine, vectors not ready, or unread Chinese."""
        if self._model is None:
            return None
        try:
            if language(wanted.question) == "zh" and not await self._reads_chinese(self._model):
                return None
            meaning = await self._meaning_soon(base, self._model)
            if meaning is None:
                return None
            vector = (await self._model.embed([shortened(wanted.question)]))[0]
        except GenerationError:
            return None
        given = (wanted.question, vector, meaning, wanted.top, wanted.shared)
        try:
            return await asyncio.to_thread(base.index.by_meaning, *given)
        except BasesUnreachable:
            base.meanings.clear()  # another instance may have made the vectors anew
            return None

    async def _reads_chinese(self, model: Embedder) -> bool:
        name = await named(model)
        if name not in self._chinese:
            self._chinese[name] = await reads_chinese(model)
        return self._chinese[name]

    async def _meaning_soon(self, base: _Base, model: Embedder) -> Understood | None:
        """Return the base's vectors; None, and begin to make them, where that takes long."""
        known = base.meanings.get(await named(model))
        if known is not None:
            return known
        if self._task is not None and not self._task.done():
            return None
        if await self._missing(base, model) <= PATIENCE:
            return await self._meaning(base, model)
        with unmetered():  # it outlives the request that happened to come first
            self._task = asyncio.create_task(self._make(base, model))
        return None

    async def _make(self, base: _Base, model: Embedder) -> None:
        try:
            await self._meaning(base, model)
        except GenerationError:
            return  # the next question tries again, and words are searched till then

    async def _missing(self, base: _Base, model: Embedder) -> int:
        counts = [
            await self._vectors(name).missing(_texts(base.index, part), model)
            for name, part in base.parts.items()
        ]
        return sum(counts)

    async def _meaning(self, base: _Base, model: Embedder) -> Understood:
        async with self._embedding:
            name = await named(model)
            if name not in base.meanings:
                rows = [
                    await self._vectors(kb).of(_texts(base.index, part), model)
                    for kb, part in base.parts.items()
                ]
                here = await asyncio.to_thread(_meaning, base.index, rows)
                base.meanings[name] = await asyncio.to_thread(self._placed, here, base, name)
            return base.meanings[name]

    def _placed(self, here: Meaning, base: _Base, model: str) -> Understood:
        """Return the meaning without its vectors where the database compares them."""
        if not self.bases.asks(len(base.index.chunks)):
            return here
        parts = [keyed(model, _texts(base.index, part)) for part in base.parts.values()]
        subjects, texts = _split(parts)
        keys = sorted({*subjects, *texts})
        ask = self.bases.nearest(list(base.parts), model, keys)
        if ask is None:
            return here
        at = {key: number for number, key in enumerate(keys)}
        about, said = (np.array([at[key] for key in each], np.intp) for each in (subjects, texts))
        return Elsewhere(ask, about, said, here.floor, here.fusion)

    def _vectors(self, name: str) -> Vectors:
        return Vectors(self.bases.rows(name))


def _texts(index: Index, part: slice) -> list[str]:
    """Return what is embedded of some pieces: all subjects, then all texts."""
    pieces = index.chunks[part]
    subjects = [piece.subject or piece.text for piece in pieces]
    return subjects + [piece.text or piece.subject for piece in pieces]


def _meaning(index: Index, rows: Sequence[Matrix]) -> Meaning:
    subjects = np.concatenate([row[: len(row) // 2] for row in rows])
    texts = np.concatenate([row[len(row) // 2 :] for row in rows])
    return index.understood(subjects, texts)


def _split(parts: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """Return the keys of all subjects, and those of all texts."""
    subjects = [key for part in parts for key in part[: len(part) // 2]]
    return subjects, [key for part in parts for key in part[len(part) // 2 :]]
