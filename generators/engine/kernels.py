"""What torch would do in several kernels on a CUDA device, in one each: written in Triton.

Each replaces one function of `decoder` or `pages` and is compared with it before it is used.
https://triton-lang.org
"""
# ruff: noqa: N803, PLR0913, PLR0917, ANN001, ANN202 - how Triton wants a kernel: capitals are constants
# pyrefly: ignore-errors

import torch
import triton
import triton.language as tl
from torch import Tensor

from generators.engine.decoder import Decoder, Heads, Norm, Plain
from generators.engine.pages import PAGE_TOKENS, Paged, Rows, gathered

TOKENS_A_BLOCK = 64
PROGRAMS = 256
"""Programs of an attention that keep the device busy; a long request is split among them."""
TOLERANCE = 3e-2
_TILE = 16  # the fewest rows that the tensor cores multiply
_WIDTH = 1024


@triton.jit
def _added_norm(
    hidden, delta, weight, total, normed, width, eps, ADDS: tl.constexpr, BLOCK: tl.constexpr
):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    inside = at < width
    value = tl.load(hidden + row * width + at, mask=inside, other=0.0)
    if ADDS:
        more = tl.load(delta + row * width + at, mask=inside, other=0.0)
        value = (value.to(tl.float32) + more.to(tl.float32)).to(value.dtype)
        tl.store(total + row * width + at, value, mask=inside)
    wide = value.to(tl.float32)
    scale = 1.0 / tl.sqrt(tl.sum(wide * wide, axis=0) / width + eps)
    factor = tl.load(weight + at, mask=inside, other=0.0)
    tl.store(normed + row * width + at, (wide * scale).to(value.dtype) * factor, mask=inside)


@triton.jit
def _gate(wide, narrow, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < width
    gate = tl.load(wide + row * 2 * width + at, mask=inside, other=0.0)
    up = tl.load(wide + row * 2 * width + width + at, mask=inside, other=0.0)
    opened = gate.to(tl.float32)
    opened = opened / (1.0 + tl.exp(-opened))
    tl.store(narrow + row * width + at, opened.to(gate.dtype) * up, mask=inside)


@triton.jit
def _turn(
    mixed, norms, cosines, sines, positions, table, table_width, queries, pool, pool_side, eps,
    HEADS: tl.constexpr, GROUPS: tl.constexpr, SIZE: tl.constexpr, PAGE: tl.constexpr,
    NORMED: tl.constexpr,
):  # fmt: skip
    row, head = tl.program_id(0), tl.program_id(1)
    at = tl.arange(0, SIZE)
    rolled = (at + SIZE // 2) % SIZE
    begin = mixed + (row * (HEADS + 2 * GROUPS) + head) * SIZE
    value = tl.load(begin + at)
    place = tl.load(positions + row)
    page = tl.load(table + row * table_width + place // PAGE)
    slot = page * PAGE + place % PAGE
    if head >= HEADS + GROUPS:
        group = head - HEADS - GROUPS
        tl.store(pool + pool_side + (slot * GROUPS + group) * SIZE + at, value)
    else:
        near, far = value.to(tl.float32), tl.load(begin + rolled).to(tl.float32)
        if NORMED:
            scale = 1.0 / tl.sqrt(tl.sum(near * near, axis=0) / SIZE + eps)
            near *= scale * tl.load(norms + head * SIZE + at).to(tl.float32)
            far *= scale * tl.load(norms + head * SIZE + rolled).to(tl.float32)
        near *= tl.load(cosines + place * SIZE + at).to(tl.float32)
        far *= tl.load(sines + place * SIZE + at).to(tl.float32)
        turned = (near + far).to(value.dtype)
        if head < HEADS:
            tl.store(queries + (row * HEADS + head) * SIZE + at, turned)
        else:
            tl.store(pool + (slot * GROUPS + head - HEADS) * SIZE + at, turned)


@triton.jit
def _attend(
    queries, pool, pool_side, table, table_width, positions, seen, tops, sums, scale,
    HEADS: tl.constexpr, GROUPS: tl.constexpr, SIZE: tl.constexpr, PAGE: tl.constexpr,
    BLOCK: tl.constexpr, SPLITS: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    row, group, split = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    share: tl.constexpr = HEADS // GROUPS
    length = tl.load(positions + row).to(tl.int32) + 1
    each = tl.cdiv(tl.cdiv(length, SPLITS), BLOCK) * BLOCK
    begin = split * each
    end = tl.minimum(begin + each, length)
    head, at = tl.arange(0, TILE), tl.arange(0, SIZE)
    mine = head < share
    first = row * HEADS + group * share
    query = tl.load(
        queries + (first + head[:, None]) * SIZE + at[None, :], mask=mine[:, None], other=0.0
    )
    top = tl.full([TILE], -1.0e30, tl.float32)
    total = tl.zeros([TILE], tl.float32)
    kept = tl.zeros([TILE, SIZE], tl.float32)
    for start in range(begin, end, BLOCK):
        token = start + tl.arange(0, BLOCK)
        inside = token < end
        page = tl.load(table + row * table_width + token // PAGE, mask=inside, other=0)
        slot = (page * PAGE + token % PAGE) * GROUPS + group
        where = slot[:, None] * SIZE + at[None, :]
        keys = tl.load(pool + where, mask=inside[:, None], other=0.0)
        scores = tl.dot(query, tl.trans(keys)) * scale
        scores = tl.where(inside[None, :], scores, -1.0e30)
        higher = tl.maximum(top, tl.max(scores, axis=1))
        shrunk = tl.exp(top - higher)
        weights = tl.where(inside[None, :], tl.exp(scores - higher[:, None]), 0.0)
        values = tl.load(pool + pool_side + where, mask=inside[:, None], other=0.0)
        total = total * shrunk + tl.sum(weights, axis=1)
        kept = kept * shrunk[:, None] + tl.dot(weights.to(values.dtype), values)
        top = higher
    out = (first + head) * SPLITS + split
    tl.store(tops + out, top, mask=mine)
    tl.store(sums + out, total, mask=mine)
    tl.store(seen + out[:, None] * SIZE + at[None, :], kept, mask=mine[:, None])


@triton.jit
def _merge(seen, tops, sums, merged, SIZE: tl.constexpr, SPLITS: tl.constexpr):
    head = tl.program_id(0)
    at, split = tl.arange(0, SIZE), tl.arange(0, SPLITS)
    top = tl.load(tops + head * SPLITS + split)
    weight = tl.exp(top - tl.max(top, axis=0))
    total = tl.sum(weight * tl.load(sums + head * SPLITS + split), axis=0)
    parts = tl.load(seen + (head * SPLITS + split[:, None]) * SIZE + at[None, :])
    value = tl.sum(parts * weight[:, None], axis=0) / total
    tl.store(merged + head * SIZE + at, value.to(merged.dtype.element_ty))


class Fused:
    """The operations between the products, one kernel each."""

    def added(self, hidden: Tensor, delta: Tensor | None, norm: Norm) -> tuple[Tensor, Tensor]:
        """Return the sum of both (tokens, width), and its norm."""
        count, width = hidden.shape
        total = hidden if delta is None else torch.empty_like(hidden)
        normed = torch.empty_like(hidden)
        _added_norm[(count,)](
            hidden,
            hidden if delta is None else delta,
            norm.weight,
            total,
            normed,
            width,
            norm.eps,
            ADDS=delta is not None,
            BLOCK=triton.next_power_of_2(width),
            num_warps=8,
        )
        return total, normed

    def gated(self, wide: Tensor) -> Tensor:
        """Return silu of the first half of each row times the second."""
        count, width = len(wide), wide.shape[1] // 2
        narrow = wide.new_empty(count, width)
        _gate[(count, triton.cdiv(width, _WIDTH))](wide, narrow, width, BLOCK=_WIDTH)
        return narrow


def paged(pool: Tensor, heads: Heads, rows: Rows) -> Tensor:
    """Do what `pages.gathered` does, without a copy of the pages."""
    count, size = len(heads.mixed), heads.mixed.shape[2]
    queries = heads.mixed.new_empty(count, heads.heads, size)
    shape = {"HEADS": heads.heads, "GROUPS": heads.groups, "SIZE": size, "PAGE": PAGE_TOKENS}
    table = rows.table, rows.table.stride(0)
    norms = heads.turns[0] if heads.norms is None else heads.norms
    _turn[(count, heads.heads + 2 * heads.groups)](
        heads.mixed, norms, *heads.turns, rows.positions, *table, queries, pool, pool.stride(0),
        heads.eps, NORMED=heads.norms is not None, num_warps=1, **shape,
    )  # fmt: skip
    splits = triton.next_power_of_2(max(1, PROGRAMS // (count * heads.groups)))
    seen = queries.new_empty(count, heads.heads, splits, size, dtype=torch.float32)
    tops, sums = torch.empty_like(seen[..., 0]), torch.empty_like(seen[..., 0])
    _attend[(count, heads.groups, splits)](
        queries, pool, pool.stride(0), *table, rows.positions, seen, tops, sums, size**-0.5,
        BLOCK=TOKENS_A_BLOCK, SPLITS=splits, TILE=_TILE, num_warps=4, **shape,
    )  # fmt: skip
    merged = torch.empty_like(queries)
    _merge[(count * heads.heads,)](seen, tops, sums, merged, SIZE=size, SPLITS=splits, num_warps=4)
    return merged.view(count, -1)


def install(decoder: Decoder) -> Paged:
    """Make the decoder use these kernels; return the attention. Raises what Triton raises."""
    size, share = decoder.head_size, decoder.heads // decoder.groups
    if size & (size - 1) or size < _TILE or share > _TILE:
        raise NotImplementedError("These kernels do not fit the heads of this model.")
    heads, rows, pool = _example(decoder)
    copy = pool.clone()
    _compare(gathered(pool, heads, rows), paged(copy, heads, rows))
    _compare(pool[:, PAGE_TOKENS:], copy[:, PAGE_TOKENS:])
    wide = heads.mixed.flatten(1)
    norm = Norm(wide[0].contiguous(), heads.eps)
    for mine, plain in zip(
        Fused().added(wide, wide, norm), Plain().added(wide, wide, norm), strict=True
    ):
        _compare(plain, mine)
    _compare(Plain().gated(wide), Fused().gated(wide))
    decoder.kernels = Fused()
    return paged


def _example(decoder: Decoder) -> tuple[Heads, Rows, Tensor]:
    """Return three requests of different lengths, with numbers drawn at random."""
    device, dtype, pages = decoder.device, decoder.dtype, 60
    draw = torch.Generator(device).manual_seed(0)
    shape = (3, decoder.heads + 2 * decoder.groups, decoder.head_size)
    tokens = (2, (pages + 1) * PAGE_TOKENS, decoder.groups, decoder.head_size)
    positions = torch.tensor([0, 37, 19 * PAGE_TOKENS + 3], device=device)
    positions %= decoder.context_tokens
    order = torch.randperm(pages, generator=draw, device=device) + 1
    fed = torch.stack([torch.zeros_like(positions), positions])
    mixed = torch.randn(shape, generator=draw, device=device).to(dtype)
    heads = decoder.example(mixed, positions)
    rows = Rows(fed=fed, table=order.view(3, -1))
    return heads, rows, torch.randn(tokens, generator=draw, device=device).to(dtype)


def _compare(expected: Tensor, found: Tensor) -> None:
    gap = (expected.float() - found.float()).abs().max()
    if not gap <= TOLERANCE * max(1.0, float(expected.float().abs().max())):
        raise RuntimeError("A kernel does not compute what torch computes.")
