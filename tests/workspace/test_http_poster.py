"""Signed HTTP: verified by the SDK's own verifier and by Bolt; retries, acknowledgements."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.delivery import Envelope
from workspace.http_poster import _failure
from workspace.server import running
from workspace.state import Workspace


class Receiver:
    """An app behind a request URL; remembers requests, answers as told."""

    def __init__(self) -> None:
        self.requests: asyncio.Queue[tuple[dict[str, str], str]] = asyncio.Queue()
        self.answers: list[web.Response] = []
        self.app: AsyncApp | None = None
        self.verifies = True
        self.hangs: asyncio.Event | None = None

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers["path"] = request.path
        if "url_verification" in body:
            challenge = (await request.json())["challenge"] if self.verifies else "no"
            return web.json_response({"challenge": challenge})
        await self.requests.put((headers, body))
        if self.hangs is not None:
            await self.hangs.wait()
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
    application.router.add_post("/slack/events{rest:.*}", receiver.serve)
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


@pytest.mark.parametrize("status", [500, 404, 304])
async def test_an_event_is_retried_with_headers(
    posted: tuple[Receiver, Client], status: int
) -> None:
    receiver, control = posted
    receiver.answers = [web.Response(status=status) for _ in range(3)]
    await control.say("ana", "general", "x")
    await receiver.requests.get()
    numbers = []
    for attempt, seconds in enumerate((0, 60, 300)):
        while (await control.deliveries())[attempt]["outcome"] == "pending":
            pass  # the answer is on its way back
        await control.advance(seconds)
        headers, _ = await receiver.requests.get()
        assert headers["x-slack-retry-reason"] == "http_error"
        numbers.append(headers["x-slack-retry-num"])
    assert numbers == ["1", "2", "3"]
    outcomes = [row["outcome"] for row in await control.deliveries()]
    assert outcomes[:3] == ["http_error"] * 3


async def test_an_app_that_takes_too_long_is_asked_again(posted: tuple[Receiver, Client]) -> None:
    receiver, control = posted
    receiver.hangs = asyncio.Event()
    await control.say("ana", "general", "x")
    await receiver.requests.get()
    await control.advance(3)
    headers, _ = await receiver.requests.get()
    receiver.hangs.set()
    assert (headers["x-slack-retry-num"], headers["x-slack-retry-reason"]) == ("1", "http_timeout")


async def test_an_app_may_refuse_a_retry(posted: tuple[Receiver, Client]) -> None:
    receiver, control = posted
    receiver.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    await control.say("ana", "general", "x")
    await receiver.requests.get()
    while not (await control.deliveries())[0].get("given_up"):
        await control.advance(60)
    assert [row["outcome"] for row in await control.deliveries()] == ["http_error"]
    assert receiver.requests.empty()


async def test_too_many_redirects(posted: tuple[Receiver, Client]) -> None:
    receiver, control = posted
    await control.say("ana", "general", "the address is verified by this")
    await receiver.requests.get()
    receiver.answers = [
        web.Response(status=307, headers={"Location": "/slack/events"}) for _ in range(4)
    ]
    assert not (await control.slash("ana", "general", "/ask"))["acked"]
    assert (await control.deliveries())[-1]["outcome"] == "too_many_redirects"


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


async def test_an_app_that_fails_the_challenge_gets_no_event(
    posted: tuple[Receiver, Client],
) -> None:
    receiver, control = posted
    receiver.verifies = False
    await control.say("ana", "general", "x")
    for seconds in (3, 60, 300, 3):
        await control.advance(seconds)
    assert {row["outcome"] for row in await control.deliveries()} <= {"no_connection", "pending"}
    assert receiver.requests.empty()
    assert (await control.slash("ana", "general", "/ask"))["acked"]  # it needs no challenge


async def test_each_kind_has_the_url_of_the_manifest(receiver: tuple[Receiver, str]) -> None:
    url = receiver[1]
    ws = Workspace()
    ws.manifest = {
        "features": {
            "slash_commands": [{"command": "/ask", "url": f"{url}/ask"}, {"command": "/none"}]
        },
        "settings": {
            "socket_mode_enabled": False,
            "event_subscriptions": {"request_url": f"{url}/event"},
            "interactivity": {
                "request_url": f"{url}/act",
                "message_menu_options_url": f"{url}/options",
            },
        },
    }
    async with running(ws) as address, Client(address) as control:
        await control.say("ana", "general", "x")
        await control.slash("ana", "general", "/ask")
        assert not (await control.slash("ana", "general", "/none"))["acked"]
        await control.shortcut("ana", "create")
        menu = Envelope(type="interactive", kind="block_suggestion", payload={})
        assert await ws.dispatcher.deliver(menu) is not None
        assert (await control.post("ssl_check", command="/ask"))["ok"]
    paths = {headers["path"] for headers, _ in receiver[0].requests._queue}
    assert paths == {"/slack/events/event", "/slack/events/ask", "/slack/events/act"} | {
        "/slack/events/options"
    }
    assert "ssl_check=1" in receiver[0].requests._queue[-1][1]


async def test_a_manifest_with_socket_mode_keeps_the_sockets(ws: Workspace) -> None:
    urls = {"event_subscriptions": {"request_url": "http://127.0.0.1:9/"}}
    ws.manifest = {"settings": urls | {"socket_mode_enabled": True}}
    assert ws.dispatcher.carrier is ws.sockets


async def test_nobody_at_the_url() -> None:
    ws = Workspace(request_url="http://127.0.0.1:9/")
    async with running(ws) as url, Client(url) as control:
        assert not (await control.slash("ana", "general", "/ask"))["acked"]
        assert (await control.deliveries())[0]["outcome"] == "connection_failed"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "http_timeout"),
        (aiohttp.ClientConnectionResetError(), "connection_failed"),
        (aiohttp.ServerFingerprintMismatch(b"", b"", "x", 1), "ssl_error"),
        (aiohttp.InvalidURL("x"), "unknown_error"),
    ],
)
def test_each_failure_has_slacks_name(error: Exception, reason: str) -> None:
    assert _failure(error).reason == reason
