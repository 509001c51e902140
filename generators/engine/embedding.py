"""A sentence encoder: texts in, unit vectors out.

As sentence-transformers/all-MiniLM-L6-v2 does it: the mean of the token vectors, then L2 norm.
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from generators.engine.worker import Call, Cancelled

BATCH_SIZE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """One row for each text, float32 of length 1; `tokens` counts what the model read."""

    vectors: NDArray[np.float32]
    tokens: int
    gpu_ms: int


class EmbeddingModel:
    """An encoder with its tokenizer; what exceeds `max_tokens` of a text is not read."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, max_tokens: int
    ) -> None:
        """Take an encoder whose output has `last_hidden_state`."""
        self._model = model
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens

    def embed(self, texts: Sequence[str], call: Call[None, Embeddings]) -> Embeddings:
        """Embed the texts, in batches of similar length. Raises Cancelled between two batches."""
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        rows: list[torch.Tensor] = [torch.empty(0)] * len(texts)
        tokens, begin = 0, time.perf_counter()
        for start in range(0, len(order), BATCH_SIZE):
            if call.cancelled:
                raise Cancelled
            batch = order[start : start + BATCH_SIZE]
            vectors, count = self._batch([texts[index] for index in batch])
            tokens += count
            for index, vector in zip(batch, vectors, strict=True):
                rows[index] = vector
        gpu_ms = round((time.perf_counter() - begin) * 1000)
        return Embeddings(vectors=torch.stack(rows).numpy(), tokens=tokens, gpu_ms=gpu_ms)

    @torch.inference_mode()
    def _batch(self, texts: list[str]) -> tuple[torch.Tensor, int]:
        """Vectors (texts, dimensions) on the CPU and the number of tokens."""
        encoded = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self._max_tokens, return_tensors="pt"
        ).to(self._model.device)
        hidden = self._model(**encoded).last_hidden_state
        mask = encoded["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        vectors = torch.nn.functional.normalize(mean, dim=1)
        return vectors.float().cpu(), int(encoded["attention_mask"].sum())
