"""The parts of the engine's bench that need no peer and no minutes."""

import json
import math
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the engine extra is not installed")

from bench import engine_mishaps, llamacpp, roofline
from bench.engine_mishaps import NEIGHBOURS, figures
from bench.load import Server
from bench.models import SHAPES
from tests.fake_engine import FakeEngine, running

pytestmark = pytest.mark.torch


def of(engine: FakeEngine) -> Server:
    return Server(url=engine.url.removesuffix("/v1"), model="tiny-chat", pid=0)


async def test_neighbours_of_whatever_goes_wrong_are_counted() -> None:
    async with running() as engine:
        found = await figures(of(engine), ["an oversized request", "4 cancelled requests"])
    assert [each.ours for each in found] == [NEIGHBOURS] * 2
    assert all(each.met for each in found)


async def test_a_neighbour_that_gets_another_answer_is_harmed() -> None:
    async with running() as engine:

        async def spoil(*_given: object) -> None:
            engine.answer = ("Spoiled.",)

        engine.fault = ""
        calm = await engine_mishaps.play(of(engine), engine_mishaps._crowd())
        await spoil()
        assert await engine_mishaps._beside(of(engine), spoil, calm.told) == 0


def test_a_limit_is_the_slower_of_reading_and_computing() -> None:
    shape = SHAPES["10m"]
    weights, each = roofline.sizes(shape)
    reading = roofline.Limit(bytes_s=1e9, flops_s=math.inf)
    computing = roofline.Limit(bytes_s=math.inf, flops_s=1e9)
    assert reading.tokens_s(shape, 1, 0) == pytest.approx(1e9 / (4 * weights))
    assert reading.tokens_s(shape, 2, 0) == pytest.approx(2e9 / (4 * weights))
    assert reading.tokens_s(shape, 1, 100) == pytest.approx(1e9 / (4 * (weights + 100 * each)))
    assert computing.tokens_s(shape, 8, 100) == pytest.approx(1e9 / (2 * weights))


def test_the_probe_finds_a_processor() -> None:
    limit = roofline.probed()
    assert limit.bytes_s > 0
    assert limit.flops_s > 0


def test_a_model_becomes_a_file_of_llama_cpp_with_all_its_tensors(tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf", reason="the extra peers is not installed")
    from bench.models import saved  # noqa: PLC0415 - beside what is skipped

    folder = saved(SHAPES["10m"], tmp_path / "10m")
    file = llamacpp.written(folder)
    read = gguf.GGUFReader(file)
    layers = json.loads((folder / "config.json").read_text("utf-8"))["num_hidden_layers"]
    assert len(read.tensors) == 11 * layers + 2
    assert {tensor.tensor_type.name for tensor in read.tensors} == {"F32", "Q8_0"}
