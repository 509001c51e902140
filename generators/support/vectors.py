"""Vectors of texts, made by the engine's embedding model and kept with each base.

A vector is kept under the hash of model and text, so that a changed text or another model never
meets an old vector.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from generators.draft import ModelMissing
from generators.support.bases import Matrix, Rows

TEXT_MAX_CHARS = 2_000
"""What is embedded of a text; all-MiniLM-L6-v2 reads about its first 1,000 characters."""
BATCH = 64


class Embedder(Protocol):
    """The part of `generators.model.Model` that search needs."""

    async def installed(self) -> Mapping[str, str]:
        """Return the model id for each kind that can be used now."""
        ...

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one row for each text, shape (n, d), each of length 1."""
        ...


class Vectors:
    """The vectors of one base's texts."""

    def __init__(self, kept: Rows) -> None:
        """Take where they are kept."""
        self._kept = kept
        self._rows: dict[str, Matrix] | None = None

    async def missing(self, texts: Sequence[str], embedder: Embedder) -> int:
        """Return how many of the texts have no vector of the present model yet."""
        model, rows = await named(embedder), await self._loaded()
        return len(set(keyed(model, texts)) - rows.keys())

    async def of(self, texts: Sequence[str], embedder: Embedder) -> Matrix:
        """Return a row for each text, shape (n, d), embedding what is not kept yet.

        Raises a `GenerationError` when the engine cannot; what was done till then is kept.
        """
        model, rows = await named(embedder), await self._loaded()
        keys = keyed(model, texts)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
        if new:
            try:
                await _fill(rows, new, embedder)
            finally:
                kept = {key: rows[key] for key in keys if key in rows}
                await asyncio.to_thread(self._kept.write, model, kept)
        return np.stack([rows[key] for key in keys])

    async def _loaded(self) -> dict[str, Matrix]:
        if self._rows is None:
            self._rows = await asyncio.to_thread(self._kept.read)
        return self._rows


async def named(embedder: Embedder) -> str:
    """Return the id of the embedding model; raise `ModelMissing` when there is none."""
    model = (await embedder.installed()).get("embed")
    if model is None:
        raise ModelMissing("The engine serves no embed model.")
    return model


async def _fill(rows: dict[str, Matrix], new: Mapping[str, str], embedder: Embedder) -> None:
    keys = list(new)
    if len(keys) > BATCH:
        keys.sort(key=lambda key: len(new[key]))  # a batch costs what its longest text costs
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        made = await embedder.embed([shortened(new[key]) for key in batch])
        rows.update(zip(batch, made, strict=True))


def shortened(text: str) -> str:
    """Return what is embedded of a text."""
    return text[:TEXT_MAX_CHARS]


def keyed(model: str, texts: Sequence[str]) -> list[str]:
    """Return the key of each text's vector: a hash of model and text, in hex."""
    return [_key(model, text) for text in texts]


def _key(model: str, text: str) -> str:
    return hashlib.sha256(f"{model}\0{shortened(text)}".encode("utf-8", "replace")).hexdigest()
