from collections.abc import AsyncIterator

import pytest

from generators.draft import Image, PromptRejected
from generators.image import Imagine
from generators.model import Model
from generators.tools import Tools
from tests.asking import body, drafts, request
from tests.fake_engine import FakeEngine, png, running
from tests.fake_knowledge import Shelf

pytestmark = pytest.mark.sockets


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with running() as engine:
        yield engine


@pytest.fixture
async def tools(engine: FakeEngine) -> AsyncIterator[Tools]:
    model = Model(engine.url, timeout_s=20, fresh_s=0)
    yield Tools(model, Shelf())
    await model.close()


async def test_a_picture_is_described_by_its_prompt(engine: FakeEngine, tools: Tools) -> None:
    flags = {"size": "64\u00d7128", "seed": "9", "steps": "3"}
    (draft,) = await drafts(Imagine(tools), request(" 一颗红心 ", flags=flags))
    assert draft.content == Image(png(" 一颗红心 ", 9, "64x128"), alt="一颗红心", seed=9)
    assert (draft.cost.model, draft.cost.images) == ("tiny-image", 1)
    sent = engine.asked[-1][1]
    assert (sent["size"], sent["seed"], sent["steps"], sent["user"]) == ("64x128", 9, 3, "U1")


async def test_a_retry_makes_the_same_picture_and_another_request_another(tools: Tools) -> None:
    made = [(await drafts(Imagine(tools), request("a", number=n)))[0] for n in (7, 7, 8)]
    assert made[0].content == made[1].content != made[2].content


async def test_settings_stand_in_for_flags(engine: FakeEngine, tools: Tools) -> None:
    imagine = Imagine(tools, size="128x128", steps=2)
    await drafts(imagine, request("a"))
    await drafts(imagine, request("a", flags={"size": "64x64", "steps": "5"}))
    assert [(sent["size"], sent["steps"]) for _, sent in engine.asked] == [
        ("128x128", 2),
        ("64x64", 5),
    ]


@pytest.mark.parametrize(
    "flags",
    [
        {"size": "big"},
        {"size": "64"},
        {"size": "65x64"},
        {"size": "64x2048"},
        {"size": "1792x1032"},
        {"size": "0x0"},
        {"size": "-64x64"},
        {"seed": "-1"},
        {"seed": "2147483648"},
        {"seed": "seven"},
        {"steps": "0"},
        {"steps": "101"},
        {"steps": "²"},
    ],
)
async def test_an_impossible_flag_is_rejected_and_the_engine_not_asked(
    engine: FakeEngine, tools: Tools, flags: dict[str, str]
) -> None:
    with pytest.raises(PromptRejected, match=r"such as 512x512|whole number from"):
        await drafts(Imagine(tools), request("a", flags=flags))
    assert not engine.asked


async def test_the_largest_hosted_picture_may_be_asked_for(
    engine: FakeEngine, tools: Tools
) -> None:
    await drafts(Imagine(tools), request("a", flags={"size": "1024X1792"}))
    assert engine.asked[-1][1]["size"] == "1024x1792"


async def test_an_empty_prompt_is_rejected(tools: Tools) -> None:
    with pytest.raises(PromptRejected, match="what the picture should show"):
        await drafts(Imagine(tools), request("  "))


@pytest.mark.parametrize(
    ("prompt", "says"), [("a cat", "No picture model"), ("一只猫", "图片模型")]
)
async def test_without_a_model_it_says_how_to_get_one(
    engine: FakeEngine, tools: Tools, prompt: str, says: str
) -> None:
    engine.models = {"chat": "tiny-chat"}
    said = await body(Imagine(tools), request(prompt))
    assert says in said
    assert "image_model" in said
