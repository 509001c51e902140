import hashlib
from pathlib import Path

import numpy as np
import pytest

from moderation.heads.weights import WeightsError, read, write

ARRAYS = {
    "b": np.arange(6, dtype=np.int8).reshape(2, 3),
    "a": np.asarray([0.5, -1.0], dtype=np.float16),
    "c": np.asarray([[1.5]], dtype=np.float32),
    "d": np.frombuffer(b"text", dtype=np.uint8),
}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    sha256 = write(tmp_path / "w", ARRAYS, {"version": "1"})
    found = read(tmp_path / "w", sha256)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert found[name].tolist() == array.tolist()


def test_the_same_arrays_are_the_same_bytes(tmp_path: Path) -> None:
    one = write(tmp_path / "one", ARRAYS, {"version": "1"})
    two = write(tmp_path / "two", dict(reversed(ARRAYS.items())), {"version": "1"})
    assert one == two


def test_a_file_of_the_right_hash_may_still_be_none(tmp_path: Path) -> None:
    file = tmp_path / "w"
    file.write_bytes(b"\x08\0\0\0\0\0\0\0not json")
    with pytest.raises(WeightsError, match="no safetensors file"):
        read(file, hashlib.sha256(file.read_bytes()).hexdigest())


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        read(tmp_path / "none", "0" * 64)


def test_one_bit_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "w"
    sha256 = write(file, ARRAYS, {})
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    with pytest.raises(WeightsError, match="not the file"):
        read(file, sha256)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_must_be_numbers(tmp_path: Path, value: float) -> None:
    sha256 = write(tmp_path / "w", {"a": np.asarray([value], dtype=np.float32)}, {})
    with pytest.raises(WeightsError, match="no numbers"):
        read(tmp_path / "w", sha256)
