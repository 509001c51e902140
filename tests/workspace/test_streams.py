"""Streams with the SDK's own helper; five minutes of life; the stop button."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client

TO_ANA = {"recipient_user_id": "U0ANA", "recipient_team_id": "T0LOCAL00"}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "end"}}


async def _start(slack: AsyncWebClient, thread_ts: str) -> str:
    answer = await slack.chat_startStream(channel="C0GENERAL", thread_ts=thread_ts, **TO_ANA)
    return str(answer["ts"])


@pytest.fixture
async def thread_ts(control: Client) -> str:
    return str((await control.say("ana", "general", "question"))["ts"])


async def test_the_helper_streams(slack: AsyncWebClient, control: Client, thread_ts: str) -> None:
    stream = await slack.chat_stream(
        channel="C0GENERAL", thread_ts=thread_ts, buffer_size=4, **TO_ANA
    )
    await stream.append(markdown_text="**Hello** ")
    await stream.append(markdown_text="世界 <b>")
    answer = await stream.stop(blocks=[SECTION])
    message = (await control.messages("general", thread_ts=thread_ts))[1]
    assert message == answer["message"]
    assert message["text"] == "**Hello** 世界 &lt;b&gt;"
    assert message["streaming_state"] == "completed"
    assert [block["type"] for block in message["blocks"]] == ["markdown", "section"]


async def test_every_state_was_visible(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await _start(slack, thread_ts)
    for piece in ("a", "b", "c"):
        await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text=piece)
    await slack.chat_stopStream(channel="C0GENERAL", ts=ts)
    shown = [each["payload"]["text"] for each in await control.visible("bo") if each["ts"] == ts]
    assert shown == ["", "a", "ab", "abc", "abc"]


async def test_task_cards_are_updated_in_place(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await _start(slack, thread_ts)
    for status in ("in_progress", "complete"):
        chunk = TaskUpdateChunk(id="t", title="Draw", status=status)
        await slack.chat_appendStream(channel="C0GENERAL", ts=ts, chunks=[chunk])
    text = MarkdownTextChunk(text="done")
    await slack.chat_appendStream(channel="C0GENERAL", ts=ts, chunks=[text])
    card, words = (await control.messages("general", thread_ts=thread_ts))[1]["blocks"]
    assert (card["type"], card["status"], words["text"]) == ("task_card", "complete", "done")


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
    ts = await _start(slack, thread_ts)
    await control.advance(301)
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="late")
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await slack.chat_stopStream(channel="C0GENERAL", ts=ts)
    await slack.chat_update(channel="C0GENERAL", ts=ts, text="recovered")


async def test_a_stopped_stream_takes_nothing(slack: AsyncWebClient, thread_ts: str) -> None:
    ts = await _start(slack, thread_ts)
    await slack.chat_stopStream(channel="C0GENERAL", ts=ts, markdown_text="end")
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="more")


async def test_a_live_stream_is_not_updated(slack: AsyncWebClient, thread_ts: str) -> None:
    ts = await _start(slack, thread_ts)
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


async def test_chunks_are_checked(slack: AsyncWebClient, thread_ts: str) -> None:
    ts = await _start(slack, thread_ts)
    nothing: dict[str, object] = {}
    for more, error in (
        ({"chunks": [{"type": "song"}]}, "invalid_chunks"),
        ({"chunks": [{"type": "task_update", "id": "t"}]}, "invalid_chunks"),
        ({"chunks": "["}, "invalid_chunks"),
        (nothing, "no_text"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.api_call(
                "chat.appendStream", json={"channel": "C0GENERAL", "ts": ts} | more
            )
