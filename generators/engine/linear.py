"""Matrices of a decoder, packed once for the processor where that is faster and as exact.

Packing is oneDNN's own layout on a CPU, reached by private operators of torch: what
fails, computes something else or is slower is left alone, silently.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from typing_extensions import override

PROBE_ROWS = (1, 16)
PROBE_ROUNDS = 5
TOLERANCES = {torch.float32: 1e-4, torch.bfloat16: 2e-2}
"""Largest difference to the plain product, as a share of its largest value; by what is packed."""
_HINT_ROWS = 16
Apply = Callable[[Tensor], Tensor]


class Linear(nn.Module):
    """A product with a matrix (outputs, inputs), packed or plain."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None, *, pack: bool = False) -> None:
        """Take the matrix; with `pack` only its packed copy is kept."""
        super().__init__()
        self.bias = bias
        self._weight = packed(weight) if pack else weight
        self._packed = pack

    @override
    def forward(self, rows: Tensor) -> Tensor:
        """Return (rows, outputs)."""
        if self._packed:
            return torch.ops.mkldnn._linear_pointwise(  # noqa: SLF001 - a private operator
                rows, self._weight, self.bias, "none", [], ""
            )
        return nn.functional.linear(rows, self._weight, self.bias)


def joined(*parts: nn.Linear, pack: bool) -> Linear:
    """Return several matrices with the same input as one."""
    weights = [part.weight.detach() for part in parts]
    weight = torch.cat(weights) if len(weights) > 1 else weights[0]  # one may be shared, and stays
    biases = [part.bias.detach() for part in parts if part.bias is not None]
    return Linear(weight, torch.cat(biases) if biases else None, pack=pack)


def packed(weight: Tensor) -> Tensor:
    """Return the matrix in oneDNN's layout."""
    return torch.ops.mkldnn._reorder_linear_weight(weight.detach(), _HINT_ROWS)  # noqa: SLF001 - as above


@torch.inference_mode(mode=False)
@torch.no_grad()
def packing_pays(weight: Tensor) -> bool:
    """Whether a packed copy of this matrix is exact and faster, tried on this machine."""
    if weight.device.type != "cpu" or weight.dtype not in TOLERANCES:
        return False
    try:
        tight = Linear(weight, pack=True)
        return _agrees(tight, weight) and _faster(tight, Linear(weight))
    except (RuntimeError, AttributeError, NotImplementedError):  # another torch or processor
        return False


def _agrees(tight: Apply, weight: Tensor) -> bool:
    draw = torch.Generator().manual_seed(0)
    rows = torch.randn(max(PROBE_ROWS), weight.shape[1], generator=draw).to(weight.dtype)
    expected = nn.functional.linear(rows, weight)
    limit = TOLERANCES[weight.dtype] * expected.abs().max()
    return bool((tight(rows) - expected).abs().max() <= limit)


def _faster(tight: Apply, plain: Linear) -> bool:
    return _cost(tight, plain) < _cost(plain, plain)


def _cost(apply: Apply, like: Linear) -> float:
    """Seconds for a batch of one and one of many, each at its best."""
    weight = like._weight  # noqa: SLF001 - of the same module
    batches = [weight.new_ones(count, weight.shape[1]) for count in PROBE_ROWS]
    return sum(min(_seconds(apply, rows) for _ in range(PROBE_ROUNDS)) for rows in batches)


def _seconds(apply: Apply, rows: Tensor) -> float:
    begin = time.perf_counter()
    apply(rows)
    return time.perf_counter() - begin
