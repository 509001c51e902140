"""A decoder on a CPU, with keys and values in slabs of rows of similar length.

A slab is memory for several rows of one capacity, a power of two, so that one call attends to all
of them. Memory that no token was written to costs nothing, because the system has not given it yet;
an empty slab is let go. Steps mix the prompts that begin with the answers that go on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention as attention

from generators.engine.cache import Budget, Segment
from generators.engine.decoder import Decoder, Heads

SMALLEST_ROW = 64
PREFILL_TOKENS = 256


@dataclass(eq=False, slots=True)
class Slab:
    """Keys and values (layers, 2, rows, groups, capacity, size) and the rows that are free."""

    memory: Tensor
    free: list[int]

    @property
    def rows(self) -> int:
        """Rows in all."""
        return self.memory.shape[2]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seat:
    """A row of a slab, for so many tokens."""

    slab: Slab
    row: int
    tokens: int


@dataclass(slots=True)
class _Batch:
    """Rows of one slab that have one token each: they attend in one call."""

    slab: Slab
    queries: slice
    rows: Tensor
    positions: Tensor
    mask: Tensor
    depth: int
    dense: bool


@dataclass(slots=True)
class _Alone:
    """A piece of one prompt, which attends by itself."""

    seat: Seat
    queries: slice
    start: int
    end: int
    mask: Tensor | None


class SlabStepper:
    """Steps of a decoder on a CPU."""

    prefill_tokens = PREFILL_TOKENS

    def __init__(self, decoder: Decoder, *, room_tokens: int, rows: int) -> None:
        """Take the decoder, tokens of room, and how many requests run at once."""
        self.decoder = decoder
        self.adapters = decoder.adapters
        self.vocabulary = decoder.vocabulary
        self.room_tokens = room_tokens
        self._budget = Budget(room_tokens)
        self._most_rows = rows
        self._slabs: dict[int, list[Slab]] = {}

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.decoder.device

    def open(self, tokens: int) -> Seat | None:
        """Reserve a row; None when there is no room just now."""
        if not self._budget.take(tokens):
            return None
        capacity = max(SMALLEST_ROW, 1 << (tokens - 1).bit_length())
        slabs = self._slabs.setdefault(capacity, [])
        slab = next((slab for slab in slabs if slab.free), None)
        if slab is None:
            slabs.append(slab := self._slab(capacity))
        return Seat(slab=slab, row=slab.free.pop(), tokens=tokens)

    def close(self, seat: object) -> None:
        """Give the row back; a slab without rows is let go."""
        assert isinstance(seat, Seat)  # noqa: S101 - narrows what this class has made
        self._budget.give(seat.tokens)
        seat.slab.free.append(seat.row)
        seat.slab.free.sort(reverse=True)  # the lowest row first: a dense slab is read without gaps
        if len(seat.slab.free) == seat.slab.rows:
            for slabs in self._slabs.values():
                slabs[:] = [slab for slab in slabs if slab is not seat.slab]

    @torch.inference_mode()
    def step(self, segments: Sequence[Segment]) -> Tensor:
        """Compute the tokens of all segments in one pass."""
        plan = _Plan(segments)
        self.decoder.choose(plan.adapters)
        hidden = self.decoder(plan.tokens, plan.positions, plan.attend)
        return self.decoder.scores(hidden[plan.last])

    def _slab(self, capacity: int) -> Slab:
        decoder, rows = self.decoder, max(1, min(self._most_rows, self.room_tokens // capacity))
        shape = (decoder.layer_count, 2, rows, decoder.groups, capacity, decoder.head_size)
        return Slab(memory=_zeros(shape, decoder.dtype), free=[*reversed(range(rows))])


def _zeros(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """Return zeros that take no memory until they are written to, as numpy gets them.

    What was in memory before could be a NaN, which no mask takes away; torch would write each zero.
    """
    size_bytes = math.prod(shape) * dtype.itemsize
    return torch.from_numpy(np.zeros(size_bytes, dtype=np.uint8)).view(dtype).view(*shape)


class _Plan:
    """One step: which tokens, and who attends to what."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        order = sorted(range(len(segments)), key=lambda index: _kind(segments[index]))
        tokens: list[int] = []
        places: list[int] = []
        ends = [0] * len(segments)
        self.adapters: list[int] = []
        batches: dict[int, list[tuple[int, Segment]]] = {}
        self._alone: list[_Alone] = []
        for index in order:
            one, at = segments[index], len(tokens)
            tokens += one.tokens
            self.adapters += [one.adapter] * len(one.tokens)
            places += range(one.start, one.end)
            ends[index] = len(tokens) - 1
            if len(one.tokens) == 1:
                batches.setdefault(id(_seat(one).slab), []).append((at, one))
            else:
                self._alone.append(_alone(one, at))
        self.tokens, self.positions = torch.tensor(tokens), torch.tensor(places)
        self.last = torch.tensor(ends)
        self._batches = [_batch(found) for found in batches.values()]

    def attend(self, layer: int, heads: Heads) -> Tensor:
        """Put keys and values into their rows; attend to all that is in them."""
        queries, keys, values = heads.parts()
        seen = torch.empty_like(queries)
        for one in self._alone:
            memory = one.seat.slab.memory[layer, :, one.seat.row]
            memory[0, :, one.start : one.end] = keys[one.queries].transpose(0, 1)
            memory[1, :, one.start : one.end] = values[one.queries].transpose(0, 1)
            seen[one.queries] = attend_alone(
                queries[one.queries], memory[:, :, : one.end], one.mask
            )
        for batch in self._batches:
            memory = batch.slab.memory[layer]
            memory[0][batch.rows, :, batch.positions] = keys[batch.queries]
            memory[1][batch.rows, :, batch.positions] = values[batch.queries]
            seen[batch.queries] = _together(queries[batch.queries], memory, batch)
        return seen.flatten(1)


def _kind(segment: Segment) -> tuple[bool, int, int]:
    """Single tokens first, slab by slab and row by row, so that each batch is one slice."""
    seat = _seat(segment)
    return len(segment.tokens) > 1, id(seat.slab), seat.row


def _seat(segment: Segment) -> Seat:
    assert isinstance(segment.seat, Seat)  # noqa: S101 - narrows what this module has made
    return segment.seat


def _alone(segment: Segment, at: int) -> _Alone:
    count, mask = len(segment.tokens), None
    if segment.start:
        mask = torch.ones(count, segment.end, dtype=torch.bool).tril(segment.start)
    return _Alone(_seat(segment), slice(at, at + count), segment.start, segment.end, mask)


def _batch(found: Sequence[tuple[int, Segment]]) -> _Batch:
    seats, first = [_seat(one) for _, one in found], found[0][0]
    rows, positions = [seat.row for seat in seats], [one.start for _, one in found]
    depth, high = max(positions) + 1, max(rows) + 1
    visible = torch.zeros(high, 1, 1, depth, dtype=seats[0].slab.memory.dtype)
    limits = torch.zeros(high, dtype=torch.long)
    limits[rows] = torch.tensor(positions)
    visible.masked_fill_(torch.arange(depth) > limits.view(-1, 1, 1, 1), -math.inf)
    return _Batch(
        slab=seats[0].slab,
        queries=slice(first, first + len(found)),
        rows=torch.tensor(rows),
        positions=torch.tensor(positions),
        mask=visible,
        depth=depth,
        dense=high == len(rows),
    )


def attend_alone(queries: Tensor, memory: Tensor, mask: Tensor | None) -> Tensor:
    """Let queries (tokens, heads, size) see keys and values (2, groups, tokens, size)."""
    groups, size = memory.shape[1], queries.shape[2]
    shaped = queries.view(len(queries), groups, -1, size).permute(1, 2, 0, 3)
    keys, values = memory.unsqueeze(2).expand(-1, -1, shaped.shape[1], -1, -1)
    seen = attention(shaped, keys, values, attn_mask=mask, is_causal=mask is None)
    return seen.permute(2, 0, 1, 3).reshape(queries.shape)


def _together(queries: Tensor, memory: Tensor, batch: _Batch) -> Tensor:
    """Let one query a row (rows, heads, size) see a slab (2, rows, groups, tokens, size)."""
    high, groups = len(batch.mask), memory.shape[2]
    shaped = queries
    if not batch.dense:
        shaped = queries.new_zeros(high, *queries.shape[1:])
        shaped[batch.rows] = queries
    # The heads that share keys are rows of one query, so that no key is copied.
    shaped = shaped.reshape(high, groups, -1, queries.shape[2])
    keys, values = memory[:, :high, :, : batch.depth]
    mask = batch.mask.expand(-1, groups, shaped.shape[2], -1)
    seen = attention(shaped, keys, values, attn_mask=mask).reshape(high, *queries.shape[1:])
    return seen if batch.dense else seen[batch.rows]
