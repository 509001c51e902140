"""The Python SDK's own ways: every encoding of arguments, retries, pages, response URLs.

Each test runs once with the client for asyncio and once with the one for threads, through the same
few words: `ask` waits for whichever answer it is given.
"""

import asyncio
import inspect
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.builtin_handlers import (
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.workspace.clients.scenario import WORLDLY
from workspace.client import Client
from workspace.state import Workspace
from workspace.text import escape

Json = dict[str, Any]
SECTION: Json = {"type": "section", "text": {"type": "mrkdwn", "text": WORLDLY}}
TRICKY = ("[1, 2]", '{"a": 1}', "true", "null", "007", "a+b=c&d%20e", "  ", WORLDLY)


class Asking:
    """A web client of either kind; `ask` calls one of its methods and returns the answer."""

    def __init__(self, url: str, *, is_async: bool) -> None:
        kind = AsyncWebClient if is_async else WebClient
        self.is_async = is_async
        self.client: Any = kind("xoxb-local", base_url=f"{url}/api/")

    async def ask(self, method: str, **arguments: object) -> Any:
        return await called(getattr(self.client, method), **arguments)


async def called(function: Callable[..., Any], **arguments: object) -> Any:
    """Call a coroutine function, or another one in a thread."""
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    return await asyncio.to_thread(function, **arguments)


@pytest.fixture(params=["asyncio", "threads"])
def web(ws: Workspace, request: pytest.FixtureRequest) -> Asking:
    ws.manifest = {"settings": {"event_subscriptions": {"bot_events": ["app_mention"]}}}
    return Asking(ws.base_url, is_async=request.param == "asyncio")


@pytest.mark.parametrize("way", ["params", "data", "json"])
async def test_arguments_arrive_as_they_were_given(web: Asking, way: str) -> None:
    for text in TRICKY:
        answer = await web.ask("api_call", api_method="api.test", **{way: {"foo": text}})
        assert answer["args"]["foo"] == text


async def test_arguments_beside_a_file_arrive(web: Asking) -> None:
    answer = await web.ask(
        "api_call",
        api_method="api.test",
        data={"foo": WORLDLY},
        files={"file": BytesIO(b"\x00\xff")},
    )
    assert answer["args"]["foo"] == WORLDLY


async def test_the_error_that_was_asked_for_is_raised(web: Asking) -> None:
    with pytest.raises(SlackApiError, match="my_error"):
        await web.ask("api_test", error="my_error")


async def test_truth_numbers_and_lists_arrive(web: Asking) -> None:
    page = await web.ask(
        "conversations_list", exclude_archived=True, limit=2, types=["public_channel"]
    )
    assert len(page["channels"]) == 2
    opened = await web.ask("conversations_open", users=["U0ANA"], return_im=True)
    assert (opened["channel"]["id"], opened["channel"]["user"]) == ("D0ANA", "U0ANA")
    shut = await web.ask("conversations_open", users="U0ANA", return_im=False)
    assert shut["channel"]["id"] == "D0ANA"


async def test_what_looks_like_json_stays_text(ws: Workspace, web: Asking, control: Client) -> None:
    ws.limits.enabled = False
    texts = [text for text in TRICKY if text.strip()]
    for text in texts:
        await web.ask("chat_postMessage", channel="C0GENERAL", text=text)
    shown = [each["text"] for each in await control.messages("general")]
    assert shown == [escape(text) for text in texts]


@pytest.mark.parametrize("way", ["params", "data", "json"])
async def test_structures_arrive_as_json_or_in_strings(
    web: Asking, control: Client, way: str
) -> None:
    metadata = {"event_type": "note", "event_payload": {"语言": "中文"}}
    if way == "json":
        structures: Json = {"blocks": [SECTION], "metadata": metadata}
    else:
        structures = {"blocks": _json([SECTION]), "metadata": _json(metadata)}
    arguments = {"channel": "C0GENERAL", "text": "x", **structures}
    await web.ask("api_call", api_method="chat.postMessage", **{way: arguments})
    (shown,) = await control.messages("general")
    assert shown["blocks"][0]["text"]["type"] == "mrkdwn"
    assert shown["metadata"] == metadata


async def test_the_token_may_be_an_argument(web: Asking) -> None:
    web.client.token = None
    assert (await web.ask("auth_test", token="xoxb-local"))["user_id"] == "U0ATELIER"
    with pytest.raises(SlackApiError, match="not_authed"):
        await web.ask("auth_test")


async def test_several_files_go_up_at_once(web: Asking, control: Client) -> None:
    uploads = [
        {"filename": "一.txt", "content": WORLDLY, "title": "一 🎁"},
        {"filename": "b.bin", "file": b"\x00\x01\xff", "title": "b"},
    ]
    await web.ask("files_upload_v2", channel="C0GENERAL", file_uploads=uploads, initial_comment="2")
    message = await control.wait_for(lambda each: each["text"] == "2", channel="general")
    sizes = [(each["name"], each["title"], each["size"]) for each in message["files"]]
    assert sizes == [("一.txt", "一 🎁", len(WORLDLY.encode())), ("b.bin", "b", 3)]


async def test_pages_follow_each_other(web: Asking) -> None:
    found: list[str] = []
    page = await web.ask("users_list", limit=2)
    while cursor := page["response_metadata"]["next_cursor"]:
        found += [each["id"] for each in page["members"]]
        page = await web.ask("users_list", limit=2, cursor=cursor)
    found += [each["id"] for each in page["members"]]
    assert len(found) == len(set(found)) > 2
    assert {"U0ANA", "U0BO", "U0CHEN", "U0ATELIER"} <= set(found)


async def test_an_answer_can_be_iterated(ws: Workspace) -> None:
    slack = AsyncWebClient("xoxb-local", base_url=f"{ws.base_url}/api/")
    names = [page["channels"][0]["id"] async for page in await slack.conversations_list(limit=1)]
    blocking = WebClient("xoxb-local", base_url=f"{ws.base_url}/api/")

    def listed() -> list[str]:
        return [page["channels"][0]["id"] for page in blocking.conversations_list(limit=1)]

    assert await asyncio.to_thread(listed) == names
    assert len(names) == len(set(names)) >= 3


async def test_a_429_is_retried_after_its_time(web: Asking, control: Client) -> None:
    handler = AsyncRateLimitErrorRetryHandler if web.is_async else RateLimitErrorRetryHandler
    web.client.retry_handlers.append(handler())
    await control.fault({"method": "chat.postMessage", "count": 1}, status=429, retry_after_s=1)
    assert (await web.ask("chat_postMessage", channel="C0GENERAL", text="x"))["ok"]
    first, second = await control.calls("chat.postMessage")
    assert (first["status"], second["status"]) == (429, 200)
    assert second["at"] - first["at"] >= 1


async def test_a_429_without_a_handler_says_when_to_come_back(web: Asking, control: Client) -> None:
    await control.fault({"method": "auth.test"}, status=429, retry_after_s=7)
    with pytest.raises(SlackApiError) as refused:
        await web.ask("auth_test")
    assert (refused.value.response.status_code, refused.value.response["error"]) == (
        429,
        "ratelimited",
    )
    assert refused.value.response.headers["Retry-After"] == "7"


async def test_the_real_limit_is_a_429_too(web: Asking) -> None:
    async def flood() -> None:
        for number in range(10):
            await web.ask("chat_postMessage", channel="C0GENERAL", text=str(number))

    with pytest.raises(SlackApiError) as refused:
        await flood()
    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["Retry-After"]) >= 1


async def test_a_server_error_is_retried(web: Asking, control: Client) -> None:
    handler = AsyncServerErrorRetryHandler if web.is_async else ServerErrorRetryHandler
    web.client.retry_handlers.append(handler())
    await control.fault({"method": "auth.test", "count": 1}, status=503)
    assert (await web.ask("auth_test"))["ok"]
    assert [each["status"] for each in await control.calls("auth.test")] == [503, 200]


async def test_a_cut_connection_is_tried_again(web: Asking, control: Client) -> None:
    await control.fault({"method": "auth.test", "count": 1}, reset="before")
    assert (await web.ask("auth_test"))["user"] == "atelier"


@pytest.mark.parametrize("kind", [AsyncWebhookClient, WebhookClient])
async def test_a_response_url_takes_five_posts(ws: Workspace, control: Client, kind: Any) -> None:
    hook = kind(ws.hook("U0ANA", "C0GENERAL"))
    for number in range(5):
        text = f"{number} {WORLDLY}"
        answer = await called(hook.send, text=text, response_type="in_channel")
        assert (answer.status_code, answer.body) == (200, "ok")
    refused = await called(hook.send, text="6")
    assert refused.status_code == 404
    assert [each["text"][0] for each in await control.messages("general")] == list("01234")


def _json(value: object) -> str:
    return json.dumps(value)
