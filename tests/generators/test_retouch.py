"""Pictures made of pictures, over real HTTP to an engine that says what it was given."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from generators.draft import Draft, Given, Image, PromptRejected, Request, Text
from generators.masks import mask_of
from generators.model import Model
from generators.pictures import Clean, clean, packed, unpacked
from generators.retouch import CUT_OUT, LANCZOS, VARIED, Retouch, job_of
from generators.tools import Tools
from tests.asking import drafts, request
from tests.fake_engine import running
from tests.fake_knowledge import Shelf
from tests.generators.test_pictures import saved, scene
from tests.painter import Painter

pytestmark = pytest.mark.sockets


@pytest.fixture
async def engine() -> AsyncIterator[Painter]:
    async with running(Painter()) as engine:
        assert isinstance(engine, Painter)
        yield engine


@pytest.fixture
async def tools(engine: Painter) -> AsyncIterator[Tools]:
    model = Model(engine.url, timeout_s=20, fresh_s=0)
    yield Tools(model, Shelf())
    await model.close()


def pictured(side: int = 24, alt: str = "a red heart", **more: Any) -> Given:
    return Given(image=Image(clean(saved(scene(side=side))).png, alt), is_ours=True, **more)


def asking(prompt: str, given: Given | None = None, **flags: str) -> Request:
    return replace(request(prompt, flags=flags), pictures=(given or pictured(),))


async def made(tools: Tools, asked: Request) -> tuple[Draft, Image]:
    (draft,) = await drafts(Retouch(tools), asked)
    assert isinstance(draft.content, Image)
    return draft, draft.content


async def refusal(tools: Tools, asked: Request) -> str:
    with pytest.raises(PromptRejected) as caught:
        await drafts(Retouch(tools), asked)
    return str(caught.value)


@pytest.mark.parametrize("words", ["make it night", "改成夜晚", "🌃", "اجعلها ليلا"])
async def test_words_change_the_picture_that_is_given(
    engine: Painter, tools: Tools, words: str
) -> None:
    draft, image = await made(tools, asking(words, seed="9", steps="3", strength="0.5"))
    fields, files = engine.edits[-1]
    assert fields["prompt"] == f"a red heart, {words}"
    assert (fields["seed"], fields["steps"], fields["strength"]) == ("9", "3", "0.5")
    assert files["image"].size == (24, 24)
    assert (image.alt, image.seed, image.drawn.steps) == (f"a red heart; {words}", 9, 3)
    assert (draft.cost.model, draft.cost.images) == ("tiny-image", 1)


async def test_a_retry_is_the_same_and_another_request_another(tools: Tools) -> None:
    asked = asking("Vary", do="vary")
    one, again = await made(tools, asked), await made(tools, asked)
    other = await made(tools, replace(asked, id=request("x", number=8).id))
    assert one[1].png == again[1].png != other[1].png


async def test_a_variation_is_of_the_same_words(engine: Painter, tools: Tools) -> None:
    await made(tools, asking("a red heart", do="vary"))
    fields, _ = engine.edits[-1]
    assert fields["prompt"] == "a red heart"
    assert float(fields["strength"]) == VARIED


async def test_a_large_picture_is_worked_on_smaller(engine: Painter, tools: Tools) -> None:
    await made(tools, asking("make it night", pictured(side=1100)))
    assert engine.edits[-1][1]["image"].size == (1024, 1024)


async def test_outside_of_a_mask_nothing_changes(engine: Painter, tools: Tools) -> None:
    side = 60  # no multiple of 8: the model works on another size
    pixels = np.full((side, side, 4), 255, dtype=np.uint8)
    pixels[10:30, 10:30, 3] = 0
    mask = mask_of(Clean(packed(pixels), (side, side), is_clear=True), (side, side), "en")
    given = pictured(side=side, mask=mask)
    _, image = await made(tools, asking("a blue hat", given))
    before = np.asarray(unpacked(given.image.png), dtype=int)
    after = np.asarray(unpacked(image.png), dtype=int)
    outside = pixels[..., 3] == 255
    assert np.abs(after - before)[outside].max() <= 1
    assert np.abs(after - before)[~outside].mean() > 1
    assert engine.edits[-1][1]["mask"].size == engine.edits[-1][1]["image"].size == (64, 64)


@pytest.mark.parametrize("words", ["upscale", "Please enlarge.", "放大", "请放大"])
async def test_the_engine_enlarges_where_it_can(engine: Painter, tools: Tools, words: str) -> None:
    draft, image = await made(tools, asking(words))
    assert unpacked(image.png).size == (48, 48)
    assert draft.cost.model == "tiny-image"
    assert engine.edits[-1][0]["prompt"] == "a red heart"


@pytest.mark.parametrize("why", ["no way", "no model", "foreign", "transparent"])
async def test_else_it_is_interpolated_and_says_so(engine: Painter, tools: Tools, why: str) -> None:
    engine.enlarges, engine.foreign = why != "no way", why == "foreign"
    engine.models = {"chat": "tiny-chat"} if why == "no model" else engine.models
    given = pictured()
    if why == "transparent":
        glass = scene("RGBA")
        glass.putalpha(99)
        given = replace(given, image=replace(given.image, png=clean(saved(glass)).png))
    draft, image = await made(tools, asking("Upscale", given, do="upscale", times="4"))
    assert unpacked(image.png).size == (96, 96)
    assert draft.cost.model == LANCZOS
    assert draft.cost.images == 0


async def test_a_plain_background_is_cut_out_without_any_model(
    engine: Painter, tools: Tools
) -> None:
    engine.models = {}
    plain = scene(side=64)
    plain.paste("white", (0, 0, 64, 12))
    plain.paste("white", (0, 52, 64, 64))
    plain.paste("white", (0, 0, 12, 64))
    plain.paste("white", (52, 0, 64, 64))
    given = Given(image=Image(saved(plain), "x"), is_ours=True)
    draft, image = await made(tools, asking("去背景", given))
    assert unpacked(image.png).mode == "RGBA"
    assert draft.cost.model == CUT_OUT
    said = await refusal(tools, asking("remove the background"))
    assert "not of one colour" in said
    assert "单一颜色" in await refusal(tools, asking("抠图"))


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"strength": "0"}, "from 0.05 to 1.0"),
        ({"strength": "1.5"}, "from 0.05 to 1.0"),
        ({"strength": "much"}, "from 0.05 to 1.0"),
        ({"times": "5"}, "from 2 to 4"),
        ({"seed": "-1"}, "from 0 to 2147483647"),
        ({"steps": "101"}, "from 1 to 100"),
        ({"do": "upscale", "times": "4"}, "at most 512 pixels"),
    ],
)
async def test_what_is_out_of_range_names_the_range_and_asks_no_engine(
    engine: Painter, tools: Tools, flags: dict[str, str], says: str
) -> None:
    given = pictured(side=600) if "do" in flags else None
    assert says in await refusal(tools, asking("make it night", given, **flags))
    assert not engine.edits


async def test_a_range_is_named_in_the_language_of_the_words(tools: Tools) -> None:
    for flags in ({"strength": "\uff12"}, {"steps": "\uff11\uff10\uff11"}, {"times": "5"}):
        assert "须为" in await refusal(tools, asking("改成夜晚", None, **flags))


async def test_full_width_digits_are_digits(engine: Painter, tools: Tools) -> None:
    await drafts(Retouch(tools), asking("改成夜晚", strength="\uff10.\uff15", seed="\uff17"))
    assert engine.edits


async def test_a_model_that_knows_words_alone_is_explained(engine: Painter, tools: Tools) -> None:
    engine.able = False
    assert "does not change pictures" in await refusal(tools, asking("make it night"))
    assert "不支持" in await refusal(tools, asking("改成夜晚"))


@pytest.mark.parametrize(("prompt", "says"), [("make it night", "Send one"), ("改成夜晚", "没有")])
async def test_without_a_picture_it_says_what_to_do(tools: Tools, prompt: str, says: str) -> None:
    (draft,) = await drafts(Retouch(tools), request(prompt))
    assert isinstance(draft.content, Text)
    assert says in draft.content.body


async def test_without_a_model_it_says_how_to_get_one(engine: Painter, tools: Tools) -> None:
    engine.models = {}
    (draft,) = await drafts(Retouch(tools), asking("make it night"))
    assert "No picture model" in str(draft.content)


def test_a_button_says_what_to_do_and_words_do_not_matter() -> None:
    assert job_of(asking("放大", do="vary")).act == "vary"
    assert job_of(asking("upscale the tower in it")).act == "edit"
