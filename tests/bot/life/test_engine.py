from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.life.breaker import Breaker
from bot.life.engine import GuardedModel, breakers, worst
from generators.draft import EngineBusy, EngineUnavailable, ModelMissing
from generators.host import Host

pytestmark = pytest.mark.sockets

MODELS = {"data": [{"id": "tiny", "object": "model", "created": 0, "owned_by": "x"}]}


@dataclass
class Engine:
    """Answers as it is told to, and counts."""

    status: int = 200
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path.endswith("/models"):
            return web.json_response({"object": "list", **MODELS})
        row = {"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        body = {"object": "list", "data": [row], "model": "tiny", "usage": usage}
        return web.json_response(body if self.status == 200 else {}, status=self.status)


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    made, app = Engine(), web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield made
    await runner.cleanup()


@dataclass
class Clock:
    at: float = 0.0

    def now(self) -> float:
        return self.at


@pytest.fixture
async def clock() -> Clock:
    return Clock()


def made(url: str, clock: Clock, **given: Any) -> GuardedModel:
    guards = {name: Breaker(name=name, now=clock.now) for name in breakers()}
    return GuardedModel(url, chosen={"embed": "tiny"}, **given).guarded(guards)


async def test_an_engine_that_fails_is_left_alone_for_a_while(engine: Engine, clock: Clock) -> None:
    model = made(engine.url, clock)
    engine.status = 500
    for _ in range(3):
        with pytest.raises(EngineUnavailable):
            await model.embed(["x"])
    asked = len(engine.asked)
    with pytest.raises(EngineUnavailable):
        await model.embed(["x"])
    assert len(engine.asked) == asked
    assert worst(model.guards) == "open"
    engine.status, clock.at = 200, 5.0
    assert (await model.embed(["x"])).shape == (1, 2)
    assert worst(model.guards) == "closed"
    await model.close()


async def test_one_kind_that_fails_does_not_stop_the_others(engine: Engine, clock: Clock) -> None:
    model = made(engine.url, clock)
    assert model.guards["image"].trip()
    with pytest.raises(EngineUnavailable):
        await model.image("a cat", size="", seed=1)
    assert (await model.embed(["x"])).shape == (1, 2)
    assert worst(model.guards) == "open"
    await model.close()


async def test_a_model_that_is_missing_is_an_answer(engine: Engine, clock: Clock) -> None:
    model = made(engine.url, clock)
    model.guards["chat"].failed()
    for _ in range(5):
        with pytest.raises(ModelMissing):
            [reply async for reply in model.chat([], max_tokens=1)]
    assert model.guards["chat"].state == "closed"
    await model.close()


async def test_nobody_there_opens_it_at_the_list_of_models(clock: Clock) -> None:
    model = made("http://127.0.0.1:9/v1", clock)
    for _ in range(3):
        with pytest.raises(EngineUnavailable):
            await model.installed()
    assert model.guards["engine"].state == "open"
    clock.at = 5.0
    assert worst(model.guards) == "trying"
    await model.close()


async def test_a_kinds_own_server_that_is_away_leaves_the_others(
    engine: Engine, clock: Clock
) -> None:
    away = Host("http://127.0.0.1:9/v1", chosen={"image": "flux"})
    model = made(engine.url, clock).apart({"image": away})
    for _ in range(4):
        with pytest.raises(EngineUnavailable):
            await model.has("image")
    assert model.guards["image"].state == "open"
    assert model.guards["engine"].state == "closed"
    assert (await model.embed(["x"])).shape == (1, 2)
    await model.close()


async def test_a_list_that_is_told_does_not_excuse_calls_that_fail(
    engine: Engine, clock: Clock
) -> None:
    model = made("http://127.0.0.1:9/v1", clock)
    model.apart({"embed": Host(engine.url, chosen={"embed": "tiny"})})
    engine.status = 500
    for _ in range(3):
        assert await model.has("embed")
        with pytest.raises(EngineUnavailable):
            await model.embed(["x"])
    with pytest.raises(EngineUnavailable):
        await model.has("embed")
    await model.close()


async def test_a_busy_engine_is_no_broken_one(engine: Engine, clock: Clock) -> None:
    model = made(engine.url, clock)
    engine.status = 429
    for _ in range(4):
        with pytest.raises(EngineBusy):
            await model.embed(["x"])
    assert worst(model.guards) == "closed"
    await model.close()
