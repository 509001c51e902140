"""Files on messages: only texts, only small ones, and the token goes nowhere but to Slack."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake.attached import MAX_BYTES, MOST, Attached
from bot.intake.reading import Reading
from generators.draft import Destination
from tests.bot.builders import request, verb
from tests.bot.payloads import TEAM
from tests.bot.slack_server import SlackServer

pytestmark = pytest.mark.sockets

SOURCE = "print('你好 🙂')\n"


@asynccontextmanager
async def files(**held: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve files on a free port; yield its address, and the tokens that came."""
    tokens: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        tokens.append(request.headers.get("Authorization", ""))
        name = request.match_info["name"]
        if name == "away":
            raise web.HTTPFound("http://127.0.0.1:1/")
        return web.Response(body=held[name])

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"{site.name}", tokens
    finally:
        await runner.cleanup()


def told(url: str, **given: Any) -> dict[str, Any]:
    usual = {"name": "a.py", "mode": "hosted", "size": 20, "mimetype": "text/plain"}
    return {**usual, "url_private": url, **given}


def attached(base: str) -> Attached:
    return Attached(AsyncWebClient(token="xoxb-1", base_url=f"{base}/api/"))


async def test_a_text_comes_in_a_fence_with_its_language() -> None:
    async with files(a=SOURCE.encode()) as (base, tokens):
        texts = await attached(base).texts({"files": [told(f"{base}/a")]})
    assert texts == [f"~~~~~~python\n{SOURCE.rstrip()}\n~~~~~~"]
    assert tokens == ["Bearer xoxb-1"]


@pytest.mark.parametrize(
    "given",
    [
        {"url_private": "http://files.slack.com/a"},
        {"url_private": "https://slack.com.evil.example/a"},
        {"url_private": "https://evilslack.com/a"},
        {"url_private": "http://127.0.0.1:1/a"},
        {"url_private": ""},
        {"mode": "external"},
        {"is_external": True},
        {"size": MAX_BYTES + 1},
        {"size": 0},
        {"mimetype": "image/png", "name": "a.png"},
    ],
)
async def test_what_is_not_slacks_own_small_text_is_not_fetched(given: dict[str, Any]) -> None:
    async with files(a=b"x = 1") as (base, tokens):
        assert not await attached(base).texts({"files": [told(f"{base}/a", **given)]})
    assert not tokens


@pytest.mark.parametrize("name", ["away", "big", "odd"])
async def test_what_cannot_be_read_is_left_out(name: str) -> None:
    async with files(big=b"x" * (MAX_BYTES + 9), odd=b"\xff\xfe\x00", a=b"x = 1") as (base, tokens):
        texts = await attached(base).texts({"files": [told(f"{base}/{name}"), told(f"{base}/a")]})
    assert texts == ["~~~~~~python\nx = 1\n~~~~~~"]
    assert len(tokens) == 2


async def test_only_some_files_of_a_message_are_read() -> None:
    async with files(a=b"x = 1") as (base, tokens):
        assert len(await attached(base).texts({"files": [told(f"{base}/a")] * 9})) == MOST
    assert len(tokens) == MOST


async def test_the_files_of_a_thread_are_material(
    server: SlackServer, client: AsyncWebClient
) -> None:
    verbs = {"code": verb(reads="thread", files=True)}
    reading = Reading(client=client, verbs=verbs, team_url="https://w.slack.com/")
    server.script["users.info"] = [{"user": {"profile": {"display_name": "ana"}}}]
    shown = {"type": "message", "user": "U1", "team": TEAM, "ts": "1.0", "text": "this one"}
    other = {**shown, "ts": "2.0", "text": "and that"}
    thread = [shown, other]
    server.script["conversations.replies"] = [{"messages": thread}]
    asked = request(verb="code", reply_to=Destination(channel="C1", thread_ts="1.0"))
    marked = await reading.gather(
        request(verb="code", flags={"at": "1.0"}, reply_to=asked.reply_to)
    )
    assert [line.text for line in marked.context] == ["this one"]
    assert not marked.flags
    assert len((await reading.gather(asked)).context) == 2
