from pathlib import Path

import numpy as np
import pytest

from generators.draft import EngineUnavailable, ModelMissing
from generators.support.library import RowsFile
from generators.support.vectors import Vectors
from tests.generators.support.hashed import Hashed


async def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    file, model = tmp_path / "kb" / "a.npz", Hashed()
    first = await Vectors(RowsFile(file)).of(["red tent", "stove", "red tent"], model)
    again = await Vectors(RowsFile(file)).of(["stove", "red tent", "lamp"], model)
    assert model.embedded == ["red tent", "stove", "lamp"]
    assert np.array_equal(first[0], again[1])
    assert np.array_equal(first[0], first[2])


async def test_another_model_never_meets_the_old_vectors(tmp_path: Path) -> None:
    vectors = Vectors(RowsFile(tmp_path / "a.npz"))
    await vectors.of(["tent"], Hashed(name="one"))
    assert await vectors.missing(["tent"], Hashed(name="one")) == 0
    assert await vectors.missing(["tent", "tent"], Hashed(name="two")) == 1


async def test_vectors_that_nobody_needs_are_dropped_from_the_file(tmp_path: Path) -> None:
    await Vectors(RowsFile(tmp_path / "a.npz")).of(["tent"], Hashed())
    await Vectors(RowsFile(tmp_path / "a.npz")).of(["stove"], Hashed())
    assert await Vectors(RowsFile(tmp_path / "a.npz")).missing(["tent", "stove"], Hashed()) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"\x80\x04pickle"])
async def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.npz"
    file.write_bytes(content)
    assert (await Vectors(RowsFile(file)).of(["tent"], Hashed())).shape == (1, 256)
    assert await Vectors(RowsFile(file)).missing(["tent"], Hashed()) == 0


async def test_what_was_embedded_before_the_engine_went_is_kept(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(100)]
    with pytest.raises(EngineUnavailable):
        await Vectors(RowsFile(tmp_path / "a.npz")).of(texts, Hashed(calls=1))
    assert await Vectors(RowsFile(tmp_path / "a.npz")).missing(texts, Hashed()) == 100 - 64


async def test_no_embedding_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        await Vectors(RowsFile(tmp_path / "a.npz")).of(["tent"], Hashed(name=""))
