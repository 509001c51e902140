"""What the app shows beside a thread: statuses and prompts, and for how long."""

import asyncio
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.sessions import now, refused, seen
from workspace.client import Client

AGENT: dict[str, Any] = {
    "features": {"agent_view": {"suggested_prompts": [{"title": "Draw", "message": "画一只狐狸"}]}}
}


async def test_a_status_stands_for_two_minutes(
    slack: AsyncWebClient, control: Client, place: dict[str, Any], asked: str
) -> None:
    lines = ["Mixing paint…", "调色…"]
    await slack.assistant_threads_setStatus(**place, status="is drawing…", loading_messages=lines)
    (shown,) = (await control.state("ana"))["statuses"]
    assert (shown["status"], shown["loading_messages"]) == ("is drawing…", lines)
    await control.advance(90)
    await slack.assistant_threads_setStatus(**place, status="is still drawing…")
    await control.advance(90)
    assert len((await control.state("ana"))["statuses"]) == 1
    start = await now(control)
    await control.advance(31)
    await seen(control, start, "status", thread_ts=asked, status="")
    assert (await control.state("ana"))["statuses"] == []


async def test_a_message_of_the_app_ends_its_status(
    slack: AsyncWebClient, control: Client, place: dict[str, Any], asked: str
) -> None:
    other = str((await control.say("ana", "dm", "another"))["ts"])
    await slack.assistant_threads_setStatus(**place, status="is drawing…")
    await control.say("ana", "dm", "and?", asked)
    await slack.chat_postMessage(channel="D0ANA", thread_ts=other, text="elsewhere")
    assert len((await control.state("ana"))["statuses"]) == 1
    await slack.chat_postMessage(channel="D0ANA", thread_ts=asked, text="here")
    assert (await control.state("ana"))["statuses"] == []
    await slack.assistant_threads_setStatus(**place, status="goes on")
    assert len((await control.state("ana"))["statuses"]) == 1
    await slack.assistant_threads_setStatus(**place, status="")
    assert (await control.state("ana"))["statuses"] == []


async def test_a_stream_ends_the_status_too(
    slack: AsyncWebClient, control: Client, place: dict[str, Any], asked: str
) -> None:
    await slack.assistant_threads_setStatus(**place, status="thinks")
    start = await now(control)
    await slack.chat_startStream(channel="D0ANA", thread_ts=asked)
    await seen(control, start, "status", thread_ts=asked, status="")


async def test_what_a_status_refuses(
    slack: AsyncWebClient, control: Client, place: dict[str, Any]
) -> None:
    method, ask = "assistant.threads.setStatus", place | {"status": "x"}
    assert await refused(slack, method, **place) == "invalid_arguments"
    for wrong, error in (
        ({"loading_messages": ["x"] * 11}, "invalid_arguments"),
        ({"loading_messages": ["字" * 51]}, "invalid_arguments"),
        ({"loading_messages": [""]}, "invalid_arguments"),
        ({"loading_messages": [1]}, "invalid_arguments"),
        ({"username": "Slackbot"}, "reserved_username"),
        ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
        ({"thread_ts": "1.0"}, "invalid_thread_ts"),
    ):
        assert await refused(slack, method, **ask | wrong) == error
    assert (await control.state("ana"))["statuses"] == []


async def test_prompts(slack: AsyncWebClient, control: Client) -> None:
    assert (await control.state("ana"))["prompts"] == []
    await control.manifest(AGENT)
    fixed = {"title": "Draw", "message": "画一只狐狸"}
    assert (await control.state("ana"))["prompts"] == [
        {"channel": "D0ANA", "thread_ts": "", "title": "", "prompts": [fixed]}
    ]
    start = await now(control)
    ours = [{"title": f"{number} 号", "message": "go"} for number in range(4)]
    call = {"channel_id": "D0ANA", "title": "Try"}
    await slack.assistant_threads_setSuggestedPrompts(**call, prompts=ours)
    await seen(control, start, "prompts", channel="D0ANA", title="Try", prompts=ours)
    assert [each["prompts"] for each in (await control.state("ana"))["prompts"]] == [ours]
    assert [each["prompts"] for each in (await control.state("bo"))["prompts"]] == [[fixed]]
    method = "assistant.threads.setSuggestedPrompts"
    for wrong in (ours[:0], ours * 2, [{"title": "a"}], ["a"], [{"title": "", "message": "b"}]):
        assert await refused(slack, method, **call, prompts=wrong) == "invalid_arguments"
    given = call | {"prompts": ours, "thread_ts": "1.0"}
    assert await refused(slack, method, **given) == "invalid_thread_ts"


async def test_a_page_that_reloads_shows_the_same(
    slack: AsyncWebClient, control: Client, place: dict[str, Any], asked: str
) -> None:
    start = await now(control)
    prompt = {"title": "a", "message": "b"}
    await slack.assistant_threads_setSuggestedPrompts(channel_id="D0ANA", prompts=[prompt])
    await slack.assistant_threads_setStatus(**place, status="thinks")
    await slack.assistant_threads_setTitle(**place, title="标题")
    stream = str((await slack.chat_startStream(channel="D0ANA", thread_ts=asked))["ts"])
    await slack.chat_stopStream(channel="D0ANA", ts=stream, session_status="suspended")
    await slack.assistant_threads_setStatus(**place, status="waits")
    await slack.chat_postMessage(channel="D0ANA", text="last")
    state = await control.state("ana")
    pages: dict[str, dict[tuple[str, str], Any]] = {"status": {}, "session": {}, "prompts": {}}
    async with asyncio.timeout(10):
        async for event in control.events("ana", start):
            kind = event.pop("type")
            if kind in pages:
                pages[kind][event["channel"], event["thread_ts"]] = event
            if kind == "message" and event["message"]["text"] == "last":
                break
    assert list(pages["status"].values()) == state["statuses"]
    assert list(pages["session"].values()) == state["sessions"]
    assert list(pages["prompts"].values()) == state["prompts"]
    assert state["statuses"][0]["status"] == "waits"
    assert state["sessions"][0]["title"] == "标题"
