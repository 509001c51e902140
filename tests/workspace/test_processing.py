"""Files in the background: what pages and apps hear, and when."""

import io
from typing import Any

import pytest
from PIL import Image
from slack_sdk.web.async_client import AsyncWebClient

from workspace import actions, processing
from workspace.client import Client
from workspace.state import Workspace

FILE_EVENTS = ["file_created", "file_shared", "file_change", "file_deleted", "file_public"]
EVENTS = {"settings": {"event_subscriptions": {"bot_events": FILE_EVENTS}}}


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(stream, "PNG")
    return stream.getvalue()


def told(ws: Workspace) -> list[str]:
    return [row["kind"] for row in ws.dispatcher.log if row["outcome"] != "not_subscribed"]


async def test_pages_see_a_file_before_and_after(ws: Workspace) -> None:
    ana, general = ws.directory.users["U0ANA"], ws.directory.channels["C0GENERAL"]
    given = actions.Upload(name="a.png", content=picture())
    message = actions.upload(ws, ana, general, given)
    (file,) = message["files"]
    assert (file["mimetype"], "thumb_720" in file, "_processing" in file) == (
        "image/png",
        False,
        False,
    )
    await processing.finished(ws, [file["id"]])
    events = [record.event for record in ws.journal.since(0, "U0ANA") if "message" in record.event]
    first, then, last = (each["message"]["files"][0] for each in events)
    assert [each["type"] for each in events] == ["message", "message_changed", "message_changed"]
    assert "_processing" not in first
    assert then["_processing"]
    assert ("_processing" in last, last["thumb_720_w"], last["original_h"]) == (False, 720, 600)
    assert general.messages[message["ts"]]["files"] == [last]
    assert message["files"] == [file]


async def test_the_app_hears_of_no_change_of_the_message(ws: Workspace, control: Client) -> None:
    await control.upload("ana", "general", "a.png", picture())
    assert sorted(told(ws)) == ["file_shared", "message"]


async def test_events_that_are_asked_for(slack: AsyncWebClient, control: Client, bot: Any) -> None:
    bot.record(*FILE_EVENTS)
    await bot.connect()
    await control.manifest(EVENTS)
    file_id = (await control.upload("ana", "general", "a.png", picture()))["file_id"]
    await AsyncWebClient("xoxp-ana", base_url=slack.base_url).files_delete(file=file_id)
    events = [(await bot.next())["event"] for _ in range(5)]
    by_type = {event["type"]: event for event in events}
    assert set(by_type) == set(FILE_EVENTS)
    shared = by_type["file_shared"]
    assert set(shared) == {"type", "file_id", "user_id", "file", "channel_id", "event_ts"}
    assert (shared["file"], shared["channel_id"]) == ({"id": file_id}, "C0GENERAL")
    assert by_type["file_created"]["user_id"] == "U0ANA"
    assert by_type["file_deleted"]["channel_ids"] == ["C0GENERAL"]
    assert {event["file_id"] for event in events} == {file_id}


async def test_a_file_becomes_public_once(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    await control.manifest(EVENTS)
    await slack.files_upload_v2(
        channels=["C0REVIEWERS", "C0GENERAL", "C0RANDOM"], filename="a", content="x"
    )
    await control.wait_for(lambda each: bool(each.get("files")), channel="random")
    assert told(ws).count("file_public") == 1
    assert told(ws).count("file_shared") == 3
    assert told(ws).count("file_created") == 1


async def test_the_app_hears_nothing_of_places_it_is_not_in(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    await control.manifest(EVENTS)
    ws.directory.channels["C0RANDOM"].members.remove("U0ATELIER")
    sent = await control.upload("ana", "random", "a.txt", b"x")
    await AsyncWebClient("xoxp-ana", base_url=slack.base_url).files_delete(file=sent["file_id"])
    assert told(ws) == []


@pytest.mark.parametrize(
    ("name", "content", "filetype"),
    [
        ("noname", picture(), "png"),
        ("lies.jpg", picture(), "png"),
        ("broken.png", b"\x89PNG\r\n\x1a\n oh", "png"),
        ("a.csv", "名,数\n灯,1\n".encode(), "csv"),
        ("binary.txt", b"\0\1", "text"),
        ("empty", b"", "binary"),
    ],
)
def test_what_files_turn_out_to_be(name: str, content: bytes, filetype: str) -> None:
    found = processing.examine(content, name, "")
    assert found.facts["filetype"] == filetype
    assert (found.picture is not None) is (content == picture())
    assert ("preview" in found.facts) is (name == "a.csv")


def test_a_snippet_is_text_whatever_its_bytes() -> None:
    found = processing.examine(picture(), "a.png", "python")
    assert (found.facts["filetype"], found.facts["mimetype"]) == ("python", "text/plain")
    assert found.picture is None


async def test_work_ends_with_the_workspace(ws: Workspace, slack: AsyncWebClient) -> None:
    await slack.files_upload_v2(channel="C0GENERAL", filename="a.png", content=picture())
    assert ws.chores
    await ws.close()
    assert not ws.chores
