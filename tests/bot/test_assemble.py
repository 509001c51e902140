from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from bot.core import core
from bot.intake.connecting import client_of
from bot.settings import EngineSettings, HostSettings, Settings, load
from tests.bot.builders import request
from tests.fake_engine import FakeEngine, running

pytestmark = pytest.mark.thorough


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load(data=tmp_path, engine=EngineSettings(url="http://127.0.0.1:9/v1"))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_every_verb_of_the_defaults_can_be_made(settings: Settings) -> None:
    async with core(settings) as parts:
        assert set(parts.generators) == set(settings.verbs)
        assert await parts.ledger.accept(request())
    assert settings.data.joinpath("atelier.db").is_file()


async def test_what_writes_repeats_nothing_by_itself(
    settings: Settings, session: aiohttp.ClientSession
) -> None:
    assert client_of(settings, session).retry_handlers == []


async def test_what_reads_waits_when_slack_says_so(
    settings: Settings, session: aiohttp.ClientSession
) -> None:
    (handler,) = client_of(settings, session, patience=3).retry_handlers
    assert isinstance(handler, AsyncRateLimitErrorRetryHandler)
    assert handler.max_retry_count == 3


async def test_this_machine_is_reached_without_a_proxy(
    settings: Settings, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    here = settings.model_copy(update={"slack_api_url": "http://127.0.0.1:4040/api/"})
    assert client_of(here, session).proxy is None
    assert client_of(settings, session).proxy == "http://proxy.example:3128"


def test_the_engine_is_the_one_that_is_named_or_our_own() -> None:
    assert load(engine=EngineSettings(url="http://gpu/v1")).engine.base_url == "http://gpu/v1"
    own = load(engine=EngineSettings(port=9999)).engine
    assert own.base_url == "http://127.0.0.1:9999/v1"


async def test_each_kind_of_model_is_asked_of_its_own_server(settings: Settings) -> None:
    words, pictures = FakeEngine(models={"chat": "qwen"}), FakeEngine(models={"image": "flux"})
    async with running(words), running(pictures):
        chosen = EngineSettings(url=words.url, image=HostSettings(url=pictures.url))
        async with core(settings.model_copy(update={"engine": chosen})) as parts:
            asked = request("a red heart", verb="imagine")
            *_, draft = [draft async for draft in parts.generators["imagine"].drafts(asked)]
    assert draft.cost.model == "flux"
    assert [path for path, _ in pictures.asked] == ["/v1/images/generations"]
    assert words.asked == []
