"""Reads a safetensors file into numpy arrays, and only one whose hash is the one expected."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

Array = NDArray[Any]


class WeightsError(Exception):
    """The weights are missing, are not the ones expected, or hold values that are no numbers."""


def read(file: Path, sha256: str) -> Mapping[str, Array]:
    """Return the arrays by name; raises WeightsError."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise WeightsError(f"{file.name} cannot be read: install the package anew") from error
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise WeightsError(
            f"{file.name} is not the file that this version was made with: install the package anew"
        )
    try:
        arrays = load(raw)
    except SafetensorError as error:
        raise WeightsError(f"{file.name} is no safetensors file: {error}") from error
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise WeightsError(f"{file.name} holds values that are no numbers: train the heads anew")
    return arrays


def write(file: Path, arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> str:
    """Write the arrays, the same bytes for the same arrays; returns the SHA-256 of the file."""
    raw = save({name: np.ascontiguousarray(arrays[name]) for name in arrays}, dict(metadata))
    file.write_bytes(raw)
    return hashlib.sha256(raw).hexdigest()
