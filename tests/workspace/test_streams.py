"""Streams with the SDK's own helpers; five minutes of life; the stop button; what is kept."""

import asyncio

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.messages.chunk import BlocksChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.streaming import TO_ANA, begin, latest, refused, task
from workspace.client import Client, ControlError
from workspace.state import Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "end"}}


async def test_the_helper_streams(slack: AsyncWebClient, control: Client, thread_ts: str) -> None:
    stream = await slack.chat_stream(
        channel="C0GENERAL", thread_ts=thread_ts, buffer_size=4, **TO_ANA
    )
    await stream.append(markdown_text="**Hello** ")
    await stream.append(markdown_text="世界 <b>")
    answer = await stream.stop(blocks=[SECTION])
    message = (await control.messages("general", thread_ts=thread_ts))[1]
    assert message == answer["message"]
    assert message["text"] == "*Hello* 世界 &lt;b&gt;"
    assert message["streaming_state"] == "completed"
    assert [block["type"] for block in message["blocks"]] == ["rich_text", "section"]


async def test_every_state_was_visible(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await begin(slack, thread_ts)
    for piece in ("a", "b", "c"):
        await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text=piece)
    await slack.chat_stopStream(channel="C0GENERAL", ts=ts)
    shown = [each["payload"]["text"] for each in await control.visible("bo") if each["ts"] == ts]
    assert shown == ["", "a", "ab", "abc", "abc"]


async def test_recipients_are_needed_in_channels_only(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    with pytest.raises(SlackApiError, match="missing_recipient_user_id"):
        await slack.chat_startStream(channel="C0GENERAL", thread_ts=thread_ts)
    with pytest.raises(SlackApiError, match="missing_recipient_team_id"):
        await slack.chat_startStream(
            channel="C0GENERAL", thread_ts=thread_ts, recipient_user_id="U0ANA"
        )
    direct = await control.say("ana", "dm", "hi")
    await slack.chat_startStream(channel="D0ANA", thread_ts=direct["ts"])


async def test_a_stream_ends_after_five_minutes(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await begin(slack, thread_ts)
    await control.advance(301)
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="late")
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await slack.chat_stopStream(channel="C0GENERAL", ts=ts)
    await slack.chat_update(channel="C0GENERAL", ts=ts, text="recovered")


async def test_a_stopped_stream_takes_nothing(slack: AsyncWebClient, thread_ts: str) -> None:
    ts = await begin(slack, thread_ts)
    await slack.chat_stopStream(channel="C0GENERAL", ts=ts, markdown_text="end")
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="more")


async def test_a_live_stream_is_not_updated(slack: AsyncWebClient, thread_ts: str) -> None:
    ts = await begin(slack, thread_ts)
    with pytest.raises(SlackApiError, match="streaming_state_conflict"):
        await slack.chat_update(channel="C0GENERAL", ts=ts, text="y")


async def test_what_is_no_stream(slack: AsyncWebClient, thread_ts: str) -> None:
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x")
    for ts, error in (
        (posted["ts"], "message_not_in_streaming_state"),
        (thread_ts, "message_not_owned_by_app"),
        ("1.000000", "message_not_found"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="x")


async def test_stopping_takes_blocks_and_metadata(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await begin(slack, thread_ts)
    metadata = {"event_type": "made", "event_payload": {"id": "1"}}
    for wrong, error in (
        ({"blocks": [{"type": "song"}]}, "invalid_blocks"),
        ({"blocks": [SECTION] * 51}, "invalid_blocks"),
        ({"metadata": "x"}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
        ({"session_status": "asleep"}, "invalid_arguments"),
    ):
        assert await refused(slack, "chat.stopStream", ts=ts, **wrong) == error
    await slack.chat_stopStream(
        channel="C0GENERAL",
        ts=ts,
        chunks=[BlocksChunk(blocks=[SECTION])],
        blocks=[{"type": "divider"}],
        metadata=metadata,
    )
    message = await latest(control, thread_ts)
    assert [block["type"] for block in message["blocks"]] == ["section", "divider"]
    assert message["metadata"] == metadata


async def test_what_is_streamed_stays_when_time_is_up(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    start = (await control.state("ana"))["last_event_id"]
    ts = await begin(slack, thread_ts)
    await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="**half** 一半")
    await control.advance(300)
    async with asyncio.timeout(10):
        async for event in control.events("ana", start):
            if event.get("message", {}).get("streaming_state") == "completed":
                break  # without any call by the app
    assert event["type"] == "message_changed"
    assert event["message"]["text"] == "*half* 一半"
    assert event["message"]["blocks"][0]["type"] == "rich_text"
    assert await latest(control, thread_ts) == event["message"]


async def test_an_append_does_not_lengthen_the_life(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await begin(slack, thread_ts)
    await control.advance(200)
    await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="x")
    await control.advance(101)
    error = await refused(slack, "chat.appendStream", ts=ts, markdown_text="y")
    assert error == "message_not_in_streaming_state"


async def test_the_stop_button_ends_it(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await begin(slack, thread_ts)
    await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="**so far**")
    other = (await control.say("bo", "general", "another"))["ts"]
    with pytest.raises(ControlError, match="nothing_to_stop"):
        await control.stop("bo", "general", other)
    stopping = asyncio.create_task(control.stop("bo", "general", thread_ts))
    await control.wait_for(
        lambda each: each.get("streaming_state") == "completed",
        channel="general",
        thread_ts=thread_ts,
    )
    assert (await latest(control, thread_ts))["text"] == "*so far*"
    stopping.cancel()
    error = await refused(slack, "chat.appendStream", ts=ts, markdown_text="more")
    assert error == "stopped_by_user"
    error = await refused(slack, "chat.stopStream", ts=ts)
    assert error == "message_not_in_streaming_state"
    await slack.chat_update(channel="C0GENERAL", ts=ts, text="Stopped.")


async def test_appends_at_once_are_all_kept(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await begin(slack, thread_ts)
    pieces = [f"[{number}]" for number in range(40)]
    calls = (
        slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text=piece) for piece in pieces
    )
    await asyncio.gather(*calls)
    text = (await latest(control, thread_ts))["text"]
    assert len(text) == sum(map(len, pieces))
    assert all(piece in text for piece in pieces)


async def test_a_top_level_stream_is_for_channels(slack: AsyncWebClient, control: Client) -> None:
    answer = await slack.api_call(
        "chat.startStream", json={"channel": "C0GENERAL", "markdown_text": "新闻", **TO_ANA}
    )
    (message,) = await control.messages("general")
    assert (message["ts"], message["text"]) == (answer["ts"], "新闻")
    assert "thread_ts" not in message
    assert await refused(slack, "chat.startStream", channel="D0ANA") == "invalid_arguments"


async def test_who_may_stream(slack: AsyncWebClient, thread_ts: str) -> None:
    place = {"thread_ts": thread_ts, **TO_ANA}
    ana = AsyncWebClient("xoxp-ana", base_url=slack.base_url)
    assert await refused(ana, "chat.startStream", **place) == "not_allowed_token_type"
    for wrong, error in (
        ({"recipient_user_id": "U0NOBODY"}, "user_not_found"),
        ({"recipient_team_id": "T0OTHER"}, "missing_recipient_team_id"),
        ({"task_display_mode": "list"}, "invalid_arguments"),
        ({"markdown_text": "x", "chunks": [task("pending")]}, "invalid_arguments"),
    ):
        assert await refused(slack, "chat.startStream", **place | wrong) == error


async def test_name_and_icon_need_their_scope(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    place = {"channel": "C0GENERAL", "thread_ts": thread_ts, **TO_ANA}
    author = {"username": "Forge 锻造", "icon_emoji": ":fire:"}
    await slack.chat_startStream(**place, **author)
    message = await latest(control, thread_ts)
    assert (message["username"], message["icons"]) == ("Forge 锻造", {"emoji": ":fire:"})
    await control.manifest({"oauth_config": {"scopes": {"bot": ["chat:write"]}}})
    assert await refused(slack, "chat.startStream", **place, **author) == "missing_scope"
    await slack.chat_startStream(**place)


async def test_a_workspace_without_streaming(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    await control.fault(streaming=False)
    place = {"thread_ts": thread_ts, **TO_ANA}
    assert await refused(slack, "chat.startStream", **place) == "unknown_method"
    await control.clear_faults()
    await begin(slack, thread_ts)


async def test_the_synchronous_client_streams(
    ws: Workspace, control: Client, thread_ts: str
) -> None:
    client = WebClient("xoxb-local", base_url=f"{ws.base_url}/api/")

    def stream() -> str:
        helper = client.chat_stream(channel="C0GENERAL", thread_ts=thread_ts, **TO_ANA)
        helper.append(chunks=[TaskUpdateChunk(id="t", title="Draw", status="complete")])
        helper.append(markdown_text="# 完成\n\n- *ready* & set")
        return str(helper.stop()["ts"])

    ts = await asyncio.to_thread(stream)
    message = await latest(control, thread_ts)
    assert message["ts"] == ts
    assert message["text"] == "完成\n\n• _ready_ &amp; set Draw"
    kinds = [block["type"] for block in message["blocks"]]
    assert kinds == ["task_card", "header", "rich_text"]


async def test_a_live_stream_has_no_more_keys_than_slacks(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    await begin(slack, thread_ts)
    message = await latest(control, thread_ts)
    assert message["text"] == ""
    assert "blocks" not in message
    assert message["parent_user_id"] == "U0ANA"
