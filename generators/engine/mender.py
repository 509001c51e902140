"""The small network that takes damage out of pictures: noise, blur, holes. About 0.27 M weights.

A U-Net of residual blocks on pixels folded two by two (Shi et al., 2016; as FFDNet does, Zhang et
al., 2018), which says what to add to the damaged picture. It is told what to look for, because a
blurred picture and a noisy one want opposite things.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from typing_extensions import override

WIDTHS: Final = (24, 40, 56)
BLOCK_PX: Final = 8
"""Both sides of what the network is given are multiples of this."""
WEIGHTS: Final = "model.safetensors"
CONFIG: Final = "config.json"
KIND: Final = "atelier-mender"


class Block(nn.Module):
    """Two convolutions beside a way past them."""

    def __init__(self, width: int) -> None:
        """Take the channels."""
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    @override
    def forward(self, seen: Tensor) -> Tensor:
        """Return the same shape."""
        added: Tensor = self.second(self.first(seen).relu())
        return seen + added


class Mender(nn.Module):
    """Pictures in, pictures out; three levels, each half as wide as the one above it."""

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        """Take the channels of each level, the finest first."""
        super().__init__()
        fine, middle, coarse = widths
        self.widths = (fine, middle, coarse)
        self.head = nn.Conv2d(4 * 4 + 2, fine, 3, padding=1)
        self.fine_in = nn.Sequential(Block(fine), Block(fine))
        self.down = nn.Conv2d(fine, middle, 2, stride=2)
        self.middle_in = Block(middle)
        self.further_down = nn.Conv2d(middle, coarse, 2, stride=2)
        self.coarse = Block(coarse)
        self.up = nn.Sequential(nn.Conv2d(coarse, middle * 4, 1), nn.PixelShuffle(2))
        self.middle_out = Block(middle)
        self.further_up = nn.Sequential(nn.Conv2d(middle, fine * 4, 1), nn.PixelShuffle(2))
        self.fine_out = nn.Sequential(Block(fine), Block(fine))
        self.tail = nn.Conv2d(fine, 3 * 4, 3, padding=1)

    @override
    def forward(self, damaged: Tensor, holes: Tensor, asked: Tensor) -> Tensor:
        """Return [n, 3, rows, columns] like `damaged`, which is in 0..1, sides multiples of 8.

        `holes` [n, 1, rows, columns] is 1 where the picture is missing and something smooth stands
        for it; `asked` [n, 2] is 1 where noise, and where blur, is to be taken out.
        """
        folded = nn.functional.pixel_unshuffle(torch.cat([damaged - 0.5, holes], dim=1), 2)
        told = asked[:, :, None, None].expand(-1, -1, *folded.shape[2:])
        fine = self.fine_in(self.head(torch.cat([folded, told], dim=1)))
        middle = self.middle_in(self.down(fine))
        coarse = self.coarse(self.further_down(middle))
        middle = self.middle_out(middle + self.up(coarse))
        fine = self.fine_out(fine + self.further_up(middle))
        added: Tensor = nn.functional.pixel_shuffle(self.tail(fine), 2)
        return damaged + added


def built(seed: int) -> Mender:
    """Return a network that has learned nothing: it returns what it is given."""
    torch.manual_seed(seed)
    model = Mender()
    nn.init.zeros_(model.tail.weight)
    assert model.tail.bias is not None  # noqa: S101 - for the type checker
    nn.init.zeros_(model.tail.bias)
    return model


def laid_out(model: Mender) -> Mender:
    """Return the network with its weights as convolutions on a CPU like them best."""
    stock: Any = model  # typed without the argument
    made: Mender = stock.to(memory_format=torch.channels_last)
    return made


def write(model: Mender, folder: Path) -> None:
    """Write weights in half precision, and what the network is."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(halves, folder / WEIGHTS)
    told = {"model_type": KIND, "widths": list(model.widths)}
    folder.joinpath(CONFIG).write_text(json.dumps(told) + "\n", encoding="utf-8")


def read(folder: Path) -> Mender:
    """Return the network of a folder that `write` wrote, in single precision, ready to use."""
    told = json.loads(folder.joinpath(CONFIG).read_text(encoding="utf-8"))
    model = Mender(told["widths"])
    model.load_state_dict({k: v.float() for k, v in load_file(folder / WEIGHTS).items()})
    return model.eval()
