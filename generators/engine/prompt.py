"""What a model is asked for and what it answers: values, without torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

GREEDY_BELOW = 1e-4
"""A lower temperature overflows the scores; it takes the likeliest token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is chosen: temperature 0 takes the likeliest, top_k 0 keeps all."""

    temperature: float
    top_p: float
    top_k: int
    repetition_penalty: float = 1.0

    @property
    def greedy(self) -> bool:
        """Whether no chance is in it."""
        return self.temperature < GREEDY_BELOW


class Shape(Protocol):
    """What the text of an answer must be, token by token."""

    broken: bool
    """Whether it had to be given up."""

    def allowed(self, written: Sequence[int]) -> Any:  # noqa: ANN401 - an array (tokens)
        """Return whether each token may follow the answer so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One row's next token: its rules, its seed, and all tokens before it.

    Where the answer has a shape, it begins behind `begin` tokens.
    """

    sampling: Sampling
    seed: int
    known: Sequence[int]
    shape: Shape | None = None
    begin: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A conversation as token ids, with the limits of its answer and who asks."""

    token_ids: list[int]
    new_tokens: int
    sampling: Sampling
    seed: int
    stops: tuple[str, ...]
    person: str = ""
    rank: int = 0
    adapter: int = 0
    shape: Shape | None = None
    standing: bool = False
    """Whether to tell where it stands while it waits."""

    @property
    def tokens(self) -> int:
        """Tokens at most, prompt and answer."""
        return len(self.token_ids) + self.new_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The place of a request that waits, the first is 1, and the seconds that it may take."""

    place: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished text; `completion_tokens` counts every token computed, the last one included."""

    text: str
    finish_reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    gpu_ms: int
