"""Any causal model of transformers, each request with a cache of the library's own.

For what the fast decoders do not know: sliding windows, recurrent layers, whatever comes next.
Requests take turns, token by token, so that all of them get on; nothing is computed together.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from generators.engine.cache import Budget, Segment

PREFILL_TOKENS = 512


class _Seat:
    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.held: Any = None  # a cache of the class that the model makes itself


class AnyStepper:
    """Steps of a model of transformers."""

    prefill_tokens = PREFILL_TOKENS
    adapters: tuple[str, ...] = ()

    def __init__(self, model: Any, *, room_tokens: int) -> None:  # noqa: ANN401 - any causal model
        """Take the model and tokens of room."""
        self._model = model
        self.room_tokens = room_tokens
        self.vocabulary: int = model.config.get_text_config().vocab_size
        self._budget = Budget(room_tokens)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._model.device

    def open(self, tokens: int) -> object | None:
        """Reserve room; None when there is none just now."""
        return _Seat(tokens) if self._budget.take(tokens) else None

    def close(self, seat: object) -> None:
        """Give the room back."""
        assert isinstance(seat, _Seat)  # noqa: S101 - narrows what this class has made
        self._budget.give(seat.tokens)

    @torch.inference_mode()
    def step(self, segments: Sequence[Segment]) -> Tensor:
        """Compute one segment after the other."""
        return torch.cat([self._one(segment) for segment in segments])

    def _one(self, segment: Segment) -> Tensor:
        seat = segment.seat
        assert isinstance(seat, _Seat)  # noqa: S101 - as above
        tokens = torch.tensor([segment.tokens], device=self.device)
        past = seat.held if segment.start else None
        output = self._model(input_ids=tokens, past_key_values=past, use_cache=True)
        seat.held = output.past_key_values
        return output.logits[:, -1]
