"""What the seam to models notes of its calls, whatever becomes of them."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from generators.draft import Call, GenerationError
from generators.metering import metered
from generators.model import Model
from generators.support.article import Article
from generators.support.library import Library
from generators.support.shelf import Shelf
from generators.text import Ask
from generators.tools import Tools
from tests.asking import drafts, request
from tests.fake_engine import FakeEngine, Fault, closed_url

pytestmark = pytest.mark.sockets

ASKED = [{"role": "user", "content": "How long?"}]
CHAT = Call(stage="chat", model="tiny-chat", gpu_ms=4321, prompt_tokens=7, output_tokens=5)
IMAGE = Call(stage="image", model="tiny-image", gpu_ms=4321, images=1)
EMBED = Call(stage="embed", model="tiny-embed", gpu_ms=4321, prompt_tokens=1)


async def said(model: Model) -> list[str]:
    return [reply.text async for reply in model.chat(ASKED, max_tokens=9)]


def timeless(calls: list[Call]) -> list[Call]:
    """Return calls without their time, which the clock decides where the engine tells none."""
    return [replace(call, gpu_ms=0) for call in calls]


async def test_each_kind_of_call_is_noted_with_what_the_engine_says(model: Model) -> None:
    with metered() as calls:
        await said(model)
        await model.image("a cat", size="", seed=7)
        await model.embed(["a"])
    assert calls == [CHAT, IMAGE, EMBED]


async def test_many_texts_are_noted_call_by_call(model: Model) -> None:
    with metered() as calls:
        await model.embed(["a"] * 300)
    assert calls == [EMBED, EMBED]


async def test_listing_models_is_no_call(model: Model) -> None:
    with metered() as calls:
        await model.installed()
    assert calls == []


async def test_an_answer_that_nobody_wanted_to_the_end_is_noted(model: Model) -> None:
    with metered() as calls:
        async with aclosing(model.chat(ASKED, max_tokens=9)) as replies:
            await anext(replies)
    assert timeless(calls) == [
        Call(stage="chat", model="tiny-chat", output_tokens=1, outcome="aborted")
    ]


@pytest.mark.parametrize("fault", ["broken stream", "unfinished stream", "error in stream"])
async def test_an_answer_that_broke_off_is_noted(
    engine: FakeEngine, model: Model, fault: Fault
) -> None:
    engine.fault = fault
    with metered() as calls, pytest.raises(GenerationError):
        await said(model)
    (call,) = calls
    assert (call.stage, call.outcome) == ("chat", "error")


async def test_a_call_that_took_too_long_is_noted(engine: FakeEngine) -> None:
    engine.fault = "hang"
    model = Model(engine.url, timeout_s=0.5)
    with metered() as calls, pytest.raises(GenerationError):
        await said(model)
    await model.close()
    assert timeless(calls) == [Call(stage="chat", model="tiny-chat", outcome="error")]
    assert calls[0].gpu_ms > 0


@pytest.mark.parametrize("status", [400, 429, 503])
async def test_a_call_that_was_not_taken_up_is_not_noted(
    engine: FakeEngine, model: Model, status: int
) -> None:
    engine.fault, engine.status = "status", status
    with metered() as calls:
        with pytest.raises(GenerationError):
            await said(model)
        with pytest.raises(GenerationError):
            await model.embed(["a"])
    assert calls == []


async def test_an_engine_that_is_away_costs_nothing() -> None:
    model = Model(closed_url())
    with metered() as calls, pytest.raises(GenerationError):
        await said(model)
    await model.close()
    assert calls == []


async def test_a_picture_that_is_none_was_paid_for(engine: FakeEngine, model: Model) -> None:
    engine.fault = "no picture"
    with metered() as calls, pytest.raises(GenerationError):
        await model.image("a cat", size="", seed=7)
    assert [(call.images, call.outcome) for call in calls] == [(1, "error")]


async def test_a_cancelled_call_is_noted(engine: FakeEngine, model: Model) -> None:
    engine.fault = "hang"
    with metered() as calls:
        asking = asyncio.create_task(said(model))
        await engine.reached.wait()
        asking.cancel()
        await asyncio.wait([asking])
    assert timeless(calls) == [Call(stage="chat", model="tiny-chat", outcome="aborted")]


async def test_search_is_noted_beside_the_answer(model: Model, tmp_path: Path) -> None:
    article = Article(id="faq-7", title="How long do refunds take?", text="Five days.")
    Library(tmp_path).add("shop", [article])
    shelf = Shelf(Library(tmp_path), model)
    with metered() as calls:
        await drafts(Ask(Tools(model=model, knowledge=shelf)), request("How long do refunds take?"))
    await shelf.close()
    stages = [call.stage for call in calls]
    assert stages[-1] == "chat"
    assert set(stages[:-1]) == {"embed"}
