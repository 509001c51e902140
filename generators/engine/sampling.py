"""Scores to the next tokens, a whole batch at once, each row by its own rules and its own noise.

A random token is the largest of log p + Gumbel noise. The noise is a hash of the row's seed, the
position and the token, so that it depends on no neighbour, no batch size, no device and no
generator that others draw from.
"""

import hashlib
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from generators.engine.prompt import Draw, Sampling

_ODD, _FIRST, _SECOND = (
    word - 2**64 for word in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)  # splitmix64's constants, as signed numbers: https://prng.di.unimi.it/splitmix64.c


@torch.inference_mode()  # in which the scores were made, and alone may be changed
def choose(scores: Tensor, draws: Sequence[Draw]) -> Tensor:
    """Return the next token of each row of (rows, vocabulary) scores, on their device."""
    _penalise(scores, draws)
    _forbid(scores, draws)
    best = scores.argmax(dim=-1)
    lucky = [row for row, draw in enumerate(draws) if not draw.sampling.greedy]
    if not lucky:
        return best
    rows = torch.tensor(lucky, device=scores.device)
    best[rows] = _drawn(scores[rows].float(), [draws[row] for row in lucky])
    return best


def _penalise(scores: Tensor, draws: Sequence[Draw]) -> None:
    """Divide the scores of tokens that were there, as `repetition_penalty` of transformers does."""
    for row, draw in enumerate(draws):
        penalty = draw.sampling.repetition_penalty
        if penalty != 1:
            seen = torch.tensor(sorted(set(draw.known)), device=scores.device)
            there = scores[row, seen]
            scores[row, seen] = torch.where(there < 0, there * penalty, there / penalty)


def _forbid(scores: Tensor, draws: Sequence[Draw]) -> None:
    """Leave only the tokens that an answer of a given shape may go on with."""
    for row, draw in enumerate(draws):
        if draw.shape is not None:
            allowed = torch.from_numpy(draw.shape.allowed(draw.known[draw.begin :]))
            scores[row].masked_fill_(~allowed.to(scores.device), -math.inf)


def _drawn(scores: Tensor, draws: Sequence[Draw]) -> Tensor:
    rules = [draw.sampling for draw in draws]
    heats = torch.tensor([rule.temperature for rule in rules], device=scores.device)
    scores = scores / heats.unsqueeze(1)
    values, tokens = _candidates(scores, rules)
    return tokens.gather(1, (values + _noise(draws, tokens)).argmax(dim=1, keepdim=True)).squeeze(1)


def _candidates(scores: Tensor, rules: Sequence[Sampling]) -> tuple[Tensor, Tensor]:
    """Scores and tokens that top-k and top-p leave, likeliest first; -inf where one is cut."""
    size = scores.shape[1]
    counts = [min(rule.top_k or size, size) for rule in rules]
    if min(counts) == size and min(rule.top_p for rule in rules) >= 1:
        return scores, torch.arange(size, device=scores.device).expand_as(scores)
    values, tokens = scores.topk(max(counts), dim=1)
    ranks = torch.arange(values.shape[1], device=scores.device)
    cut = ranks >= torch.tensor(counts, device=scores.device).unsqueeze(1)
    shares = values.masked_fill(cut, -math.inf).softmax(dim=1)
    before = shares.cumsum(dim=1) - shares
    limits = torch.tensor([rule.top_p for rule in rules], device=scores.device).unsqueeze(1)
    cut |= (before >= limits) & (limits < 1)
    return values.masked_fill(cut, -math.inf), tokens


def _noise(draws: Sequence[Draw], tokens: Tensor) -> Tensor:
    """Gumbel noise for each (row, token), from nothing but the seed, the position and the token."""
    starts = torch.tensor([_start(draw) for draw in draws], device=tokens.device)
    mixed = starts.unsqueeze(1) + tokens * _ODD
    mixed = (mixed ^ _shifted(mixed, 30)) * _FIRST
    mixed = (mixed ^ _shifted(mixed, 27)) * _SECOND
    bits = _shifted(mixed ^ _shifted(mixed, 31), 11)
    uniform = (bits.double() + 0.5) * 2.0**-53
    return -(-uniform.log()).log()


def _shifted(words: Tensor, bits: int) -> Tensor:
    """Shift right without the sign."""
    return (words >> bits) & ((1 << (64 - bits)) - 1)


def _start(draw: Draw) -> int:
    told = f"{draw.seed} {len(draw.known)}".encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "little", signed=True)
