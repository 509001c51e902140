"""What a model needs of whoever holds the keys and values of its running requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # takes seconds to import, and whoever only plans steps needs none of it
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Tokens of one request, to be computed behind the `start` tokens that its seat holds."""

    seat: object
    start: int
    tokens: Sequence[int]
    adapter: int = 0
    """The number of the adapter that it uses, from 1; 0 for none."""

    @property
    def end(self) -> int:
        """Tokens in the seat afterwards."""
        return self.start + len(self.tokens)


class Stepper(Protocol):
    """A model with room for the keys and values of several requests; for one thread."""

    room_tokens: int
    """Prompt and answer of the longest request there can ever be room for."""
    prefill_tokens: int
    """Tokens of prompts in one step, so that those who write already do not wait for long."""

    vocabulary: int
    """How many scores a step returns for each segment."""
    adapters: tuple[str, ...]
    """Names of the adapters that segments may use, in the order of their numbers."""

    @property
    def device(self) -> "torch.device":
        """Where it computes."""

    def open(self, tokens: int) -> object | None:
        """Reserve room for a request of so many tokens; None when there is none just now."""

    def close(self, seat: object) -> None:
        """Give the room back."""

    def step(self, segments: Sequence[Segment]) -> "torch.Tensor":
        """Compute the tokens; return the scores (segments, vocabulary) behind each last one."""


class Budget:
    """Tokens of room, counted."""

    def __init__(self, tokens: int) -> None:
        """Take how many there are."""
        self.tokens = tokens
        self.taken = 0

    def take(self, tokens: int) -> bool:
        """Take so many, or nothing."""
        if self.taken + tokens > self.tokens:
            return False
        self.taken += tokens
        return True

    def give(self, tokens: int) -> None:
        """Give so many back."""
        self.taken -= tokens
