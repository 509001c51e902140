"""The seam to pictures that tell how far they are, over real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from generators.draft import EngineCrashed, EngineUnavailable, ModelMissing, PromptRejected
from generators.metering import News, Stroke, Turn, hearing, metered
from generators.model import Model, Picture
from generators.painting import Brief, Canvas, Preview
from generators.vocabulary import Heeded, Unknown
from tests.fake_engine import FakeEngine, png, running

pytestmark = pytest.mark.sockets
BRIEF = Brief(prompt="一只狐狸 🦊", seed=7, size="64x64", steps=3, avoid="文字", user="U1")


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with running() as engine:
        yield engine


@pytest.fixture
async def model(engine: FakeEngine) -> AsyncIterator[Model]:
    made = Model(engine.url, timeout_s=20, fresh_s=0, chosen={"image": "tiny-image"})
    yield made
    await made.close()


async def painted(model: Model, brief: Brief = BRIEF) -> list[Preview | Picture]:
    return [one async for one in model.paint(brief)]


async def test_our_engine_tells_place_and_steps_and_then_the_picture(
    engine: FakeEngine, model: Model
) -> None:
    engine.queue, heard = [(2, 5.0)], list[News]()
    with metered() as calls, hearing(heard.append):
        (picture,) = await painted(model)
    assert isinstance(picture, Picture)
    assert (picture.png, picture.seed) == (png(BRIEF.prompt, 7, "64x64"), 7)
    assert (picture.cost.images, picture.cost.gpu_ms) == (1, 4321)
    assert heard == [Turn(2, 5.0), Stroke(1, 2), Stroke(2, 2)]
    assert [(call.images, call.outcome) for call in calls] == [(1, "ok")]
    sent = engine.asked[-1][1]
    assert (sent["negative_prompt"], sent["seed"], sent["steps"], sent["n"]) == ("文字", 7, 3, 1)


async def test_previews_come_where_they_are_wanted(model: Model) -> None:
    *shown, picture = await painted(model, replace(BRIEF, previews=2))
    assert shown == [Preview(png=png("preview", step)) for step in (1, 2)]
    assert isinstance(picture, Picture)


async def test_another_server_gives_the_picture_alone_and_reads_what_to_leave_out(
    engine: FakeEngine, model: Model
) -> None:
    engine.foreign = True
    with metered() as calls:
        (picture,) = await painted(model, replace(BRIEF, previews=2))
    assert isinstance(picture, Picture)
    assert picture.seed == 0
    assert [call.images for call in calls] == [1]
    assert engine.asked[-1][1]["prompt"] == "一只狐狸 🦊，不要出现：文字"
    assert not {"stream", "negative_prompt", "seed"} & engine.asked[-1][1].keys()


async def test_words_that_the_model_does_not_know_come_with_the_picture(
    engine: FakeEngine, model: Model
) -> None:
    engine.unknown = {"zebra": "horse", "龙": ""}
    (picture,) = await painted(model)
    assert isinstance(picture, Picture)
    unknown = (Unknown("zebra", "horse"), Unknown("龙", ""))
    assert picture.heeded == Heeded(things=31, unknown=unknown)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unfinished stream", EngineCrashed),
        ("broken stream", EngineUnavailable),
        ("error in stream", PromptRejected),
        ("no picture", EngineCrashed),
        ("status", EngineUnavailable),
    ],
)
async def test_what_goes_wrong_is_told_without_the_engines_words(
    engine: FakeEngine, model: Model, fault: str, error: type[Exception]
) -> None:
    engine.fault = fault  # type: ignore[assignment] # pyrefly: ignore[bad-assignment] - one of them
    with pytest.raises(error) as told:
        await painted(model)
    assert "secret" not in str(told.value)


async def test_closing_it_ends_the_call(engine: FakeEngine, model: Model) -> None:
    engine.fault = "hang in stream"
    painting = model.paint(replace(BRIEF, previews=1))
    await anext(painting)
    await painting.aclose()
    await engine.left.wait()


async def test_sizes_are_those_that_the_server_tells_or_that_a_hosted_model_has(
    engine: FakeEngine, model: Model
) -> None:
    assert await model.canvas() == Canvas(model="tiny-image")
    engine.canvas = "64x64"
    assert await model.canvas() == Canvas(model="tiny-image", own="64x64")
    engine.models = {}
    with pytest.raises(ModelMissing):
        await model.canvas()
    engine.foreign, engine.models = True, {"image": "dall-e-3"}
    hosted = Model(engine.url, fresh_s=0, chosen={"image": "dall-e-3"})
    assert (await hosted.canvas()).only == ("1024x1024", "1792x1024", "1024x1792")
    await hosted.close()
