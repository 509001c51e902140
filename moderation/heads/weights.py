"""Reads safetensors with numpy alone, and only a file whose hash is the one that is expected.

The format: https://huggingface.co/docs/safetensors (8 bytes of length, JSON, then raw values).
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_TYPES: Final = {"I8": np.int8, "U8": np.uint8, "F16": np.float16, "F32": np.float32}
_LENGTH_BYTES: Final = 8


class WeightsError(Exception):
    """The weights are missing, are not the ones expected, or hold values that are no numbers."""


def read(file: Path, sha256: str) -> Mapping[str, Array]:
    """Return the arrays by name; raises WeightsError."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise WeightsError(f"{file.name} cannot be read") from error
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise WeightsError(f"{file.name} is not the file that this version was made with")
    end = _LENGTH_BYTES + int.from_bytes(raw[:_LENGTH_BYTES], "little")
    header: dict[str, Any] = json.loads(raw[_LENGTH_BYTES:end])
    arrays = {
        name: _array(raw[end:], about) for name, about in header.items() if name != "__metadata__"
    }
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise WeightsError(f"{file.name} holds values that are no numbers")
    return arrays


def _array(raw: bytes, about: Mapping[str, Any]) -> Array:
    start, stop = about["data_offsets"]
    return np.frombuffer(raw[start:stop], dtype=_TYPES[about["dtype"]]).reshape(about["shape"])


def write(file: Path, arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> str:
    """Write the arrays in the order of their names; returns the SHA-256 of the file."""
    header: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    names = {np.dtype(kind): name for name, kind in _TYPES.items()}
    parts, at = list[bytes](), 0
    for name, array in sorted(arrays.items()):
        part = np.ascontiguousarray(array).tobytes()
        span = [at, at + len(part)]
        header[name] = {
            "dtype": names[array.dtype],
            "shape": list(array.shape),
            "data_offsets": span,
        }
        parts, at = [*parts, part], span[1]
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    raw = b"".join([len(head).to_bytes(_LENGTH_BYTES, "little"), head, *parts])
    file.write_bytes(raw)
    return hashlib.sha256(raw).hexdigest()
