"""A real workspace on a free port, real Slack clients, a real Bolt app over a real socket."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.server import running
from workspace.state import Workspace

SLACK_DATA = Path(__file__).parents[2] / "../shared/data/slack"
GENERAL_ERRORS = frozenset(
    {"invalid_arguments", "invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked"}
    | {"missing_scope"}
    | {"unknown_method", "ratelimited", "internal_error", "service_unavailable"}
    | {"invalid_json", "json_not_object", "invalid_metadata_format"}
    | {"msg_too_long"}  # seen from chat.postMessage and streams for over-long Markdown
    | {"my_error"}  # what api.test was asked to answer
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def slack_data() -> Path:
    if not SLACK_DATA.is_dir():
        pytest.skip("needs the reference data of Slack's methods beside the repository")
    return SLACK_DATA


@pytest.fixture
def reference(slack_data: Path) -> dict[str, dict[str, Any]]:
    """Every method's page of the reference, by the method's name."""
    return {each.stem: json.loads(each.read_text()) for each in slack_data.glob("methods/*.json")}


@pytest.fixture
async def ws() -> AsyncIterator[Workspace]:
    """A workspace that answers; at the end every error it gave must be a documented one."""
    workspace = Workspace()
    async with running(workspace):
        yield workspace
    assert [call for call in workspace.calls if not _is_documented(call)] == []


def _is_documented(call: dict[str, Any]) -> bool:
    reference = SLACK_DATA / f"methods/{call['method']}.json"
    if call["ok"] or call["error"] in GENERAL_ERRORS or not reference.is_file():
        return True
    return call["error"] in json.loads(reference.read_text())["errors"]


@pytest.fixture
async def control(ws: Workspace) -> AsyncIterator[Client]:
    async with Client(ws.base_url) as client:
        yield client


@pytest.fixture
async def slack(ws: Workspace) -> AsyncWebClient:
    return AsyncWebClient("xoxb-local", base_url=f"{ws.base_url}/api/")


class Bot:
    """A Bolt app that remembers the bodies it was given."""

    def __init__(self, url: str) -> None:
        self.client = AsyncWebClient("xoxb-local", base_url=f"{url}/api/")
        self.app = AsyncApp(client=self.client, logger=logging.getLogger("test.bot"))
        self.bodies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._handlers: list[AsyncSocketModeHandler] = []

    async def connect(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(self.app, "xapp-local")
        self._handlers.append(handler)
        await handler.connect_async()
        return handler

    def record(self, *kinds: str) -> None:
        """Acknowledge and remember these events."""

        async def remember(body: dict[str, Any]) -> None:
            await self.bodies.put(body)

        for kind in kinds:
            self.app.event(kind)(remember)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return await self.bodies.get()

    async def close(self) -> None:
        for handler in self._handlers:
            with suppress(asyncio.CancelledError):
                await handler.close_async()


@pytest.fixture
async def bot(ws: Workspace) -> AsyncIterator[Bot]:
    """A Bolt app; listeners first, then `await bot.connect()`."""
    bot = Bot(ws.base_url)
    yield bot
    await bot.close()


@pytest.fixture
async def asked(control: Client) -> str:
    """The time of what Ana asks the app in direct messages."""
    return str((await control.say("ana", "dm", "画"))["ts"])


@pytest.fixture
def place(asked: str) -> dict[str, Any]:
    """Where the answer to it goes."""
    return {"channel_id": "D0ANA", "thread_ts": asked}


@pytest.fixture
async def thread_ts(control: Client) -> str:
    """The time of what Ana asks in #general."""
    return str((await control.say("ana", "general", "question"))["ts"])
