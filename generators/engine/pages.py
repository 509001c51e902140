"""A decoder on a CUDA device, with keys and values in pages and its decoding steps as CUDA graphs.

A request gets all its pages when it begins, so that it never has to give one back. The step that
writes one token for each request is recorded once for 1, 2, 4, … requests and replayed: a step of
some hundred small kernels would else wait for Python. Prompts are computed without a graph.

Without our Triton kernels, which have to be asked for, and on a CPU (which the tests use), the same
step runs through torch's own functions, which copy the pages of each request before they attend.
"""

import logging
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention as attention

from generators.engine.cache import Segment
from generators.engine.decoder import Decoder, Heads
from generators.engine.slabs import attend_alone

PAGE_TOKENS = 16
PREFILL_TOKENS = 2048
FEWEST_PAGES = 16
"""Pages of the smallest recorded step, where steps are recorded by depth."""
_SCRATCH = 0
"""The page of rows that no request has; what is written there is never read."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seat:
    """The pages of one request, in order."""

    pages: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One token for each of some requests: what a decoding step reads, at fixed addresses.

    `fed` is (2, rows) of tokens and positions, `table` (rows, pages) of page numbers.
    """

    fed: Tensor
    table: Tensor

    @property
    def tokens(self) -> Tensor:
        """The tokens (rows)."""
        return self.fed[0]

    @property
    def positions(self) -> Tensor:
        """Their positions (rows)."""
        return self.fed[1]

    def slots(self) -> Tensor:
        """Return where in the flat cache each new key and value goes."""
        pages = self.table.gather(1, (self.positions // PAGE_TOKENS).unsqueeze(1)).squeeze(1)
        return pages * PAGE_TOKENS + self.positions % PAGE_TOKENS


Paged = Callable[[Tensor, Heads, Rows], Tensor]
"""Cache of one layer (2, tokens, groups, size), heads and rows to what they saw; writes the
cache."""


class PageStepper:
    """Steps of a decoder over a pool of pages."""

    prefill_tokens = PREFILL_TOKENS

    def __init__(
        self, decoder: Decoder, *, room_tokens: int, rows: int, triton: bool = False
    ) -> None:
        """Take the decoder, tokens of room, how many requests run at once, and whose kernels."""
        self.decoder = decoder
        self.adapters = decoder.adapters
        self.vocabulary = decoder.vocabulary
        pages = max(1, room_tokens // PAGE_TOKENS)
        self.room_tokens = pages * PAGE_TOKENS
        shape = (decoder.layer_count, 2, (pages + 1) * PAGE_TOKENS)
        self._pool = torch.zeros(
            (*shape, decoder.groups, decoder.head_size), dtype=decoder.dtype, device=decoder.device
        )
        self._free = [*range(pages, 0, -1)]
        self._most_rows = rows
        self._deepest = -(-min(decoder.context_tokens, self.room_tokens) // PAGE_TOKENS)
        self._paged, self._by_depth = _fastest(decoder, triton=triton)
        self._steps: dict[tuple[int, int], _Recorded] = {}

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.decoder.device

    def open(self, tokens: int) -> Seat | None:
        """Reserve pages; None when there are not enough just now."""
        count = -(-tokens // PAGE_TOKENS)
        if count > len(self._free):
            return None
        return Seat(pages=[self._free.pop() for _ in range(count)])

    def close(self, seat: object) -> None:
        """Give the pages back."""
        self._free.extend(reversed(_pages(seat)))

    @torch.inference_mode()
    def step(self, segments: Sequence[Segment]) -> Tensor:
        """Compute pieces of prompts in one pass, and single tokens in a recorded step."""
        single = [place for place, one in enumerate(segments) if len(one.tokens) == 1]
        pieces = [place for place, one in enumerate(segments) if len(one.tokens) > 1]
        if not pieces:
            return self._decoded(segments)
        found = [self._prompts([segments[place] for place in pieces])]
        if single:
            found.append(self._decoded([segments[place] for place in single]))
        order = torch.tensor(pieces + single).argsort()
        return torch.cat(found)[order.to(self.device)]

    def warm(self) -> None:
        """Record the steps for every number of requests, so that nobody waits for it later."""
        seat = Seat(pages=[_SCRATCH])
        for count in self._counts():
            self.step([Segment(seat=seat, start=0, tokens=[0])] * count)

    def _counts(self) -> list[int]:
        counts = [1]
        while counts[-1] < self._most_rows:
            counts.append(min(counts[-1] * 2, self._most_rows))
        return counts

    def _decoded(self, segments: Sequence[Segment]) -> Tensor:
        count = next(count for count in self._counts() if count >= len(segments))
        depth = self._deepest
        if self._by_depth:
            needed = max(one.start // PAGE_TOKENS + 1 for one in segments)
            depth = min(self._deepest, max(FEWEST_PAGES, 1 << (needed - 1).bit_length()))
        step = self._steps.get((count, depth))
        if step is None:
            step = self._steps[count, depth] = _Recorded(self.decoder, self._seen, count, depth)
        return step.run(segments)

    def _seen(self, layer: int, heads: Heads, rows: Rows) -> Tensor:
        return self._paged(self._pool[layer], heads, rows)

    def _prompts(self, segments: Sequence[Segment]) -> Tensor:
        pieces = _placed(segments, self.device)
        tokens = [token for one in segments for token in one.tokens]
        places = [place for one in segments for place in range(one.start, one.end)]

        def attend(layer: int, heads: Heads) -> Tensor:
            queries, keys, values = heads.parts()
            seen = torch.empty_like(queries)
            for piece in pieces:
                new = keys[piece.at], values[piece.at]
                seen[piece.at] = piece.seen(queries[piece.at], *new, self._pool[layer])
            return seen.flatten(1)

        fed = torch.tensor([tokens, places], device=self.device)
        self.decoder.choose([one.adapter for one in segments for _ in one.tokens])
        hidden = self.decoder(fed[0], fed[1], attend)
        last = torch.tensor([piece.at.stop - 1 for piece in pieces], device=self.device)
        return self.decoder.scores(hidden[last])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A piece of a prompt: which of the tokens, and the slots of all up to its end."""

    at: slice
    start: int
    slots: Tensor
    mask: Tensor | None

    def seen(self, queries: Tensor, keys: Tensor, values: Tensor, pool: Tensor) -> Tensor:
        """Put keys and values into the pool; attend to all that is there of this request."""
        new = self.slots[self.start :]
        pool[0][new], pool[1][new] = keys, values
        memory = torch.stack([keys, values]) if self.mask is None else pool[:, self.slots]
        return attend_alone(queries, memory.transpose(1, 2), self.mask)


def _placed(segments: Sequence[Segment], device: torch.device) -> list[_Piece]:
    pieces: list[_Piece] = []
    begin = 0
    for one in segments:
        pages = torch.tensor(_pages(one.seat)[: -(-one.end // PAGE_TOKENS)])
        slots = (pages.unsqueeze(1) * PAGE_TOKENS + torch.arange(PAGE_TOKENS)).flatten()
        at = slice(begin, begin := begin + len(one.tokens))
        mask = _mask(one, device)
        slots = slots[: one.end].to(device)
        pieces.append(_Piece(at=at, start=one.start, slots=slots, mask=mask))
    return pieces


class _Recorded:
    """A decoding step for a fixed number of requests: a CUDA graph, or the plain calls."""

    def __init__(
        self,
        decoder: Decoder,
        seen: Callable[[int, Heads, Rows], Tensor],
        count: int,
        depth: int,
    ) -> None:
        device = decoder.device
        self._decoder = decoder
        self._seen = seen
        self._rows = Rows(
            fed=torch.zeros(2, count, dtype=torch.long, device=device),
            table=torch.full((count, depth), _SCRATCH, dtype=torch.long, device=device),
        )
        self._adapters: Tensor | None = None
        if decoder.adapters:
            self._adapters = torch.zeros(count, dtype=torch.long, device=device)
        self._staged = torch.zeros(2, count, dtype=torch.long, pin_memory=device.type == "cuda")
        self._seats: list[object] = []
        self._graph: torch.cuda.CUDAGraph | None = None
        if device.type == "cuda":
            try:
                self._record()
            except RuntimeError as error:
                told = {"error": type(error).__name__}
                logger.warning("steps are not recorded on this device: %(error)s", told)

    def run(self, segments: Sequence[Segment]) -> Tensor:
        """Return the scores (segments, vocabulary); they hold until the next run."""
        self._feed(segments)
        if self._graph is None:
            return self._scores()[: len(segments)]
        self._graph.replay()
        return self._output[: len(segments)]

    def _feed(self, segments: Sequence[Segment]) -> None:
        # The step before has ended, because its tokens were read: what it read may be overwritten.
        fed = [[one.tokens[0] for one in segments], [one.start for one in segments]]
        self._staged[:, : len(segments)] = torch.tensor(fed)
        self._staged[:, len(segments) :] = 0
        self._rows.fed.copy_(self._staged, non_blocking=True)
        seats = [one.seat for one in segments]
        if seats != self._seats:
            self._seats = seats
            if self._adapters is not None:
                chosen = [one.adapter for one in segments]
                chosen += [0] * (len(self._adapters) - len(chosen))
                self._adapters.copy_(torch.tensor(chosen))
            table = torch.full(self._rows.table.shape, _SCRATCH)
            for row, seat in enumerate(seats):
                pages = _pages(seat)[: table.shape[1]]
                table[row, : len(pages)] = torch.tensor(pages)
            self._rows.table.copy_(table)

    def _scores(self) -> Tensor:
        rows = self._rows
        self._decoder.choice.of = self._adapters

        def attend(layer: int, heads: Heads) -> Tensor:
            return self._seen(layer, heads, rows)

        return self._decoder.scores(self._decoder(rows.tokens, rows.positions, attend))

    def _record(self) -> None:
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):  # compiles what there is to compile
            self._scores()
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._output = self._scores()
        self._graph = graph


def gathered(pool: Tensor, heads: Heads, rows: Rows) -> Tensor:
    """Attend by torch's functions, over a copy of each request's pages."""
    queries, keys, values = heads.parts()
    slots = rows.slots()
    pool[0][slots], pool[1][slots] = keys, values
    count, depth = rows.table.shape
    groups, size = pool.shape[2:]
    paged = pool.view(2, -1, PAGE_TOKENS, groups, size)[:, rows.table.flatten()]
    memory = paged.view(2, count, depth * PAGE_TOKENS, groups, size).transpose(2, 3)
    visible = torch.arange(depth * PAGE_TOKENS, device=pool.device) <= rows.positions.unsqueeze(1)
    # The heads that share keys are rows of one query, so that no key is copied once more.
    shaped = queries.reshape(count, groups, -1, size)
    mask = visible.view(count, 1, 1, -1).expand(-1, groups, shaped.shape[2], -1)
    return attention(shaped, memory[0], memory[1], attn_mask=mask).reshape(count, -1)


def _fastest(decoder: Decoder, *, triton: bool) -> tuple[Paged, bool]:
    """Return the attention, and whether its cost is by the depth of the table."""
    if decoder.device.type != "cuda" or not triton:
        return gathered, True
    try:
        # By name, because Triton is there only with CUDA.
        paged: Paged = pkgutil.resolve_name("generators.engine.kernels:install")(decoder)
    except Exception as error:  # noqa: BLE001 - a compiler fails in many ways, and is not needed
        logger.warning("decoding goes without Triton: %(error)s", {"error": type(error).__name__})
        return gathered, True
    return paged, False


def _mask(segment: Segment, device: torch.device) -> Tensor | None:
    """Return what each token of a later piece of a prompt may see; None for a first piece."""
    if not segment.start:
        return None
    shape = len(segment.tokens), segment.end
    return torch.ones(shape, dtype=torch.bool, device=device).tril(segment.start)


def _pages(seat: object) -> Sequence[int]:
    assert isinstance(seat, Seat)  # noqa: S101 - narrows what this module has made
    return seat.pages
