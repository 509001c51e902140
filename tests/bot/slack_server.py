"""A tiny Slack on loopback: it answers what a test scripted, and keeps what it was asked."""

import json
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient


@dataclass(frozen=True)
class Answer:
    """What one call is answered: a body, or a connection that breaks after the call was taken."""

    body: dict[str, Any] | str = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    broken: bool = False


BROKEN = Answer(broken=True)


def refused(code: str, status: int = 200) -> Answer:
    return Answer({"ok": False, "error": code}, status)


@dataclass
class SlackServer:
    """Answers each method by its script, the last entry of which stays; `ok` without a script."""

    url: str = ""
    script: dict[str, list[Answer | dict[str, Any]]] = field(default_factory=dict)
    calls: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    uploaded: dict[str, bytes] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls[method].append(await _given(request))
        script = self.script.get(method, [{}])
        entry = script.pop(0) if len(script) > 1 else script[0]
        scripted = entry if isinstance(entry, Answer) else Answer(entry)
        if scripted.broken and request.transport:
            request.transport.abort()
        if isinstance(scripted.body, str):
            return web.Response(
                text=scripted.body, status=scripted.status, headers=scripted.headers
            )
        body = {"ok": True, **scripted.body}
        return web.json_response(body, status=scripted.status, headers=scripted.headers)

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.uploaded[request.match_info["file"]] = await request.read()
        return web.Response(text="OK")


async def _given(request: web.Request) -> dict[str, Any]:
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return {**given, **await request.json()}
    posted = {**given, **await request.post()}
    return {key: _value(value) for key, value in posted.items() if isinstance(value, str)}


def _value(text: str) -> Any:
    return json.loads(text) if text[:1] in {"{", "["} else text


@asynccontextmanager
async def slack_server() -> AsyncGenerator[SlackServer]:
    """Run a server on a free port of this machine."""
    server, app = SlackServer(), web.Application()
    app.router.add_route("*", "/api/{method}", server.answer)
    app.router.add_post("/upload/{file}", server.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def client_of(server: SlackServer) -> AsyncGenerator[AsyncWebClient]:
    """Return a client as `bot.assemble` makes it: no retries below us, no proxy."""
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            "xoxb-test", base_url=f"{server.url}/api/", session=session, retry_handlers=[]
        )
        client.proxy = None
        yield client
