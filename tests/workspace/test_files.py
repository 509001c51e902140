"""The three-step upload with both SDK clients: what is answered, shared, seen and deleted."""

import asyncio
import hashlib
import io
import json
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.client import WebClient

from workspace import filetypes, processing
from workspace.client import Client
from workspace.state import Workspace
from workspace.uploads import FileLimits

NAMES = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("./\\\u202e\r\n%?#画🦊")), min_size=1
)


def picture(width: int = 3, height: int = 2, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(stream, kind)
    return stream.getvalue()


async def fetch(url: str, token: str = "") -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.read()


async def unshared(ws: Workspace, slack: AsyncWebClient, content: bytes, **more: Any) -> Any:
    """Upload without sharing; return the file once it is processed."""
    given = {"filename": "画.png"} | more
    answer = await slack.files_upload_v2(content=content, **given)
    await processing.finished(ws, [answer["files"][0]["id"]])
    return (await slack.files_info(file=answer["files"][0]["id"]))["file"]


async def posted(url: str, content: bytes) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, data=content) as answer:
        return answer.status, await answer.text()


async def test_a_shared_file_is_a_message(slack: AsyncWebClient, control: Client) -> None:
    parent = (await control.say("ana", "general", "draw"))["ts"]
    await slack.files_upload_v2(
        channel="C0GENERAL",
        thread_ts=parent,
        filename="画.png",
        content=picture(30, 20),
        title="A <fox>",
        alt_txt="a red fox",
        initial_comment="here & now",
    )
    message = await control.wait_for(
        lambda each: bool(each.get("files")), channel="general", thread_ts=parent
    )
    assert message["subtype"] == "file_share"
    assert (message["text"], message["user"]) == ("here &amp; now", "U0ATELIER")
    (file,) = message["files"]
    assert (file["name"], file["title"], file["alt_txt"]) == ("画.png", "A <fox>", "a red fox")
    assert (file["mimetype"], file["filetype"], file["pretty_type"]) == ("image/png", "png", "PNG")
    assert (file["original_w"], file["original_h"], file["thumb_360_w"]) == (30, 20, 30)
    assert not {"shares", "channels", "_processing"} & set(file)
    info = (await slack.files_info(file=file["id"]))["file"]
    (share,) = info["shares"]["public"]["C0GENERAL"]
    assert (share["ts"], share["thread_ts"]) == (message["ts"], parent)
    assert (info["channels"], info["groups"], info["ims"]) == (["C0GENERAL"], [], [])
    assert info["is_public"]


async def test_the_sync_client_uploads_several(ws: Workspace, control: Client) -> None:
    client = WebClient("xoxb-local", base_url=f"{ws.base_url}/api/")
    uploads = [
        {"filename": "一.txt", "content": "一", "title": "one"},
        {"filename": "two.png", "content": picture()},
    ]
    await asyncio.to_thread(
        client.files_upload_v2, file_uploads=uploads, channels=["C0GENERAL", "U0ANA"]
    )
    for place in ("general", "dm"):
        message = await control.wait_for(lambda each: bool(each.get("files")), channel=place)
        assert [each["title"] for each in message["files"]] == ["one", "two.png"]


async def test_the_answer_comes_before_the_processing(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    await control.fault({"method": "files.completeUploadExternal"}, late_s=60)
    answer = await slack.files_upload_v2(
        channel="C0GENERAL", filename="a.png", content=picture(500, 400)
    )
    (file,) = answer["files"]
    info = (await slack.files_info(file=file["id"]))["file"]
    for told in (file, info):
        assert (told["mimetype"], told["filetype"], told["pretty_type"]) == ("", "", "")
        assert (told["shares"], told["channels"], told["is_public"]) == ({}, [], False)
        assert "thumb_360" not in told
    for named in ({"id": file["id"]}, {"url": info["url_private"]}, {"url": info["permalink"]}):
        block = {"type": "image", "alt_text": "fox", "slack_file": named}
        with pytest.raises(SlackApiError, match="invalid slack file"):
            await slack.chat_postMessage(channel="C0RANDOM", text="x", blocks=[block])
    assert await control.messages("general") == []
    await control.advance(61)
    message = await control.wait_for(lambda each: bool(each.get("files")), channel="general")
    assert message["files"][0]["thumb_480_w"] == 480
    assert ws.files_ready(file["id"])
    block = {"type": "image", "alt_text": "fox", "slack_file": {"id": file["id"]}}
    await slack.chat_postMessage(channel="C0RANDOM", text="x", blocks=[block])


async def test_a_share_may_come_never(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    await control.fault({"method": "files.completeUploadExternal"}, drop=True)
    answer = await slack.files_upload_v2(channel="C0GENERAL", filename="never.txt", content="x")
    await processing.finished(ws, [answer["files"][0]["id"]])
    await control.advance(3600)
    assert await control.messages("general") == []
    assert (await slack.files_info(file=answer["files"][0]["id"]))["file"]["shares"] == {}


async def test_an_unshared_file_shows_in_an_image_block(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    file = await unshared(ws, slack, picture())
    for named in ({"id": file["id"]}, {"url": file["url_private"]}, {"url": file["permalink"]}):
        block = {"type": "image", "alt_text": "fox", "slack_file": named}
        await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])
    for message in await control.messages("general"):
        source = message["blocks"][0]["_src"]
        assert source.startswith(f"/files/{file['id']}/")
        assert (await fetch(control.url + source))[1] == picture()
    shown = [each for each in await control.visible("ana") if each["kind"] == "file"]
    assert {each["sha256"] for each in shown} == {hashlib.sha256(picture()).hexdigest()}


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.webp", picture(kind="WEBP")), ("a.txt", b"x"), ("a.png", b"broken"), ("a.bmp", b"BM")],
)
async def test_blocks_show_no_other_files(
    ws: Workspace, slack: AsyncWebClient, name: str, content: bytes
) -> None:
    file = await unshared(ws, slack, content, filename=name)
    block = {"type": "image", "alt_text": "fox", "slack_file": {"id": file["id"]}}
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])


async def test_an_unfinished_file_is_nowhere(slack: AsyncWebClient) -> None:
    answer = await slack.files_getUploadURLExternal(filename="a.png", length=5)
    for named in ({"id": answer["file_id"]}, {"id": "F0NONE"}, {"url": "https://example.com"}):
        block = {"type": "image", "alt_text": "fox", "slack_file": named}
        with pytest.raises(SlackApiError, match="invalid_blocks"):
            await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])
    with pytest.raises(SlackApiError, match="file_not_found"):
        await slack.files_info(file=answer["file_id"])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"length": 0}, "missing_argument"),
        ({"length": -1}, "invalid_arguments"),
        ({"length": "five"}, "invalid_arguments"),
        ({"length": "5.5"}, "invalid_arguments"),
        ({"length": 1001}, "file_upload_size_restricted"),
        ({"length": 900}, "storage_limit_reached"),
        ({"filename": ""}, "invalid_arguments"),
        ({"alt_txt": "长" * 1001}, "alt_txt_too_large"),
        ({"snippet_type": "klingon"}, "unknown_snippet_type"),
    ],
)
async def test_an_upload_refused(
    ws: Workspace, slack: AsyncWebClient, given: dict[str, Any], code: str
) -> None:
    ws.uploads.limits = FileLimits(file_bytes=1000, stored_bytes=800)
    with pytest.raises(SlackApiError, match=code):
        await slack.api_call(
            "files.getUploadURLExternal", params={"filename": "a.txt", "length": 5} | given
        )
    assert ws.files == {}


async def test_a_snippet_has_a_limit(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="snippet_too_large"):
        await slack.files_getUploadURLExternal(
            filename="a.py", length=filetypes.SNIPPET_BYTES + 1, snippet_type="python"
        )
    await slack.files_getUploadURLExternal(filename="a", length=9, alt_txt="长" * 1000)


async def test_what_is_stored_is_counted(ws: Workspace, slack: AsyncWebClient) -> None:
    ws.uploads.limits = FileLimits(stored_bytes=1000)
    await slack.files_upload_v2(filename="a.bin", content=b"\1" * 600)
    with pytest.raises(SlackApiError, match="storage_limit_reached"):
        await slack.files_getUploadURLExternal(filename="b", length=401)
    await slack.files_getUploadURLExternal(filename="b", length=400)


async def test_completion_refused(slack: AsyncWebClient, control: Client) -> None:
    fresh = await slack.files_getUploadURLExternal(filename="a.png", length=5)
    theirs = await control.upload("ana", "general", "a.txt", b"x")
    done = (await slack.files_upload_v2(filename="b.txt", content="x"))["files"][0]["id"]
    mine = [{"id": done}]
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"files": [{"id": "F0NONE"}]}, "file_not_found"),
        ({"files": [{"id": fresh["file_id"]}]}, "file_not_found"),
        ({"files": [{"id": theirs["file_id"]}]}, "access_denied"),
        ({"files": []}, "invalid_arguments"),
        ({"files": ["F1"]}, "invalid_arguments"),
        ({"files": [{"title": "no id"}]}, "invalid_arguments"),
        ({"files": [{"id": done, "highlight_type": "x" * 11}]}, "invalid_arguments"),
        ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
        ({"channel_id": "general"}, "channel_not_found"),
        ({"channels": "C0GENERAL,C0NOWHERE"}, "invalid_channel"),
        ({"channels": ",".join(f"C{n}" for n in range(101))}, "channels_limit_exceeded"),
        ({"channel_id": "C0GENERAL", "blocks": [{"type": "divider"}]}, "invalid_blocks"),
        ({"channel_id": "C0GENERAL", "blocks": "no"}, "invalid_blocks"),
        ({"channels": "C0GENERAL,C0RANDOM", "thread_ts": "1.2"}, "invalid_arguments"),
    ]
    for given_, code in refusals:
        with pytest.raises(SlackApiError, match=code):
            await slack.api_call("files.completeUploadExternal", json={"files": mine} | given_)


async def test_channels_the_app_is_not_in(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    done = (await slack.files_upload_v2(filename="b.txt", content="x"))["files"]
    for name, code in (("C0RANDOM", "not_in_channel"), ("C0REVIEWERS", "channel_not_found")):
        ws.directory.channels[name].members.remove("U0ATELIER")
        with pytest.raises(SlackApiError, match=code):
            await slack.files_completeUploadExternal(files=[{"id": done[0]["id"]}], channel_id=name)
    assert await control.messages("random") == []
    ws.directory.channels["C0GENERAL"].is_archived = True
    with pytest.raises(SlackApiError, match="posting_to_channel_denied"):
        await slack.files_completeUploadExternal(
            files=[{"id": done[0]["id"]}], channel_id="C0GENERAL"
        )


async def test_rich_text_goes_with_files_unless_there_is_a_comment(
    slack: AsyncWebClient, control: Client
) -> None:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": "富"}]}
    blocks = [{"type": "rich_text", "elements": [section]}]
    done = (await slack.files_upload_v2(filename="b.txt", content="x"))["files"][0]["id"]
    for place, comment in (("general", None), ("random", "hi")):
        await slack.files_completeUploadExternal(
            files=[{"id": done}],
            channel_id=f"C0{place.upper()}",
            initial_comment=comment,
            blocks=json.dumps(blocks),
        )
        message = await control.wait_for(lambda each: bool(each.get("files")), channel=place)
        assert ("blocks" in message) is (comment is None)


async def test_a_file_in_a_private_place_is_private(slack: AsyncWebClient, control: Client) -> None:
    await slack.files_upload_v2(channel="C0REVIEWERS", filename="a.txt", content="x")
    message = await control.wait_for(
        lambda each: bool(each.get("files")), channel="reviewers", user="bo"
    )
    info = (await slack.files_info(file=message["files"][0]["id"]))["file"]
    assert (info["groups"], info["channels"], info["is_public"]) == (["C0REVIEWERS"], [], False)
    assert list(info["shares"]) == ["private"]
    url = slack.base_url
    assert (await AsyncWebClient("xoxp-bo", base_url=url).files_info(file=info["id"]))["ok"]
    with pytest.raises(SlackApiError, match="file_not_found"):
        await AsyncWebClient("xoxp-ana", base_url=url).files_info(file=info["id"])


async def test_delete(slack: AsyncWebClient, control: Client) -> None:
    await slack.files_upload_v2(channel="C0GENERAL", filename="a.txt", content="x")
    message = await control.wait_for(lambda each: bool(each.get("files")), channel="general")
    file = message["files"][0]
    await slack.files_delete(file=file["id"])
    gone = {"id": file["id"], "mode": "tombstone"}
    assert (await control.messages("general"))[0]["files"] == [gone]
    assert (await fetch(file["url_private"], "xoxb-local"))[0] == 404
    for method in (slack.files_info, slack.files_delete):
        with pytest.raises(SlackApiError, match="file_deleted"):
            await method(file=file["id"])
        with pytest.raises(SlackApiError, match="file_not_found"):
            await method(file="F0NONE")


async def test_who_may_delete(slack: AsyncWebClient, control: Client) -> None:
    theirs = await control.upload("ana", "general", "a.txt", b"x")
    url = slack.base_url
    for token in ("xoxb-local", "xoxp-bo"):
        with pytest.raises(SlackApiError, match="cant_delete_file"):
            await AsyncWebClient(token, base_url=url).files_delete(file=theirs["file_id"])
    await AsyncWebClient("xoxp-chen", base_url=url).files_delete(file=theirs["file_id"])


async def test_a_deleted_file_is_not_shared_late(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    await control.fault({"method": "files.completeUploadExternal"}, late_s=60)
    answer = await slack.files_upload_v2(channel="C0GENERAL", filename="a.txt", content="x")
    await slack.files_delete(file=answer["files"][0]["id"])
    await control.advance(61)
    await processing.finished(ws, list(ws.chores))
    assert await control.messages("general") == []


async def test_a_person_uploads(slack: AsyncWebClient, control: Client) -> None:
    sent = await control.upload("chen", "support", "图.png", picture(), text="@atelier 看")
    (message,) = await control.messages("support")
    assert (message["ts"], message["user"]) == (sent["ts"], "U0CHEN")
    assert message["text"] == "<@U0ATELIER> 看"
    assert (message["files"][0]["name"], message["files"][0]["thumb_64"][-4:]) == ("图.png", ".png")
    info = (await slack.files_info(file=sent["file_id"]))["file"]
    assert (await fetch(info["url_private"], "xoxb-local"))[1] == picture()


async def test_a_text_has_a_preview_and_its_content(ws: Workspace, slack: AsyncWebClient) -> None:
    text = "\n".join(f"行 {number}" for number in range(9))
    for more in ({"filename": "a.md"}, {"filename": "a", "snippet_type": "text"}):
        file = await unshared(ws, slack, text.encode(), **more)
        assert (file["mode"], file["editable"]) == ("snippet", True)
        assert file["preview"] == "行 0\n行 1\n行 2\n行 3\n行 4"
        assert (file["lines"], file["lines_more"]) == (9, 4)
        assert (await slack.files_info(file=file["id"]))["content"] == text
    pdf = await unshared(ws, slack, b"%PDF-1.7", filename="a.pdf")
    assert (pdf["mode"], "preview" in pdf, "thumb_64" in pdf) == ("hosted", False, False)


async def test_an_upload_that_nobody_finishes_is_forgotten(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    kept = (await slack.files_upload_v2(filename="kept", content="x"))["files"][0]["id"]
    filled = await slack.files_getUploadURLExternal(filename="filled", length=1)
    assert (await posted(filled["upload_url"], b"x"))[0] == 200
    await slack.files_getUploadURLExternal(filename="empty", length=1)
    assert len(ws.files) == 3
    await control.advance(ws.uploads.limits.address_s + 1)
    late = await slack.files_getUploadURLExternal(filename="new", length=1)
    assert set(ws.files) == {kept, late["file_id"]}
    with pytest.raises(SlackApiError, match="file_not_found"):
        await slack.files_completeUploadExternal(files=[{"id": filled["file_id"]}])


@given(name=NAMES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_a_file_is_called(ws: Workspace, slack: AsyncWebClient, name: str) -> None:
    ws.limits.enabled = False
    file = await unshared(ws, slack, b"x", filename=name, title=name)
    assert file["name"] == filetypes.clean_name(name)
    prefix = f"{ws.base_url}/files/{file['id']}/"
    for key in ("url_private", "url_private_download"):
        assert file[key].startswith(prefix)
        assert await fetch(file[key], "xoxb-local") == (200, b"x")
