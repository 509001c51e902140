"""A sentence encoder: texts in, unit vectors out.

As sentence-transformers/all-MiniLM-L6-v2 does it: the mean of the token vectors, then L2 norm.
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2

Texts of several requests are encoded together, and what was encoded before is not encoded again.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from generators.engine.gather import Job, Piece
from generators.engine.options import PARTS_AT_ONCE

BATCH_TEXTS = 32
PART_TEXTS = 16
KEPT_TEXTS = 16_384
"""Vectors that are remembered: 25 MB of 384 dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """What a text became, float32 of length 1, and how many tokens of it were read."""

    values: NDArray[np.float32]
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Some texts of a request, and the time in the model."""

    vectors: tuple[Vector, ...]
    model_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """One row for each text, float32 of length 1; `tokens` counts what the model read."""

    vectors: NDArray[np.float32]
    tokens: int
    gpu_ms: int


class Memory:
    """The vectors of the last `most` texts, by a hash of the text; for one thread."""

    def __init__(self, most: int) -> None:
        """Take how many are kept."""
        self._most = most
        self._known: OrderedDict[bytes, Vector] = OrderedDict()

    def __len__(self) -> int:
        """Count the vectors."""
        return len(self._known)

    def of(self, text: str) -> Vector | None:
        """Return what a text became, if that is known."""
        key = _key(text)
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def keep(self, text: str, vector: Vector) -> None:
        """Remember, and forget what was not asked for the longest."""
        self._known[_key(text)] = vector
        if len(self._known) > self._most:
            self._known.popitem(last=False)


class EmbeddingModel:
    """An encoder with its tokenizer; what exceeds `max_tokens` of a text is not read.

    `job` on the event loop, `make` on one thread.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, max_tokens: int
    ) -> None:
        """Take an encoder whose output has `last_hidden_state`."""
        self._model = model
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self.memory = Memory(KEPT_TEXTS)

    def job(
        self, texts: Sequence[str], person: str = ""
    ) -> Job[Sequence[str], Embedded, Embeddings]:
        """Turn a request into parts of a few texts."""
        parts = [texts[at : at + PART_TEXTS] for at in range(0, len(texts), PART_TEXTS)]
        return Job(
            parts=parts,
            key=None,
            cost=len(texts) / len(parts),
            make=self.make,
            finish=_finished,
            most=lambda: PARTS_AT_ONCE,
            person=person,
        )

    def make(self, pieces: Sequence[Piece[Sequence[str]]]) -> list[Embedded]:
        """Encode what is not known yet, each text once, whoever asks for it."""
        begin = time.perf_counter()
        asked = dict.fromkeys(text for piece in pieces for text in piece.part)
        known = {text: self.memory.of(text) for text in asked}
        found = {text: vector for text, vector in known.items() if vector is not None}
        for text, vector in self._encoded([text for text in asked if text not in found]):
            self.memory.keep(text, vector)
            found[text] = vector
        share_ms = (time.perf_counter() - begin) * 1000 / len(pieces)
        rows = [tuple(found[text] for text in piece.part) for piece in pieces]
        return [Embedded(vectors=vectors, model_ms=share_ms) for vectors in rows]

    def _encoded(self, texts: Sequence[str]) -> Iterable[tuple[str, Vector]]:
        """Encode in batches of similar length."""
        order = sorted(texts, key=len)
        for start in range(0, len(order), BATCH_TEXTS):
            batch = order[start : start + BATCH_TEXTS]
            yield from zip(batch, self._batch(batch), strict=True)

    @torch.inference_mode()
    def _batch(self, texts: list[str]) -> list[Vector]:
        encoded = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self._max_tokens, return_tensors="pt"
        ).to(self._model.device)
        hidden = self._model(**encoded).last_hidden_state
        mask = encoded["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        rows = torch.nn.functional.normalize(mean, dim=1).float().cpu().numpy()
        counts = encoded["attention_mask"].sum(dim=1).tolist()
        return [
            Vector(values=row.copy(), tokens=count) for row, count in zip(rows, counts, strict=True)
        ]


def _finished(made: Sequence[Embedded]) -> Embeddings:
    vectors = [vector for part in made for vector in part.vectors]
    return Embeddings(
        vectors=np.stack([vector.values for vector in vectors]),
        tokens=sum(vector.tokens for vector in vectors),
        gpu_ms=round(sum(part.model_ms for part in made)),
    )


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
