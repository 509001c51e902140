"""The three-step upload with the SDK, private URLs, files in messages and in image blocks."""

import hashlib
import io
from typing import Any

import aiohttp
import pytest
from PIL import Image
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.state import Workspace


def picture(width: int = 3, height: int = 2) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(stream, "PNG")
    return stream.getvalue()


async def _fetch(url: str, token: str = "") -> tuple[int, bytes, dict[str, str]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.read(), dict(answer.headers)


async def _unshared(slack: AsyncWebClient, content: bytes) -> dict[str, Any]:
    answer = await slack.files_upload_v2(filename="画.png", content=content)
    return dict(answer["files"][0])


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
    assert (file["original_w"], file["original_h"]) == (30, 20)
    info = (await slack.files_info(file=file["id"]))["file"]
    assert info["shares"]["public"]["C0GENERAL"][0]["ts"] == message["ts"]


async def test_a_private_url_needs_a_token(
    slack: AsyncWebClient, control: Client, ws: Workspace
) -> None:
    file = await _unshared(slack, picture())
    url = (await slack.files_info(file=file["id"]))["file"]["url_private"]
    status, body, headers = await _fetch(url, "xoxb-local")
    assert (status, body, headers["Content-Type"]) == (200, picture(), "image/png")
    assert "sandbox" in headers["Content-Security-Policy"]
    page_token = (await control.state("ana"))["file_token"]
    assert (await _fetch(f"{url}?t={page_token}"))[0] == 200
    for wrong in (url, f"{url}?t=guess", f"{url}?t="):
        status, body, _ = await _fetch(wrong)
        assert (status, picture() in body) == (302, False)
    assert (await _fetch(url, "xoxp-ana"))[0] == 302
    assert (await _fetch(f"{ws.base_url}/files/F0/x", "xoxb-local"))[0] == 404


async def test_a_hostile_file_is_inert(slack: AsyncWebClient) -> None:
    script = b"<script>alert(1)</script>"
    answer = await slack.files_upload_v2(filename="../../x.html", content=script)
    info = (await slack.files_info(file=answer["files"][0]["id"]))["file"]
    assert "/../" not in info["url_private"]
    _, body, headers = await _fetch(info["url_private"], "xoxb-local")
    assert body == script
    assert headers["Content-Disposition"] == "attachment"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_the_upload_answers_as_slack_does(slack: AsyncWebClient) -> None:
    answer = await slack.files_getUploadURLExternal(filename="a.txt", length=5)
    async with aiohttp.ClientSession() as session:
        async with session.post(answer["upload_url"], data=b"hello") as upload:
            assert (upload.content_type, await upload.text()) == ("text/plain", "OK - 5")
        async with session.post(answer["upload_url"], data=b"again") as upload:
            assert upload.status == 404


async def test_an_upload_may_be_multipart(slack: AsyncWebClient) -> None:
    answer = await slack.files_getUploadURLExternal(filename="a.txt", length=5)
    form = aiohttp.FormData()
    form.add_field("file", b"hello", filename="a.txt")
    async with aiohttp.ClientSession() as session:
        await session.post(answer["upload_url"], data=form)
    await slack.files_completeUploadExternal(files=[{"id": answer["file_id"]}])
    info = (await slack.files_info(file=answer["file_id"]))["file"]
    assert info["size"] == 5


async def test_an_unshared_file_shows_in_an_image_block(
    slack: AsyncWebClient, control: Client
) -> None:
    file = await _unshared(slack, picture())
    url = (await slack.files_info(file=file["id"]))["file"]["url_private"]
    for named in ({"id": file["id"]}, {"url": url}):
        block = {"type": "image", "alt_text": "fox", "slack_file": named}
        await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])
    for message in await control.messages("general"):
        source = message["blocks"][0]["_src"]
        assert source.startswith(f"/files/{file['id']}/")
        assert (await _fetch(control.url + source))[1] == picture()
    history = await slack.conversations_history(channel="C0GENERAL")
    assert "_src" not in history["messages"][0]["blocks"][0]
    shown = [each for each in await control.visible("ana") if each["kind"] == "file"]
    assert {each["sha256"] for each in shown} == {hashlib.sha256(picture()).hexdigest()}


async def test_an_unfinished_file_shows_nowhere(slack: AsyncWebClient) -> None:
    answer = await slack.files_getUploadURLExternal(filename="a.png", length=5)
    for named in ({"id": answer["file_id"]}, {"id": "F0NONE"}, {"url": "https://example.com"}):
        block = {"type": "image", "alt_text": "fox", "slack_file": named}
        with pytest.raises(SlackApiError, match="invalid_blocks"):
            await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
async def test_what_is_no_picture_has_no_size(slack: AsyncWebClient, content: bytes) -> None:
    answer = await slack.files_getUploadURLExternal(filename="a.png", length=max(1, len(content)))
    async with aiohttp.ClientSession() as session:
        await session.post(answer["upload_url"], data=content)
    await slack.files_completeUploadExternal(files=[{"id": answer["file_id"]}])
    info = (await slack.files_info(file=answer["file_id"]))["file"]
    assert "original_w" not in info


async def test_completion_refused(slack: AsyncWebClient, control: Client) -> None:
    fresh = await slack.files_getUploadURLExternal(filename="a.png", length=5)
    theirs = await control.upload("ana", "general", "a.txt", b"x")
    for wrong in ("F0NONE", str(fresh["file_id"]), str(theirs["file_id"])):
        with pytest.raises(SlackApiError, match="file_not_found"):
            await slack.files_completeUploadExternal(files=[{"id": wrong}])
    file = await _unshared(slack, picture())
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await slack.files_completeUploadExternal(files=[{"id": file["id"]}], channel_id="C0NOWHERE")
    with pytest.raises(SlackApiError, match="alt_txt_too_large"):
        await slack.files_getUploadURLExternal(filename="a", length=1, alt_txt="x" * 1001)


async def test_a_share_may_come_late_or_never(slack: AsyncWebClient, control: Client) -> None:
    await control.fault({"method": "files.completeUploadExternal", "nth": 1}, late_s=60)
    await slack.files_upload_v2(channel="C0GENERAL", filename="late.txt", content="x")
    assert await control.messages("general") == []
    await control.advance(61)
    await control.wait_for(lambda each: bool(each.get("files")), channel="general")
    await control.clear_faults()
    await control.fault({"method": "files.completeUploadExternal"}, drop=True)
    await slack.files_upload_v2(channel="C0GENERAL", filename="never.txt", content="x")
    await control.advance(3600)
    assert [each["files"][0]["name"] for each in await control.messages("general")] == ["late.txt"]


async def test_delete(slack: AsyncWebClient, control: Client) -> None:
    await slack.files_upload_v2(channel="C0GENERAL", filename="a.txt", content="x")
    message = await control.wait_for(lambda each: bool(each.get("files")), channel="general")
    file_id = message["files"][0]["id"]
    await slack.files_delete(file=file_id)
    assert (await control.messages("general"))[0]["files"] == [{"id": file_id, "mode": "tombstone"}]
    with pytest.raises(SlackApiError, match="file_not_found"):
        await slack.files_info(file=file_id)
    theirs = await control.upload("ana", "general", "a.txt", b"x")
    with pytest.raises(SlackApiError, match="cant_delete_file"):
        await slack.files_delete(file=theirs["file_id"])


async def test_a_person_uploads(slack: AsyncWebClient, control: Client) -> None:
    sent = await control.upload("chen", "support", "图.png", picture(), text="@atelier 看")
    (message,) = await control.messages("support")
    assert (message["ts"], message["user"]) == (sent["ts"], "U0CHEN")
    assert message["text"] == "<@U0ATELIER> 看"
    info = (await slack.files_info(file=sent["file_id"]))["file"]
    assert (await _fetch(info["url_private"], "xoxb-local"))[1] == picture()
    assert "file_shared" in [row["kind"] for row in await control.deliveries()]
    hidden = await control.upload("bo", "reviewers", "secret.txt", b"x")
    assert (await _fetch(_url(control, hidden["file_id"]), "xoxp-ana"))[0] == 302


def _url(control: Client, file_id: str) -> str:
    return f"{control.url}/files/{file_id}/secret.txt"
