from collections.abc import AsyncIterator

import pytest

from generators.builtin import COST
from generators.draft import (
    Draft,
    Drawn,
    EngineUnavailable,
    Grid,
    Image,
    PromptRejected,
    Request,
    Text,
    reworded,
    words,
)
from generators.image import Imagine
from generators.metering import News, Step, hearing, metered
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


async def final(imagine: Imagine, asked: Request) -> list[Draft]:
    return [draft for draft in await drafts(imagine, asked) if not draft.rough]


async def test_a_picture_is_described_by_its_prompt(engine: FakeEngine, tools: Tools) -> None:
    flags = {"size": "64\u00d7128", "seed": "9", "steps": "3", "no": "dogs"}
    (draft,) = await final(Imagine(tools), request(" 一颗红心\n💗 ", flags=flags))
    drawn = Drawn(prompt="一颗红心\n💗", avoid="dogs", size="64x128", steps=3, model="tiny-image")
    made = png("一颗红心\n💗", 9, "64x128")
    assert draft.content == Image(made, alt="一颗红心 💗", seed=9, drawn=drawn)
    assert (draft.cost.model, draft.cost.images) == ("tiny-image", 1)
    sent = engine.asked[-1][1]
    assert (sent["size"], sent["seed"], sent["steps"], sent["user"]) == ("64x128", 9, 3, "U1")


async def test_a_retry_makes_the_same_picture_and_another_request_another(tools: Tools) -> None:
    made = [(await final(Imagine(tools), request("a", number=n)))[0] for n in (7, 7, 8)]
    assert made[0].content == made[1].content != made[2].content


async def test_several_are_a_grid_of_seeds_one_after_another(
    engine: FakeEngine, tools: Tools
) -> None:
    heard = list[News]()
    with metered() as calls, hearing(heard.append):
        asking = request("a fox", flags={"n": "4", "seed": "7", "style": "ink"})
        (draft,) = await final(Imagine(tools), asking)
    assert isinstance(draft.content, Grid)
    assert [cell.seed for cell in draft.content.pictures] == [7, 8, 9, 10]
    assert draft.content.pictures[1].png == png("a fox, ink wash painting, few strokes", 8)
    assert [call.images for call in calls] == [1, 1, 1, 1]
    assert draft.cost.images == 4
    assert [n for n in heard if isinstance(n, Step)] == [Step("drawing", n, 4) for n in range(1, 5)]
    assert [sent["prompt"] for _, sent in engine.asked] == [
        "a fox, ink wash painting, few strokes"
    ] * 4


async def test_only_the_first_picture_has_previews_and_they_are_no_answer(
    engine: FakeEngine, tools: Tools
) -> None:
    made = await drafts(Imagine(tools), request("a fox", flags={"n": "2"}))
    assert [draft.rough for draft in made] == [True, True, False]
    assert [sent.get("partial_images") for _, sent in engine.asked] == [2, None]
    assert made[0].cost.images == 0


async def test_a_shape_is_asked_for_near_the_models_own_size(
    engine: FakeEngine, tools: Tools
) -> None:
    engine.canvas = "1024x1024"
    await drafts(Imagine(tools), request("a", flags={"ar": "2:1"}))
    assert engine.asked[-1][1]["size"] == "1448x728"


async def test_what_was_drawn_before_the_engine_broke_is_shown_and_said(
    engine: FakeEngine, tools: Tools
) -> None:
    engine.pictures_left = 2
    with metered() as calls:
        (draft,) = await final(Imagine(tools), request("一只猫", flags={"n": "4"}))
    assert isinstance(draft.content, Grid)
    assert (len(draft.content.cells), draft.cost.images) == (2, 2)
    assert draft.content.note == "只画了 2 张（共 4 张）：引擎停止响应。其余不计费。"
    assert sum(call.images for call in calls) == 2
    engine.pictures_left = 1
    (draft,) = await final(Imagine(tools), request("a", flags={"n": "4"}))
    assert isinstance(draft.content, Image)
    assert draft.content.note.startswith("Only 1 of 4 were drawn")
    engine.pictures_left = 0
    with pytest.raises(EngineUnavailable):
        await final(Imagine(tools), request("a", flags={"n": "4"}))


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("a zebra", "knows 31 things, and not “zebra” (nearest: “horse”)."),
        ("一匹斑马", "只认识 31 种东西，不认识“zebra”（最接近的是“horse”）。"),
    ],
)
async def test_a_word_that_the_model_does_not_know_is_said_with_the_nearest(
    engine: FakeEngine, tools: Tools, prompt: str, says: str
) -> None:
    engine.unknown = {"zebra": "horse"}
    for count in ("1", "2"):
        (draft,) = await final(Imagine(tools), request(prompt, flags={"n": count}))
        assert isinstance(draft.content, Image | Grid)
        assert says in draft.content.note
        assert says in words(draft.content)
        assert reworded(draft.content, words(draft.content)) == draft.content


@pytest.mark.parametrize(
    ("prompt", "says"),
    [("a zebra", "not “zebra” (nearest: “horse”). Ask for"), ("一匹斑马", "例如：红色的心。")],
)
async def test_where_nothing_is_known_nothing_is_drawn_or_charged(
    engine: FakeEngine, tools: Tools, prompt: str, says: str
) -> None:
    engine.unknown, engine.revised = {"zebra": "horse"}, None
    (draft,) = await final(Imagine(tools), request(prompt, flags={"n": "2"}))
    assert isinstance(draft.content, Text)
    assert says in words(draft.content)
    assert draft.cost == COST


async def test_a_picture_keeps_the_prompt_that_its_model_got(
    engine: FakeEngine, tools: Tools
) -> None:
    engine.revised = "a red heart"
    (draft,) = await final(Imagine(tools), request("a red heart for grandma"))
    assert isinstance(draft.content, Image)
    assert (draft.content.alt, draft.content.drawn.prompt) == (
        "a red heart for grandma",
        "a red heart",
    )


async def test_settings_stand_in_for_flags(engine: FakeEngine, tools: Tools) -> None:
    imagine = Imagine(tools, size="128x128", steps=2)
    await drafts(imagine, request("a"))
    await drafts(imagine, request("a", flags={"size": "64x64", "steps": "5"}))
    assert [(sent["size"], sent["steps"]) for _, sent in engine.asked] == [
        ("128x128", 2),
        ("64x64", 5),
    ]


@pytest.mark.parametrize("flags", [{"size": "65x64"}, {"n": "5"}, {"style": "oil"}])
async def test_an_impossible_flag_is_rejected_and_the_engine_not_asked(
    engine: FakeEngine, tools: Tools, flags: dict[str, str]
) -> None:
    with pytest.raises(PromptRejected):
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
