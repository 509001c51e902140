"""The control API: who may call it, what it shows, what a person sees."""

import asyncio
import hashlib
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client, ControlError


async def _status(url: str, **headers: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status


async def test_health(control: Client) -> None:
    assert await control.get("health") == {"ok": True}


@pytest.mark.parametrize("path", ["/_control/health", "/", "/web/index.html", "/api/api.test"])
async def test_only_this_machines_names_are_answered(control: Client, path: str) -> None:
    port = control.url.rpartition(":")[2]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert await _status(control.url + path, Host=host) != 403
    for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}", "["):
        assert await _status(control.url + path, Host=host) in {400, 403}


async def test_other_origins_are_refused(control: Client) -> None:
    own = control.url
    assert await _status(f"{own}/_control/state?user=ana", Origin=own) == 200
    for origin in (
        "https://evil.example",
        "null",
        "http://127.0.0.1:1",
        own.replace("http", "https"),
    ):
        for path in ("/_control/state?user=ana", "/api/auth.test?token=xoxb-local"):
            assert await _status(own + path, Origin=origin) == 403


async def test_the_page_has_a_strict_policy(control: Client) -> None:
    async with aiohttp.ClientSession() as session, session.get(control.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["../state.py", "..%2fstate.py", "%2e%2e/state.py", "nothing.js"])
async def test_nothing_outside_web_is_served(control: Client, path: str) -> None:
    assert await _status(f"{control.url}/web/{path}") == 404


async def test_state(control: Client) -> None:
    state = await control.state("ana")
    assert state["me"] == {
        "id": "U0ANA",
        "name": "ana",
        "real_name": "Ana Ruiz",
        "is_bot": False,
        "is_admin": False,
        "locale": "en-US",
        "deleted": False,
    }
    assert [each["id"] for each in state["channels"]] == [
        "C0GENERAL",
        "C0RANDOM",
        "C0SUPPORT",
        "D0ANA",
    ]
    assert "C0REVIEWERS" in {each["id"] for each in (await control.state("bo"))["channels"]}
    assert state["home"] is None
    assert state["file_token"]


@pytest.mark.parametrize(
    ("place", "error", "status"),
    [
        (("nobody", "general", None), "user_not_found", 404),
        (("atelier", "general", None), "user_not_found", 404),
        (("ana", "nowhere", None), "channel_not_found", 404),
        (("ana", "reviewers", None), "not_in_channel", 403),
        (("ana", "D0BO", None), "not_in_channel", 403),
        (("ana", "general", "1.000000"), "thread_not_found", 404),
    ],
)
async def test_say_refused(
    control: Client, place: tuple[str, str, str | None], error: str, status: int
) -> None:
    user, channel, thread = place
    with pytest.raises(ControlError) as refused:
        await control.say(user, channel, "x", thread)
    assert (refused.value.code, refused.value.status) == (error, status)


@pytest.mark.parametrize("channel", ["dm", "@atelier", "D0ANA", "D0U0ANA"])
async def test_the_dm_with_the_bot_has_many_names(control: Client, channel: str) -> None:
    await control.say("U0ANA", channel, "hi")
    assert [each["text"] for each in await control.messages("D0ANA")] == ["hi"]


async def test_what_is_no_number_is_refused(control: Client) -> None:
    with pytest.raises(ControlError, match="not_a_number"):
        await control.get("calls", limit="many")
    with pytest.raises(ControlError, match="not_a_number"):
        await control.post("clock", advance_s="soon")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_a_malformed_body_is_refused(control: Client, body: bytes) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{control.url}/_control/say", data=body) as answer,
    ):
        assert answer.status == 400


async def test_visible_has_every_state_that_a_person_saw(
    slack: AsyncWebClient, control: Client
) -> None:
    posted = await slack.chat_postMessage(channel="C0REVIEWERS", text="one")
    await slack.chat_update(channel="C0REVIEWERS", ts=posted["ts"], text="two")
    await slack.chat_delete(channel="C0REVIEWERS", ts=posted["ts"])
    await slack.chat_postEphemeral(channel="C0REVIEWERS", user="U0BO", text="psst")
    asked = (await control.say("bo", "dm", "q"))["ts"]
    await slack.assistant_threads_setStatus(channel_id="D0BO", thread_ts=asked, status="thinking")
    await slack.assistant_threads_setTitle(channel_id="D0BO", thread_ts=asked, title="A title")
    prompt = {"title": "Draw", "message": "draw a fox"}
    await slack.assistant_threads_setSuggestedPrompts(channel_id="D0BO", prompts=[prompt])
    shown = [(each["kind"], each["payload"]) for each in await control.visible("bo")]
    kinds = [kind for kind, _ in shown]
    assert kinds == ["message", "message", "ephemeral", "message", "status", "status", "status"]
    assert [payload["text"] for _, payload in shown[:4]] == ["one", "two", "psst", "q"]
    assert [shown[4][1]["status"], shown[5][1]["title"]] == ["thinking", "A title"]
    assert shown[6][1]["prompts"] == [prompt]
    assert await control.visible("ana") == []
    assert [each["payload"]["text"] for each in await control.visible("chen")] == ["one", "two"]


async def test_a_shown_file_has_its_hash(slack: AsyncWebClient, control: Client) -> None:
    await slack.files_upload_v2(channel="C0GENERAL", filename="a.txt", content="bytes")
    await control.wait_for(lambda each: bool(each.get("files")), channel="general")
    (file,) = [each for each in await control.visible("ana") if each["kind"] == "file"]
    assert file["sha256"] == hashlib.sha256(b"bytes").hexdigest()
    assert file["payload"]["name"] == "a.txt"
    assert await control.content(file["sha256"]) == b"bytes"
    await slack.files_delete(file=file["payload"]["id"])
    assert await control.content(file["sha256"]) == b"bytes", "whoever saw it has seen it"
    with pytest.raises(ControlError, match="file_not_found"):
        await control.content("0" * 64)


async def test_events_are_for_one_person(slack: AsyncWebClient, control: Client) -> None:
    start = (await control.state("ana"))["last_event_id"]
    await control.say("bo", "reviewers", "secret")
    await slack.chat_postEphemeral(channel="C0GENERAL", user="U0BO", text="psst")
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="one")
    await slack.chat_update(channel="C0GENERAL", ts=posted["ts"], text="two")
    await slack.reactions_add(channel="C0GENERAL", timestamp=posted["ts"], name="eyes")
    await slack.chat_delete(channel="C0GENERAL", ts=posted["ts"])
    kinds = await _kinds(control, "ana", start, "message_deleted")
    assert [kind for kind in kinds if kind not in {"call", "envelope"}] == [
        "message",
        "message_changed",
        "reaction",
        "message_changed",
        "message_deleted",
    ]
    assert {"call", "envelope"} <= set(kinds)
    assert "ephemeral" in await _kinds(control, "bo", start, "message_deleted")


async def test_events_replay_after_an_id(control: Client) -> None:
    await control.say("ana", "general", "one")
    url = f"{control.url}/_control/events?user=ana"
    async with aiohttp.ClientSession() as session:
        async with session.get(url, headers={"Last-Event-ID": "0"}) as stream:
            lines = [await _line(stream.content) for _ in range(5)]
        number = int(next(line for line in lines if line.startswith("id: "))[4:])
        await control.say("ana", "general", "two")
        async with session.get(url, headers={"Last-Event-ID": str(number)}) as stream:
            while "two" not in (line := await _line(stream.content)):
                assert "one" not in line


async def test_the_agents_session_is_shown(slack: AsyncWebClient, control: Client) -> None:
    asked = (await control.say("ana", "dm", "q"))["ts"]
    call: dict[str, Any] = {"channel_id": "D0ANA", "thread_ts": asked}
    await slack.agents_sessions_setStatus(**call, status="processing", title="Draw")
    for wrong, error in (
        (call | {"status": "dancing"}, "invalid_status"),
        ({"channel_id": "D0ANA", "status": "active"}, "thread_ts_required"),
        ({"channel_id": "C0NOWHERE", "status": "active"}, "channel_not_found"),
    ):
        answer = await _refusal(slack, "agents.sessions.setStatus", wrong)
        assert answer == error
    assert (await control.visible("ana"))[-1]["payload"]["title"] == "Draw"


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("assistant.threads.setStatus", {"status": "x", "thread_ts": "1.0"}, "invalid_thread_ts"),
        (
            "assistant.threads.setTitle",
            {"title": "x", "channel_id": "C0X", "thread_ts": "1.0"},
            "channel_not_found",
        ),
        ("assistant.threads.setSuggestedPrompts", {"prompts": []}, "invalid_arguments"),
        ("assistant.threads.setSuggestedPrompts", {"prompts": [{}] * 5}, "invalid_arguments"),
    ],
)
async def test_assistant_refused(
    slack: AsyncWebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    assert await _refusal(slack, method, {"channel_id": "D0ANA"} | arguments) == error


async def _refusal(slack: AsyncWebClient, method: str, arguments: dict[str, Any]) -> str:
    url = f"{slack.base_url}{method}"
    headers = {"Authorization": "Bearer xoxb-local"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json=arguments) as answer,
    ):
        return str((await answer.json())["error"])


async def _kinds(control: Client, user: str, start: int, last: str) -> list[str]:
    kinds: list[str] = []
    async with asyncio.timeout(10):
        async for event in control.events(user, start):
            kinds.append(event["type"])
            if event["type"] == last:
                break
    return kinds


async def _line(content: aiohttp.StreamReader) -> str:
    async with asyncio.timeout(10):
        return (await content.readline()).decode()
