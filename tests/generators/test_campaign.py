"""Copy and picture of one brief, over real HTTP to an engine that says what it was asked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from typing_extensions import override

from generators.campaign import Campaign
from generators.draft import Illustrated, PromptRejected, Text, words
from generators.metering import metered
from generators.model import Model
from generators.tools import Tools
from tests.asking import drafts, request
from tests.fake_engine import FakeEngine, running
from tests.fake_knowledge import Shelf

pytestmark = pytest.mark.sockets

BRIEF = "Lanternfish opens a tea bar in Kiel on 3 May. Two blends for 4.50 EUR."
COPY = (
    "Headline: Tea comes to Kiel\n",
    "Body: Lanternfish opens on 3 May. ",
    "Two blends for 4.50 EUR. A third is free on 9 June.\n",
    "Call to action: Come and taste.\nPicture: a cup of tea",
)


@dataclass(kw_only=True)
class Halves(FakeEngine):
    """An engine whose picture model can be out of order alone."""

    paints: bool = True

    @override
    async def _image(self, request: Asked) -> Response:
        if self.paints:
            return await super()._image(request)
        return JSONResponse({"error": {"message": "no"}}, status_code=503)


@pytest.fixture
async def engine() -> AsyncIterator[Halves]:
    async with running(Halves(answer=COPY)) as engine:
        assert isinstance(engine, Halves)
        yield engine


@pytest.fixture
async def tools(engine: Halves) -> AsyncIterator[Tools]:
    model = Model(engine.url, timeout_s=20, fresh_s=0)
    yield Tools(model, Shelf())
    await model.close()


async def test_one_answer_has_the_copy_and_the_picture_that_was_asked_for(
    tools: Tools, engine: Halves
) -> None:
    with metered() as calls:
        (last,) = await drafts(Campaign(tools), request(BRIEF))
    assert isinstance(last.content, Illustrated)
    assert last.content.picture is not None
    assert last.content.body.startswith("**Tea comes to Kiel**\n\nLanternfish opens on 3 May.")
    assert engine.asked[-1][1]["prompt"] == last.content.picture.alt == "a cup of tea"
    assert last.content.picture.drawn.model == "tiny-image"
    assert [(call.stage, call.images) for call in calls] == [("chat", 0), ("image", 1)]
    assert (last.cost.model, last.cost.images) == ("tiny-chat + tiny-image", 1)


async def test_what_the_brief_does_not_say_is_left_out_and_said(tools: Tools) -> None:
    last = (await drafts(Campaign(tools), request(BRIEF)))[-1]
    assert "9 June" not in words(last.content)
    assert "left out" in words(last.content)


async def test_people_may_say_what_the_picture_shows(tools: Tools, engine: Halves) -> None:
    asked = request(BRIEF, flags={"picture": "a red heart", "size": "64x64"})
    last = (await drafts(Campaign(tools), asked))[-1]
    assert isinstance(last.content, Illustrated)
    body = engine.asked[-1][1]
    assert (body["prompt"], body["size"]) == ("a red heart", "64x64")


@pytest.mark.parametrize("gone", ["model", "engine"])
async def test_a_picture_that_cannot_be_made_leaves_the_copy_with_a_sentence(
    tools: Tools, engine: Halves, gone: str
) -> None:
    engine.paints = gone != "engine"
    if gone == "model":
        engine.models.pop("image")
    last = (await drafts(Campaign(tools), request(BRIEF)))[-1]
    assert isinstance(last.content, Text)
    assert "Tea comes to Kiel" in last.content.body
    assert last.content.body.rstrip().endswith(("with /imagine._", "and restart Atelier."))
    assert last.cost.model == "tiny-chat"


@pytest.mark.parametrize("brief", [BRIEF, "新茶上市。两款新茶，每杯30元。5月3日前订购。", "🎉"])
async def test_without_a_language_model_the_words_are_the_briefs(
    tools: Tools, engine: Halves, brief: str
) -> None:
    engine.models.pop("chat")
    last = (await drafts(Campaign(tools), request(brief)))[-1]
    assert isinstance(last.content, Illustrated)
    assert last.cost.model == "built-in + tiny-image"
    for number in ("3", "4.50", "30"):
        assert (number in brief) <= (number in last.content.body)


async def test_a_copy_that_says_nothing_of_the_brief_gives_way_to_the_briefs_own(
    tools: Tools, engine: Halves
) -> None:
    engine.answer = ("Headline: 99 EUR only\nBody: Ask Sam Ortega by 9 June.",)
    last = (await drafts(Campaign(tools), request(BRIEF)))[-1]
    assert "Lanternfish opens a tea bar in Kiel on 3 May" in words(last.content)
    assert "99" not in words(last.content)


async def test_nothing_to_write_about_is_refused_before_anything_is_made(
    tools: Tools, engine: Halves
) -> None:
    with pytest.raises(PromptRejected):
        await drafts(Campaign(tools), request("  "))
    with pytest.raises(PromptRejected):
        await drafts(Campaign(tools), request(BRIEF, flags={"size": "7x7"}))
    assert not engine.asked
