"""Pictures on a CUDA device: batches, seeds, too little memory, models that take turns."""

import asyncio
import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the engine extra is not installed")

from generators.engine.options import EngineSettings  # noqa: E402 - after the skip
from tests.generators.engine.conftest import TIMEOUT_S, RunningEngine, serve  # noqa: E402 - after the skip

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.torch,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
LEVELS = 8
"""Of 256, in bfloat16: a batch of another size adds in another order."""


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Stable Diffusion of 17 million parameters, for 64 x 64 pixels."""
    from bench.engine_pictures import picture_model  # noqa: PLC0415 - imports torch

    return picture_model(tmp_path_factory.mktemp("models") / "painter")


@pytest.fixture(scope="module")
def engine(painter: Path) -> Iterator[RunningEngine]:
    settings = EngineSettings(image=str(painter), device="cuda", offline=True)
    with serve(settings) as running:
        yield running


async def drawn(client: openai.AsyncOpenAI, **fields: Any) -> list[bytes]:
    extra = {"steps": 4, "seed": 5, "guidance": 5.0} | fields.pop("extra", {})
    body: dict[str, Any] = {"model": "painter", "prompt": "a red circle 红色的圆", **fields}
    made: Any = await client.images.generate(**body, extra_body=extra)
    return [base64.b64decode(one.b64_json) for one in made.data]


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)), dtype=int)


def rows_of(engine: RunningEngine) -> list[int]:
    """The rows of each step from now on, guidance not counted."""
    rows: list[int] = []

    def see(_unet: Any, given: tuple[Any, ...]) -> None:
        rows.append(len(given[0]) // 2)

    unet: Any = engine.roster.image.ready("painter").easel.pipeline("words").unet
    unet.register_forward_pre_hook(see)
    return rows


async def test_requests_share_a_batch_and_each_is_what_it_is_alone(engine: RunningEngine) -> None:
    seeds = range(8)
    async with engine.async_client() as client:
        alone = [(await drawn(client, extra={"seed": seed}))[0] for seed in seeds]
        rows = rows_of(engine)
        together = await asyncio.gather(*(drawn(client, extra={"seed": seed}) for seed in seeds))
    assert max(rows) > 1
    for one, (other,) in zip(alone, together, strict=True):
        assert np.abs(pixels_of(one) - pixels_of(other)).max() <= LEVELS


async def test_a_seed_gives_the_same_bytes_again_where_that_is_asked_for(
    engine: RunningEngine,
) -> None:
    async with engine.async_client() as client:
        several = await drawn(client, n=4, extra={"exact": True})
        alone = [
            (await drawn(client, extra={"seed": seed, "exact": True}))[0] for seed in range(5, 9)
        ]
    assert several == alone


async def test_a_batch_that_does_not_fit_is_halved_and_that_is_remembered(
    engine: RunningEngine,
) -> None:
    """The process may have little more than a picture or two need; the device is full for it."""
    limits, rows = engine.roster.image.ready("painter").limits, rows_of(engine)
    async with engine.async_client() as client:
        whole = await drawn(client, n=1, size="512x512")
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        await drawn(client, n=2, size="512x512")
        peak, total = torch.cuda.max_memory_reserved(), torch.cuda.mem_get_info()[1]
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(min(1.0, 1.2 * peak / total))
        try:
            rows.clear()
            made = await drawn(client, n=8, size="512x512")
            assert limits.of(512 * 512) < 8
            assert limits.of(64 * 64) == 8
            first, found = rows[0], list(rows)
            rows.clear()
            await drawn(client, n=8, size="512x512")
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0)
            limits._found.clear()
    assert first == 8
    assert min(found) < 8
    assert max(rows) < 8
    assert len(made) == 8
    assert np.abs(pixels_of(made[0]) - pixels_of(whole[0])).max() <= LEVELS


async def test_a_picture_that_cannot_fit_is_refused_and_others_are_made(
    engine: RunningEngine,
) -> None:
    async with engine.async_client() as client:
        await drawn(client)
        torch.cuda.empty_cache()
        used = torch.cuda.memory_reserved() / torch.cuda.mem_get_info()[1]
        torch.cuda.set_per_process_memory_fraction(used + 0.0005)
        try:
            with pytest.raises(openai.BadRequestError) as refusal:
                await drawn(client, size="2048x2048")
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0)
            engine.roster.image.ready("painter").limits._found.clear()
        assert refusal.value.code == "too_large_for_device"
        assert len(await drawn(client, n=2)) == 2


@pytest.mark.parametrize("offload", ["model", "sequential", "group"])
async def test_offloaded_weights_give_the_same_picture(
    engine: RunningEngine, painter: Path, offload: Any
) -> None:
    async with engine.async_client() as client:
        expected = (await drawn(client, extra={"exact": True}))[0]
    settings = EngineSettings(image=str(painter), device="cuda", offline=True, offload=offload)
    with serve(settings) as other:
        async with other.async_client() as client:
            found = (await drawn(client, extra={"exact": True}))[0]
            edit: Any = await client.images.edit(
                model="painter", prompt="a fox", image=("scene.png", found), extra_body={"steps": 4}
            )
            again = (await drawn(client, extra={"exact": True}))[0]
    assert np.abs(pixels_of(found) - pixels_of(expected)).max() <= LEVELS
    assert found == again
    assert edit.data


async def test_models_take_turns_and_give_their_memory_back(painter: Path, tmp_path: Path) -> None:
    """Two models where there is room for one and a half."""
    from generators.engine.footprint import declared_bytes  # noqa: PLC0415 - beside its only use

    (tmp_path / "other").symlink_to(painter)
    room = round(declared_bytes(painter, value_bytes=2) * 1.5)
    settings = EngineSettings(
        image=str(painter),
        more_images=(str(tmp_path / "other"),),
        device="cuda",
        offline=True,
        memory_bytes=room,
    )
    before = torch.cuda.memory_allocated()
    with serve(settings) as engine:
        task: Any = engine.roster._settling
        asyncio.run_coroutine_threadsafe(_finished(task), task.get_loop()).result(TIMEOUT_S)
        engine.roster.arbiter._stay_s = 0.0
        async with engine.async_client() as client:
            first = await drawn(client, extra={"exact": True})
            for _ in range(2):
                assert await drawn(client, model="other", extra={"exact": True}) == first
                assert await drawn(client, extra={"exact": True}) == first
                assert torch.cuda.memory_allocated() - before <= room
        assert all(slot.size_bytes > 0 for slot in engine.roster.slots if slot.kind == "image")


async def _finished(task: "asyncio.Task[None]") -> None:
    await task
