"""What a replica is without Ray; with Ray: `tests/bot/test_replicas.py`."""

import asyncio
import importlib.util

import pytest
from starlette.types import Message, Receive, Scope, Send

from generators.engine import replicas
from generators.engine.options import EngineSettings
from generators.engine.replicas import Loaded, Replica, main
from generators.engine.roster import Roster

pytestmark = pytest.mark.torch


async def started(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "lifespan.startup.complete"})


async def _nothing() -> Message:
    return {"type": "lifespan.startup"}


async def test_it_has_started_only_when_its_models_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replicas, "LOOK_AGAIN_S", 0.0)
    roster, sent = Roster(EngineSettings(text="nowhere")), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    starting = asyncio.create_task(Loaded(started, roster)({"type": "lifespan"}, _nothing, send))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sent == []
    roster.text.state = "ready"
    await starting
    assert sent == [{"type": "lifespan.startup.complete"}]


async def test_requests_pass_as_they_are() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "http.response.start"})

    async def send(message: Message) -> None:
        seen.append(message)

    roster = Roster(EngineSettings(text="nowhere"))
    await Loaded(app, roster)({"type": "http"}, _nothing, send)
    assert seen == [{"type": "http"}, {"type": "http.response.start"}]


def test_a_model_that_failed_makes_its_replica_ill() -> None:
    replica = Replica(EngineSettings(text="nowhere"))
    replica.check_health()
    replica._roster.text.state = "failed"
    replica._roster.text.reason = "The language model nowhere is not there."
    with pytest.raises(RuntimeError, match="is not there"):
        replica.check_health()


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_it_says_what_installs_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--text-model", "x"]) == 1
    assert "pip install 'atelier[ray]'" in capsys.readouterr().err
