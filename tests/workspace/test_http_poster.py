"""Signed HTTP: verified by the SDK's own verifier and by Bolt; retries, acknowledgements."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.server import running
from workspace.state import Workspace


class Receiver:
    """An app behind a request URL; remembers requests, answers as told."""

    def __init__(self) -> None:
        self.requests: asyncio.Queue[tuple[dict[str, str], str]] = asyncio.Queue()
        self.answers: list[web.Response] = []
        self.app: AsyncApp | None = None
        self.verifies = True

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if "url_verification" in body:
            challenge = (await request.json())["challenge"] if self.verifies else "no"
            return web.json_response({"challenge": challenge})
        await self.requests.put((headers, body))
        if self.app is not None:
            answer = await self.app.async_dispatch(AsyncBoltRequest(body=body, headers={**headers}))
            return web.Response(
                status=answer.status,
                body=answer.body,
                headers={name: value[0] for name, value in answer.headers.items()},
            )
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/slack/events", receiver.serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield receiver, f"http://127.0.0.1:{port}/slack/events"
    await runner.cleanup()


@pytest.fixture
async def posted(receiver: tuple[Receiver, str]) -> AsyncIterator[tuple[Receiver, Client]]:
    ws = Workspace(request_url=receiver[1])
    async with running(ws) as url, Client(url) as control:
        yield receiver[0], control


async def test_the_signature_verifies(posted: tuple[Receiver, Client]) -> None:
    receiver, control = posted
    await control.say("ana", "general", "你好")
    headers, body = await receiver.requests.get()
    verifier = SignatureVerifier("local")
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + " ", headers)
    assert headers["content-type"] == "application/json"
    assert "x-slack-retry-num" not in headers


async def test_bolt_serves_all_three_kinds(posted: tuple[Receiver, Client]) -> None:
    receiver, control = posted
    client = AsyncWebClient("xoxb-local", base_url=f"{control.url}/api/")
    receiver.app = AsyncApp(client=client, signing_secret="local")
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def on_mention(event: dict[str, Any]) -> None:
        await events.put(event)

    async def on_command(ack: Any, body: dict[str, Any]) -> None:
        await ack(f"you said {body['text']}")

    async def on_shortcut(ack: Any) -> None:
        await ack()

    receiver.app.event("app_mention")(on_mention)
    receiver.app.command("/ask")(on_command)
    receiver.app.shortcut("create")(on_shortcut)
    await control.say("ana", "general", "@atelier hi")
    async with asyncio.timeout(10):
        assert (await events.get())["text"] == "<@U0ATELIER> hi"
    answer = await control.slash("ana", "general", "/ask", "画 & <b>")
    assert answer["payload"] == {"text": "you said 画 & <b>"}
    assert (await control.shortcut("ana", "create"))["acked"]


async def test_an_event_is_retried_with_headers(posted: tuple[Receiver, Client]) -> None:
    receiver, control = posted
    receiver.answers = [web.Response(status=500)]
    await control.say("ana", "general", "x")
    await receiver.requests.get()
    await control.advance(3)
    headers, _ = await receiver.requests.get()
    assert (headers["x-slack-retry-num"], headers["x-slack-retry-reason"]) == ("1", "http_timeout")


async def test_a_refused_command_fails(posted: tuple[Receiver, Client]) -> None:
    receiver, control = posted
    receiver.answers = [web.Response(status=503)]
    assert not (await control.slash("ana", "general", "/ask"))["acked"]


@pytest.mark.parametrize("text", ["[1]", "{", ""])
async def test_an_odd_answer_is_an_ack_without_payload(
    posted: tuple[Receiver, Client], text: str
) -> None:
    receiver, control = posted
    receiver.answers = [web.Response(text=text, content_type="application/json")]
    answer = await control.slash("ana", "general", "/ask")
    assert (answer["acked"], answer["payload"]) == (True, None)


async def test_an_app_that_fails_the_challenge_gets_nothing(
    posted: tuple[Receiver, Client],
) -> None:
    receiver, control = posted
    receiver.verifies = False
    assert not (await control.slash("ana", "general", "/ask"))["acked"]
    assert receiver.requests.empty()
    assert (await control.deliveries())[-1]["outcome"] == "no_connection"


async def test_nobody_at_the_url() -> None:
    ws = Workspace(request_url="http://127.0.0.1:9/")
    async with running(ws) as url, Client(url) as control:
        assert not (await control.slash("ana", "general", "/ask"))["acked"]
