"""Conversations as tokens, of which only the last answer is learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from generators.dataset import Row, Turn

IGNORED: Final = -100
"""The label of what is read and not learned (torch's cross entropy)."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What is read, and what is to be said."""

    asked: list[int]
    answer: list[int]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of equal length [count, tokens]."""

    ids: Tensor
    mask: Tensor
    labels: Tensor


def talks(rows: Sequence[Row], tokenizer: Any, context_tokens: int) -> list[Talk]:  # noqa: ANN401 - any tokenizer
    """Return conversations as the model's own template writes them; too long ones are left out."""
    made = (_talk(row, tokenizer) for row in rows)
    return [one for one in made if len(one.asked) + len(one.answer) <= context_tokens]


def asked_ids(turns: Sequence[Turn], tokenizer: Any) -> list[int]:  # noqa: ANN401 - any tokenizer
    """Return the tokens before an answer."""
    said = [{"role": one.role, "content": plain(one.content, tokenizer)} for one in turns]
    text = tokenizer.apply_chat_template(
        said, tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    return list(tokenizer(str(text), add_special_tokens=False)["input_ids"])


def plain(text: str, tokenizer: Any) -> str:  # noqa: ANN401 - any tokenizer
    """Break up control tokens, so that no row forges a turn, as the engine does with requests."""
    for token in tokenizer.all_special_tokens:
        text = text.replace(token, f"{token[:1]}\N{ZERO WIDTH SPACE}{token[1:]}")
    return text


def batch(chosen: Sequence[Talk], pad: int) -> Batch:
    """Bring conversations to one length, on the right."""
    longest = max(len(one.asked) + len(one.answer) for one in chosen)
    ids = torch.full((len(chosen), longest), pad)
    labels = torch.full_like(ids, IGNORED)
    mask = torch.zeros_like(ids)
    for row, one in enumerate(chosen):
        whole, begin = one.asked + one.answer, len(one.asked)
        ids[row, : len(whole)] = torch.tensor(whole)
        mask[row, : len(whole)] = 1
        labels[row, begin : len(whole)] = torch.tensor(one.answer)
    return Batch(ids, mask, labels)


def _talk(row: Row, tokenizer: Any) -> Talk:  # noqa: ANN401 - any tokenizer
    *before, last = row.turns
    answer = tokenizer(plain(last.content, tokenizer), add_special_tokens=False)["input_ids"]
    return Talk(asked_ids(before, tokenizer), [*answer, tokenizer.eos_token_id])
