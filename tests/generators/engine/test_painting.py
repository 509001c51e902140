"""The seam to pictures, with a real engine behind it."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generators.draft import PromptRejected
from generators.metering import metered
from generators.model import Picture
from generators.painting import Brief, PaintingModel, Preview, Progress, Told
from tests.generators.engine.conftest import RunningEngine

pytest.importorskip("torch", reason="the engine extra is not installed")
pytestmark = [
    pytest.mark.torch,
    # diffusers 0.42 turns tensors into numpy arrays in numpy 1's way
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture
async def model(engine: RunningEngine) -> AsyncIterator[PaintingModel]:
    made = PaintingModel(f"{engine.url}/v1")
    yield made
    await made.close()


def file_of(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def brief_of(**changed: Any) -> Brief:
    return replace(Brief(prompt="一只狐狸 🦊", seed=5, steps=3), **changed)


async def told_of(model: PaintingModel, **changed: Any) -> list[Told]:
    return [told async for told in model.paint(brief_of(**changed))]


async def test_a_picture_tells_its_steps_and_comes_last(model: PaintingModel) -> None:
    with metered() as calls:
        *steps, picture = await told_of(model, user="U1")
    assert steps == [Progress(step=number, total=3) for number in (1, 2, 3)]
    assert isinstance(picture, Picture)
    assert (picture.seed, picture.cost.images, picture.png[:4]) == (5, 1, b"\x89PNG")
    assert [(call.images, call.outcome) for call in calls] == [(1, "ok")]


async def test_previews_come_where_they_are_wanted(model: PaintingModel) -> None:
    shown = [
        told for told in await told_of(model, previews=2, steps=6) if isinstance(told, Preview)
    ]
    assert [Image.open(io.BytesIO(one.png)).size for one in shown] == [(16, 16)] * 2


async def test_a_picture_is_changed_behind_a_mask(model: PaintingModel) -> None:
    before = Image.effect_noise((16, 16), 60).convert("RGB")
    mask = Image.new("RGBA", (16, 16), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 8, 16))
    *_, made = await told_of(model, source=file_of(before), mask=file_of(mask))
    assert isinstance(made, Picture)
    found = np.asarray(Image.open(io.BytesIO(made.png)))
    assert np.array_equal(found[:, 8:], np.asarray(before)[:, 8:])


async def test_a_picture_is_made_larger(model: PaintingModel) -> None:
    source = file_of(Image.effect_noise((16, 24), 60).convert("RGB"))
    *_, made = await told_of(model, source=source, upscale=2, prompt="a fox", strength=0.5)
    assert isinstance(made, Picture)
    assert Image.open(io.BytesIO(made.png)).size == (32, 48)


async def test_closing_ends_the_work_of_the_engine(
    engine: RunningEngine, model: PaintingModel
) -> None:
    telling = model.paint(brief_of(steps=150))
    assert await anext(telling) == Progress(step=1, total=150)
    await telling.aclose()
    engine.settle()
    assert engine.roster.image.worker.active == 0


@pytest.mark.parametrize("changed", [{"source": b"nothing"}, {"lora": "none"}, {"size": "7x7"}])
async def test_what_the_engine_refuses_is_rejected(
    model: PaintingModel, changed: dict[str, Any]
) -> None:
    with pytest.raises(PromptRejected):
        await told_of(model, **changed)


async def test_what_the_engine_refuses_half_way_is_rejected(
    engine: RunningEngine, model: PaintingModel
) -> None:
    import torch  # noqa: PLC0415 - may be missing

    def crowded(*_given: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    unet: Any = engine.roster.image.ready("painter").easel.pipeline("words").unet
    hook = unet.register_forward_pre_hook(crowded)
    try:
        with pytest.raises(PromptRejected, match="cannot make this picture"):
            await told_of(model)
    finally:
        hook.remove()
        engine.roster.image.ready("painter").limits._found.clear()
