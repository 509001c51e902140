"""What a model takes of a device's memory, as its files say. No torch."""

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path

_HEAD = struct.Struct("<Q")


def declared_bytes(folder: Path, *, value_bytes: int) -> int:
    """Return the bytes of all weights in a folder, with so many bytes for each value.

    The headers of safetensors files name the shape of each tensor.
    https://github.com/huggingface/safetensors#format
    """
    files = {path.resolve() for pattern in ("*", "*/*") for path in folder.glob(pattern)}
    weights = sorted(path for path in files if path.suffix == ".safetensors")
    return value_bytes * sum(values for path in weights for values in _values(path))


def _values(path: Path) -> Iterator[int]:
    with path.open("rb") as file:
        (length,) = _HEAD.unpack(file.read(_HEAD.size))
        header: dict[str, dict[str, list[int]]] = json.loads(file.read(length))
    for name, tensor in header.items():
        if name != "__metadata__":
            yield math.prod(tensor["shape"])
