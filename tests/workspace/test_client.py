"""The control client: waiting without polling, errors, streams."""

import asyncio

import pytest
import uvicorn
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import IDLE_S, Client, ControlError


def test_no_connection_is_kept_that_the_server_may_have_ended() -> None:
    """A test that holds its loop up for longer would speak into it."""
    assert uvicorn.Config(lambda: None).timeout_keep_alive > IDLE_S


async def test_waiting_finds_what_is_there(control: Client) -> None:
    said = await control.say("ana", "general", "你好")
    found = await control.wait_for(lambda each: each["text"] == "你好", channel="general")
    assert found["ts"] == said["ts"]


async def test_waiting_finds_what_comes(slack: AsyncWebClient, control: Client) -> None:
    parent = (await control.say("ana", "general", "q"))["ts"]
    waiting = asyncio.create_task(
        control.wait_for(lambda each: "done" in each["text"], channel="general", thread_ts=parent)
    )
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="working", thread_ts=parent)
    assert not waiting.done()
    await slack.chat_update(channel="C0GENERAL", ts=posted["ts"], text="done")
    assert (await waiting)["ts"] == posted["ts"]


async def test_waiting_sees_ephemeral_messages_of_its_person(
    slack: AsyncWebClient, control: Client
) -> None:
    waiting = asyncio.create_task(
        control.wait_for(lambda each: bool(each.get("is_ephemeral")), channel="general", user="bo")
    )
    await slack.chat_postEphemeral(channel="C0GENERAL", user="U0BO", text="psst")
    assert (await waiting)["text"] == "psst"


async def test_waiting_ends_and_says_what_there_was(control: Client) -> None:
    await control.say("ana", "general", "something else")
    with pytest.raises(TimeoutError, match="something else"):
        await control.wait_for(lambda _: False, channel="general", timeout_s=0.2)


async def test_a_long_message_fits_through_the_stream(
    slack: AsyncWebClient, control: Client
) -> None:
    start = (await control.state("ana"))["last_event_id"]
    await slack.chat_postMessage(channel="C0GENERAL", text="好" * 40_000)
    async for event in control.events("ana", start):
        if event["type"] == "message":
            assert len(event["message"]["text"]) == 40_000
            break


async def test_a_refusal_is_an_error_with_its_code(control: Client) -> None:
    with pytest.raises(ControlError) as refused:
        await control.say("nobody", "general", "x")
    assert (refused.value.code, refused.value.status) == ("user_not_found", 404)
    with pytest.raises(ControlError, match="bad_fault"):
        await control.fault({"metod": "x"}, status=500)
