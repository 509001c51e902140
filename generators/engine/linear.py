"""Matrices of a decoder, packed once for the processor where that is faster and as exact.

Packing is oneDNN's own layout on a CPU, reached by private operators of torch: what
fails, computes something else or is slower is left alone, silently. Who asks for it gets matrices
in eight bits, by FBGEMM: faster still, and not exact.
"""

import time
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn
from typing_extensions import override

PROBE_ROWS = (1, 16)
PROBE_ROUNDS = 5
TOLERANCES = {torch.float32: 1e-4, torch.bfloat16: 2e-2}
"""Largest difference to the plain product, as a share of its largest value; by what is packed."""
SHORT_TOLERANCE = 0.05
"""The same for eight bits."""
_HINT_ROWS = 16
_MOST = 127
_LEAST = 1e-12
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


class Short(nn.Module):
    """A product with a matrix in eight bits, a scale for each output and for each row.

    Rows are brought to the same range, and a row that spans it goes with them: so the one scale
    that FBGEMM finds for all rows is always the same, and no row depends on those beside it.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """Take the matrix (outputs, inputs); only its short copy is kept."""
        super().__init__()
        self.bias = bias
        whole = weight.detach().float()
        scales = (whole.abs().amax(dim=1) / _MOST).clamp(min=_LEAST).double()
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        with warnings.catch_warnings():  # a later torch has none of it, and then nothing is short
            warnings.simplefilter("ignore")
            short = torch.quantize_per_channel(whole, scales, zeros, 0, torch.qint8)
        self._packed = torch.ops.quantized.linear_prepack(short, None)

    @override
    def forward(self, rows: Tensor) -> Tensor:
        """Return (rows, outputs)."""
        scales = rows.abs().amax(dim=1, keepdim=True).clamp(min=_LEAST)
        framed = rows.new_zeros(len(rows) + 1, rows.shape[1])
        framed[:-1] = rows / scales
        framed[-1, 0], framed[-1, 1] = 1, -1
        made = torch.ops.quantized.linear_dynamic(framed, self._packed, True)[:-1] * scales
        return made if self.bias is None else made + self.bias


def joined(*parts: nn.Linear, pack: bool, short: bool = False) -> "Linear | Short":
    """Return several matrices with the same input as one."""
    weights = [part.weight.detach() for part in parts]
    weight = torch.cat(weights) if len(weights) > 1 else weights[0]  # one may be shared, and stays
    biases = [part.bias.detach() for part in parts if part.bias is not None]
    bias = torch.cat(biases) if biases else None
    return Short(weight, bias) if short else Linear(weight, bias, pack=pack)


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


@torch.inference_mode(mode=False)
@torch.no_grad()
def shortening_pays(weight: Tensor) -> bool:
    """Whether a copy of this matrix in eight bits is close and faster, tried on this machine."""
    if weight.device.type != "cpu" or weight.dtype != torch.float32:
        return False
    try:
        short = Short(weight)
        return _agrees(short, weight, SHORT_TOLERANCE) and _faster(short, Linear(weight))
    except (RuntimeError, AttributeError, NotImplementedError):  # another torch or processor
        return False


def _agrees(tight: Apply, weight: Tensor, tolerance: float | None = None) -> bool:
    draw = torch.Generator().manual_seed(0)
    rows = torch.randn(max(PROBE_ROWS), weight.shape[1], generator=draw).to(weight.dtype)
    expected = nn.functional.linear(rows, weight)
    limit = (tolerance or TOLERANCES[weight.dtype]) * expected.abs().max()
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
