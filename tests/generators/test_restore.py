"""A picture that a person sends, mended, over real HTTP to an engine that says what it got."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from generators.draft import Draft, Given, Image, PromptRejected, Request, Text
from generators.model import Model
from generators.pictures import packed, unpacked
from generators.restore import Restore
from generators.tools import Tools
from tests.asking import drafts, request
from tests.fake_engine import running
from tests.fake_knowledge import Shelf
from tests.generators.test_noise import noisy
from tests.painter import Painter

pytestmark = pytest.mark.sockets


@pytest.fixture
async def engine() -> AsyncIterator[Painter]:
    async with running(Painter()) as engine:
        assert isinstance(engine, Painter)
        engine.models = {"restore": "restore"}
        yield engine


@pytest.fixture
async def tools(engine: Painter) -> AsyncIterator[Tools]:
    model = Model(engine.url, timeout_s=20, fresh_s=0)
    yield Tools(model, Shelf())
    await model.close()


def given(levels: float = 0, **more: Any) -> Given:
    return Given(image=Image(packed(noisy(levels)), "a slope"), **more)


def asking(prompt: str, picture: Given, **flags: str) -> Request:
    return replace(request(prompt, flags=flags), pictures=(picture,))


async def made(tools: Tools, asked: Request) -> tuple[Draft, Image]:
    (draft,) = await drafts(Restore(tools), asked)
    assert isinstance(draft.content, Image)
    return draft, draft.content


@pytest.mark.parametrize(
    ("prompt", "flags", "asked"),
    [
        ("", {"denoise": "on"}, "denoise"),
        ("", {"deblur": "on"}, "deblur"),
        ("", {"denoise": "on", "deblur": "on"}, "denoise deblur"),
        ("please take out the blur", {}, "deblur"),
        ("去除噪点", {}, "denoise"),
    ],
)
async def test_what_is_asked_for_is_taken_out(
    tools: Tools, engine: Painter, prompt: str, flags: dict[str, str], asked: str
) -> None:
    draft, picture = await made(tools, asking(prompt, given(), **flags))
    fields, files = engine.edits[-1]
    assert (fields["model"], fields["prompt"]) == ("restore", asked)
    assert files.keys() == {"image"}
    assert picture.alt.startswith("a slope")
    assert (draft.cost.model, draft.cost.images) == ("restore", 1)


async def test_noise_is_found_and_the_answer_says_how_much(tools: Tools, engine: Painter) -> None:
    _, picture = await made(tools, asking("", given(12)))
    assert engine.edits[-1][0]["prompt"] == "denoise"
    assert picture.alt == "a slope: noise of about 12 levels of 255 taken out"


@pytest.mark.parametrize(("prompt", "said"), [("", "--deblur"), ("修复一下", "几乎没有噪声")])
async def test_a_picture_without_noise_is_not_touched_unasked(
    tools: Tools, engine: Painter, prompt: str, said: str
) -> None:
    with pytest.raises(PromptRejected, match=said):
        await drafts(Restore(tools), asking(prompt, given()))
    assert not engine.edits


async def test_outside_of_a_mask_not_one_pixel_changes(tools: Tools, engine: Painter) -> None:
    erased = np.full((200, 200, 4), 255, np.uint8)
    erased[50:80, 20:60, 3] = 0
    sent = given(12, mask=packed(erased))
    _, picture = await made(tools, asking("", sent, deblur="on"))
    fields, files = engine.edits[-1]
    assert not fields.get("prompt")
    assert files.keys() == {"image", "mask"}
    before, after = (np.asarray(unpacked(png), dtype=int) for png in (sent.image.png, picture.png))
    apart = np.abs(before - after).max(axis=2)
    assert apart[erased[..., 3] == 255].max() == 0
    assert apart[erased[..., 3] == 0].max() > 0


async def test_without_a_picture_or_a_model_a_sentence_says_so(
    tools: Tools, engine: Painter
) -> None:
    (draft,) = await drafts(Restore(tools), request(""))
    assert isinstance(draft.content, Text)
    assert "attach" in draft.content.body
    engine.models = {"image": "tiny-image"}
    (draft,) = await drafts(Restore(tools), asking("", given(12)))
    assert isinstance(draft.content, Text)
    assert not engine.edits
