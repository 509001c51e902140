"""Chunks: what they make of a message while it streams, and their limits."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.streaming import TO_ANA, begin, latest, refused, task
from workspace.client import Client

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "end"}}


async def _append(slack: AsyncWebClient, ts: str, *chunks: dict[str, Any]) -> None:
    await slack.chat_appendStream(channel="C0GENERAL", ts=ts, chunks=list(chunks))


async def test_task_cards_are_updated_in_place(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await begin(slack, thread_ts)
    for status in ("in_progress", "complete"):
        chunk = TaskUpdateChunk(id="t", title="Draw", status=status)
        await slack.chat_appendStream(channel="C0GENERAL", ts=ts, chunks=[chunk])
    text = MarkdownTextChunk(text="done")
    await slack.chat_appendStream(channel="C0GENERAL", ts=ts, chunks=[text])
    card, words = (await latest(control, thread_ts))["blocks"]
    assert (card["type"], card["status"], words["text"]) == ("task_card", "complete", "done")


async def test_chunks_are_checked(slack: AsyncWebClient, thread_ts: str) -> None:
    ts = await begin(slack, thread_ts)
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


async def test_details_and_output_of_a_task_add_up(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    ts = await begin(slack, thread_ts)
    source = {"type": "url", "url": "https://example.com", "text": "页"}
    await _append(slack, ts, task("pending", details="一、"), task("in_progress", details="two"))
    await _append(slack, ts, task("complete", output="done", sources=[source]))
    await slack.chat_stopStream(channel="C0GENERAL", ts=ts)
    message = await latest(control, thread_ts)
    (card,) = message["blocks"]
    assert message["text"] == "画狐狸"
    assert (card["block_id"], card["status"]) == ("task-t", "complete")
    assert card["details"]["elements"][0]["elements"] == [{"type": "text", "text": "一、two"}]
    assert card["output"]["elements"][0]["elements"] == [{"type": "text", "text": "done"}]
    assert card["sources"] == [source]


async def test_a_plan_holds_all_tasks(
    slack: AsyncWebClient, control: Client, thread_ts: str
) -> None:
    started = await slack.chat_startStream(
        channel="C0GENERAL", thread_ts=thread_ts, task_display_mode="plan", **TO_ANA
    )
    ts = str(started["ts"])
    await _append(slack, ts, task("in_progress"), {"type": "markdown_text", "text": "so:"})
    (plan, _) = (await latest(control, thread_ts))["blocks"]
    assert (plan["type"], plan["title"]) == ("plan", "画狐狸")
    named = {"type": "plan_update", "title": "Foxes"}
    await _append(slack, ts, named, task("complete") | {"id": "u", "title": "Check"})
    await slack.chat_stopStream(channel="C0GENERAL", ts=ts)
    message = await latest(control, thread_ts)
    plan, words = message["blocks"]
    assert [task["title"] for task in plan["tasks"]] == ["画狐狸", "Check"]
    assert (plan["title"], words["type"]) == ("Foxes", "rich_text")
    assert message["text"] == "so: Foxes 画狐狸 Check"


@pytest.mark.parametrize(
    "chunk",
    [
        {"type": "task_update", "id": "t", "title": "x", "status": "cancelled"},
        {"type": "task_update", "id": "", "title": "x", "status": "error"},
        {"type": "task_update", "id": "t", "title": "字" * 257, "status": "error"},
        {"type": "task_update", "id": "t", "title": "x", "status": "error", "details": "x" * 257},
        {"type": "task_update", "id": "t", "title": "x", "status": "error", "output": ["x"]},
        {"type": "task_update", "id": "t", "title": "x", "status": "error", "sources": ["x"]},
        {"type": "plan_update", "title": ""},
        {"type": "markdown_text", "text": ""},
        {"type": "blocks", "blocks": "x"},
    ],
)
async def test_wrong_chunks(slack: AsyncWebClient, thread_ts: str, chunk: dict[str, Any]) -> None:
    ts = await begin(slack, thread_ts)
    assert await refused(slack, "chat.appendStream", ts=ts, chunks=[chunk]) == "invalid_chunks"


async def test_limits(slack: AsyncWebClient, control: Client, thread_ts: str) -> None:
    ts = await begin(slack, thread_ts)
    full = {"type": "markdown_text", "text": "字" * 12_000}
    await _append(slack, ts, full, full)  # the limit is that of one text, not of all
    over = [full | {"text": "字" * 12_001}]
    assert await refused(slack, "chat.appendStream", ts=ts, chunks=over) == "msg_too_long"
    await _append(slack, ts, {"type": "blocks", "blocks": [{"type": "divider"}] * 49})
    more = [{"type": "blocks", "blocks": [{"type": "divider"}]}]
    assert await refused(slack, "chat.appendStream", ts=ts, chunks=more) == "msg_blocks_too_many"
    last = [SECTION] * 50
    answer = await slack.chat_stopStream(channel="C0GENERAL", ts=ts, blocks=last)
    assert len(answer["message"]["blocks"]) == 100
    assert (await latest(control, thread_ts))["text"] == "字" * 24_000


async def test_text_and_chunks_are_not_mixed(slack: AsyncWebClient, thread_ts: str) -> None:
    ts = await begin(slack, thread_ts)
    await slack.chat_appendStream(channel="C0GENERAL", ts=ts, markdown_text="a")
    given = {"channel": "C0GENERAL", "ts": ts, "chunks": [{"type": "markdown_text", "text": "b"}]}
    for method in ("chat.appendStream", "chat.stopStream"):
        with pytest.raises(SlackApiError, match="streaming_mode_mismatch"):
            await slack.api_call(method, json=given)
    await slack.chat_stopStream(channel="C0GENERAL", ts=ts, markdown_text="c")
