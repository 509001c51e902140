"""LoRA adapters beside the weights of a decoder: several at once, each request with its own.

All adapters of a matrix are one narrow matrix down and one up; a mask by token and column lets each
token through its own columns only. So a step mixes requests with any adapters in two small
products, and its shape does not depend on who uses which. LoRA: https://arxiv.org/abs/2106.09685;
folders as peft writes them: https://huggingface.co/docs/peft/developer_guides/checkpoint.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from typing_extensions import override

from generators.engine.hub import Unusable

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_PREFIX = "base_model.model.model.layers."
_UNKNOWN: Mapping[str, object] = {
    "use_dora": False,
    "bias": "none",
    "modules_to_save": None,
    "fan_in_fan_out": False,
    "rank_pattern": {},
    "alpha_pattern": {},
    "lora_bias": False,
    "alora_invocation_tokens": None,
    "megatron_config": None,
}
"""Fields of a configuration whose other values mean something that is not done here."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Adapter:
    """One adapter: its matrices down (rank, inputs) and up (outputs, rank), scaled, by place."""

    name: str
    pairs: Mapping[str, tuple[Tensor, Tensor]]

    def at(self, layer: int, part: str) -> tuple[Tensor, Tensor] | None:
        """Return the two matrices beside a matrix such as self_attn.q_proj; None if it has none."""
        return self.pairs.get(f"{layer}.{part}")


def read(name: str, folder: Path) -> Adapter:
    """Read an adapter as peft writes it. Raises Unusable."""
    if not (folder / CONFIG).is_file() or not (folder / WEIGHTS).is_file():
        raise Unusable(f"The adapter {name} has no {CONFIG} with {WEIGHTS} beside it.")
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    strange = [
        key for key, value in _UNKNOWN.items() if config.get(key, value) not in (value, None)
    ]
    if config.get("peft_type") != "LORA" or strange:
        told = ", ".join(strange) or f"it is {config.get('peft_type')}"
        raise Unusable(f"The adapter {name} is no plain LoRA ({told}), and no other is applied.")
    return Adapter(name=name, pairs=_pairs(name, config, load_file(folder / WEIGHTS)))


def _pairs(
    name: str, config: Mapping[str, Any], weights: Mapping[str, Tensor]
) -> dict[str, tuple[Tensor, Tensor]]:
    rank = int(config["r"])
    scale = config["lora_alpha"] / (math.sqrt(rank) if config.get("use_rslora") else rank)
    pairs: dict[str, tuple[Tensor, Tensor]] = {}
    for key in weights:
        place = key.removeprefix(_PREFIX).removesuffix(".lora_A.weight")
        if key == f"{_PREFIX}{place}.lora_A.weight":
            up = weights[f"{_PREFIX}{place}.lora_B.weight"]
            pairs[place] = weights[key], up * scale
    if len(pairs) * 2 != len(weights):
        raise Unusable(f"The adapter {name} changes more than the layers' matrices.")
    return pairs


class Choice:
    """Which adapter each token of a step uses: a number from 1, or 0 for none; None for nobody."""

    def __init__(self) -> None:
        """Choose none."""
        self.of: Tensor | None = None


class Adapted(nn.Module):
    """A product with a matrix, and with what its adapters add."""

    def __init__(
        self, plain: Callable[[Tensor], Tensor], pair: tuple[Tensor, Tensor], owners: Tensor,
        choice: Choice,
    ) -> None:  # fmt: skip
        """Take the product, both narrow matrices (columns first), and whose each column is."""
        super().__init__()
        self._plain = plain
        self._down, self._up = pair
        self._owners = owners
        self._choice = choice

    @override
    def forward(self, rows: Tensor) -> Tensor:
        """Return (rows, outputs)."""
        made = self._plain(rows)
        if self._choice.of is None:
            return made
        mine = self._choice.of.unsqueeze(1) == self._owners
        return made + ((rows @ self._down.T) * mine) @ self._up.T


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the matrices that are joined to one: its name and its size."""

    name: str
    outputs: int
    inputs: int


def check(adapter: Adapter, layers: Sequence[Mapping[str, Part]]) -> None:
    """Raise Unusable unless every matrix of the adapter has one in the layers that it fits."""
    there = {
        f"{number}.{name}": part
        for number, parts in enumerate(layers)
        for name, part in parts.items()
    }
    for place, (down, up) in adapter.pairs.items():
        part = there.get(place)
        if part is None or (down.shape[1], up.shape[0]) != (part.inputs, part.outputs):
            sizes = f"{place} is {up.shape[0]} by {down.shape[1]}"
            raise Unusable(f"The adapter {adapter.name} is for another model: its {sizes}.")


def adapted(
    plain: Callable[[Tensor], Tensor],
    parts: Sequence[Part],
    given: tuple[Sequence[Adapter], int],
    choice: Choice,
    like: Tensor,
) -> Callable[[Tensor], Tensor]:
    """Return the product with the adapters of a layer beside it, or as it is if none touches it.

    `given` are the adapters, which fit, and the layer's number.
    """
    downs: list[Tensor] = []
    ups: list[Tensor] = []
    owners: list[int] = []
    total, begin = sum(part.outputs for part in parts), 0
    for part in parts:
        for number, adapter in enumerate(given[0], 1):
            if (pair := adapter.at(given[1], part.name)) is not None:
                wide = torch.zeros(total, len(pair[0]))
                wide[begin : begin + part.outputs] = pair[1]
                downs.append(pair[0])
                ups.append(wide)
                owners += [number] * len(pair[0])
        begin += part.outputs
    if not downs:
        return plain
    down, up = (torch.cat(one, dim) for one, dim in ((downs, 0), (ups, 1)))
    pair = down.to(like.device, like.dtype), up.to(like.device, like.dtype)
    return Adapted(plain, pair, torch.tensor(owners, device=like.device), choice)
