from collections.abc import AsyncIterator

import pytest

from generators.draft import ModelMissing
from generators.metering import metered
from generators.model import Picture
from generators.painting import Brief, PaintingModel
from tests.fake_engine import FakeEngine, running

pytestmark = pytest.mark.sockets
BRIEF = Brief(prompt="一只狐狸 🦊", seed=7, size="64x64", lora="ink", previews=2, strength=0.5)


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with running() as engine:
        yield engine


async def test_a_foreign_engine_gives_the_picture_alone(engine: FakeEngine) -> None:
    engine.foreign = True
    model = PaintingModel(engine.url, chosen={"image": "tiny-image"})
    with metered() as calls:
        told = [one async for one in model.paint(BRIEF)]
    await model.close()
    assert [type(one) for one in told] == [Picture]
    assert [call.images for call in calls] == [1]
    assert engine.asked[-1][1] == {"model": "tiny-image", "prompt": BRIEF.prompt, "size": "64x64"}


async def test_where_no_picture_model_is_there_is_none(engine: FakeEngine) -> None:
    del engine.models["image"]
    model = PaintingModel(engine.url)
    with pytest.raises(ModelMissing):
        [one async for one in model.paint(BRIEF)]
    await model.close()
