"""Faults of calls, and the log of calls."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.state import Workspace


async def test_too_many_requests(slack: AsyncWebClient, control: Client) -> None:
    await control.fault({"method": "chat.postMessage", "count": 1}, status=429, retry_after_s=7)
    with pytest.raises(SlackApiError) as limited:
        await slack.chat_postMessage(channel="C0GENERAL", text="x")
    response = limited.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "7"
    await slack.chat_postMessage(channel="C0GENERAL", text="x")


async def test_the_sdk_retries_when_told_to(ws: Workspace, control: Client) -> None:
    client = AsyncWebClient("xoxb-local", base_url=f"{ws.base_url}/api/")
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await control.fault({"method": "auth.test", "nth": 1}, status=429, retry_after_s=0)
    assert (await client.auth_test())["ok"]
    assert [each["status"] for each in await control.calls("auth.test")] == [429, 200]


@pytest.mark.parametrize(
    ("status", "error"), [(500, "internal_error"), (503, "service_unavailable")]
)
async def test_a_server_error_does_nothing(
    slack: AsyncWebClient, control: Client, status: int, error: str
) -> None:
    await control.fault({"method": "chat.postMessage"}, status=status)
    with pytest.raises(SlackApiError, match=error):
        await slack.chat_postMessage(channel="C0GENERAL", text="x")
    assert await control.messages("general") == []


async def test_a_chosen_error(slack: AsyncWebClient, control: Client) -> None:
    await control.fault({"method": "*"}, error="token_revoked")
    with pytest.raises(SlackApiError, match="token_revoked"):
        await slack.auth_test()
    await control.clear_faults()
    await slack.auth_test()


@pytest.mark.parametrize(("when", "texts"), [("before", []), ("after", ["x"])])
async def test_a_reset_before_or_after_the_work(
    ws: Workspace, control: Client, when: str, texts: list[str]
) -> None:
    client = AsyncWebClient("xoxb-local", base_url=f"{ws.base_url}/api/", retry_handlers=[])
    await control.fault({"method": "chat.postMessage"}, reset=when)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel="C0GENERAL", text="x")
    assert [each["text"] for each in await control.messages("general")] == texts


async def test_a_slow_answer(slack: AsyncWebClient, control: Client, ws: Workspace) -> None:
    await control.fault({"method": "auth.test"}, delay_s=60)
    call = asyncio.create_task(slack.auth_test())
    await _alarm(ws)
    assert not call.done()
    await control.advance(60)
    assert (await call)["ok"]


async def test_a_dropped_and_a_doubled_event(control: Client, ws: Workspace) -> None:
    await control.fault({"envelope": "message", "nth": 1}, drop=True)
    await control.fault({"envelope": "app_mention", "nth": 1}, duplicate=1)
    async with aiohttp.ClientSession() as session:
        url = f"{ws.base_url}/link/?ticket={ws.sockets.ticket()}"
        socket = await session.ws_connect(url)
        await socket.receive_json()
        await control.say("ana", "general", "@atelier hi")
        first, second = [await socket.receive_json(timeout=10) for _ in range(2)]
        assert first["payload"]["event"]["type"] == "app_mention"
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        assert first["envelope_id"] != second["envelope_id"]
        await control.advance(3)
        kinds = [(await socket.receive_json(timeout=10))["payload"]["event"]["type"] for _ in "12"]
    assert sorted(kinds) == ["app_mention", "message"]


async def test_a_late_event_lets_others_pass(control: Client, ws: Workspace) -> None:
    await control.fault({"envelope": "message", "nth": 1}, late_s=30)
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(f"{ws.base_url}/link/?ticket={ws.sockets.ticket()}")
        await socket.receive_json()
        await control.say("ana", "general", "first")
        await control.say("ana", "general", "second")
        early = await socket.receive_json(timeout=10)
        await socket.send_json({"envelope_id": early["envelope_id"]})
        while (await control.deliveries())[1]["outcome"] != "acked":  # it is on its way
            pass
        await control.advance(30)
        late = await socket.receive_json(timeout=10)
    assert [each["payload"]["event"]["text"] for each in (early, late)] == ["second", "first"]


async def test_calls_are_logged_without_tokens_or_bytes(
    slack: AsyncWebClient, control: Client
) -> None:
    await slack.files_upload_v2(filename="a.txt", content="x" * 1000)
    with pytest.raises(SlackApiError):
        await slack.chat_postMessage(channel="C0NOWHERE", text="hi")
    calls = await control.calls()
    assert [call["method"] for call in calls] == [
        "files.getUploadURLExternal",
        "files.completeUploadExternal",
        "chat.postMessage",
    ]
    assert [call["n"] for call in calls] == [1, 2, 3]
    assert (calls[-1]["ok"], calls[-1]["error"]) == (False, "channel_not_found")
    assert calls[-1]["args"]["text"] == "hi"
    assert "xoxb" not in str(calls)
    assert "xxxx" not in str(calls)
    assert await control.calls(limit=1) == calls[-1:]
    assert await control.calls("chat.postMessage") == calls[-1:]


async def _alarm(ws: Workspace) -> None:
    """Let the server run until it waits on its clock."""
    async with asyncio.timeout(10):
        while not ws.clock.alarms:  # noqa: ASYNC110  # the clock has no event, and needs none
            await asyncio.sleep(0)
