"""Raw bytes over HTTP: uploads without a token, private addresses with one, thumbnails, links."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from PIL import Image
from slack_sdk.web.async_client import AsyncWebClient

from workspace import processing
from workspace.client import Client
from workspace.state import Workspace
from workspace.uploads import FileLimits

BOT = {"Authorization": "Bearer xoxb-local"}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def picture(size: tuple[int, int] = (500, 400)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, "PNG")
    return stream.getvalue()


async def uploaded(ws: Workspace, slack: AsyncWebClient, content: bytes, name: str) -> Any:
    answer = await slack.files_upload_v2(filename=name, content=content)
    await processing.finished(ws, [answer["files"][0]["id"]])
    return (await slack.files_info(file=answer["files"][0]["id"]))["file"]


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # nothing announces a broken connection
            await asyncio.sleep(0)


async def granted(slack: AsyncWebClient, length: int) -> Any:
    return await slack.files_getUploadURLExternal(filename="a.bin", length=length)


async def test_raw_bytes_are_taken_once(slack: AsyncWebClient, http: aiohttp.ClientSession) -> None:
    url = (await granted(slack, 5))["upload_url"]
    async with http.post(url, data=b"hello") as answer:
        assert (answer.status, answer.content_type) == (200, "text/plain")
        assert await answer.text() == "OK - 5"
    async with http.post(url, data=b"again") as answer:
        assert answer.status == 404
    async with http.post(url.rpartition("/")[0] + "/guess", data=b"hello") as answer:
        assert answer.status == 404


async def test_a_form_is_taken_too(slack: AsyncWebClient, http: aiohttp.ClientSession) -> None:
    grant = await granted(slack, 5)
    form = aiohttp.FormData({"filename": "a.bin"})
    form.add_field("file", b"hello", filename="画.bin")
    async with http.post(grant["upload_url"], data=form) as answer:
        assert await answer.text() == "OK - 5"
    await slack.files_completeUploadExternal(files=[{"id": grant["file_id"]}])
    assert (await slack.files_info(file=grant["file_id"]))["file"]["size"] == 5


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"four", 400), (b"sixsix", 413), pytest.param(b"x" * 900_000, 413, id="900 kB")],
)
@pytest.mark.parametrize("as_form", [False, True])
async def test_the_announced_length_counts(
    ws: Workspace, slack: AsyncWebClient, content: bytes, status: int, *, as_form: bool
) -> None:
    grant = await granted(slack, 5)

    def body(data: bytes) -> Any:
        form = aiohttp.FormData()
        form.add_field("file", data, filename="a.bin")
        return form if as_form else data

    async with aiohttp.ClientSession() as session:
        async with session.post(grant["upload_url"], data=body(content)) as answer:
            assert answer.status == status
        assert (ws.files[grant["file_id"]].has_content, ws.uploads.arriving_bytes) == (False, 0)
    async with (
        aiohttp.ClientSession() as session,
        session.post(grant["upload_url"], data=body(b"again")) as answer,
    ):
        assert answer.status == 200


async def test_too_many_bytes_of_no_announced_length(
    ws: Workspace, slack: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    grant = await granted(slack, 1000)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    async with http.post(grant["upload_url"], data=endless()) as answer:
        assert answer.status == 413
    assert not ws.files[grant["file_id"]].has_content


async def test_a_broken_upload_may_be_repeated(ws: Workspace, slack: AsyncWebClient) -> None:
    grant = await granted(slack, 1000)
    path = grant["upload_url"].removeprefix(ws.base_url)
    host = ws.base_url.removeprefix("http://")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.partition(":")[2]))
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\n"
    writer.write(head.encode() + b"x" * 500)
    await writer.drain()
    await _until(lambda: ws.uploads.arriving_bytes > 0)
    writer.transport.abort()
    await _until(lambda: ws.uploads.arriving_bytes == 0)
    assert not ws.files[grant["file_id"]].has_content
    async with (
        aiohttp.ClientSession() as session,
        session.post(grant["upload_url"], data=b"x" * 1000) as answer,
    ):
        assert answer.status == 200
    del reader


async def test_what_does_not_fit_any_more(
    ws: Workspace, slack: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    ws.uploads.limits = FileLimits(stored_bytes=1000)
    grants = [await granted(slack, 600) for _ in range(2)]
    async with http.post(grants[0]["upload_url"], data=b"x" * 600) as answer:
        assert answer.status == 200
    async with http.post(grants[1]["upload_url"], data=b"x" * 600) as answer:
        assert answer.status == 413


async def test_an_address_expires(
    ws: Workspace, slack: AsyncWebClient, control: Client, http: aiohttp.ClientSession
) -> None:
    grant = await granted(slack, 1)
    await control.advance(ws.uploads.limits.address_s)
    async with http.post(grant["upload_url"], data=b"x") as answer:
        assert answer.status == 404
    assert ws.files == {}


async def test_a_private_address_needs_a_token(
    ws: Workspace, slack: AsyncWebClient, control: Client, http: aiohttp.ClientSession
) -> None:
    file = await uploaded(ws, slack, picture(), "画.png")
    page_token = (await control.state("ana"))["file_token"]
    addresses = [file["url_private"], file["url_private_download"], file["thumb_360"]]
    for url in addresses:
        async with http.get(url, headers=BOT) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            content = await answer.read()
        async with http.get(f"{url}?t={page_token}") as answer:
            assert await answer.read() == content
        tokens = ("xoxp-ana", "no", "")
        refused = [(url, {"Authorization": f"Bearer {each}"}) for each in tokens]
        refused += [(f"{url}?t=guess", {"Accept": "*/*"}), (f"{url}?t=", {"Accept": "*/*"})]
        for wrong, headers in refused:
            async with http.get(wrong, headers=headers, allow_redirects=False) as answer:
                assert (answer.status, await answer.read()) == (302, b"")
                assert answer.headers["Location"].startswith("/?redir=%2Ffiles%2F")


async def test_without_files_read_there_is_a_page_and_no_picture(
    ws: Workspace, slack: AsyncWebClient, control: Client, http: aiohttp.ClientSession
) -> None:
    file = await uploaded(ws, slack, picture(), "a.png")
    await control.manifest({"oauth_config": {"scopes": {"bot": ["chat:write", "files:write"]}}})
    async with http.get(file["url_private"], headers=BOT) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert b"<html" in (await answer.read()).lower()
    await control.manifest({"oauth_config": {"scopes": {"bot": ["files:read"]}}})
    async with http.get(file["url_private"], headers=BOT) as answer:
        assert await answer.read() == picture()


async def test_who_may_see_what(
    ws: Workspace, control: Client, http: aiohttp.ClientSession
) -> None:
    hidden = await control.upload("bo", "reviewers", "s.txt", b"x")
    public = await control.upload("bo", "random", "p.txt", b"x")
    ws.directory.channels["C0RANDOM"].members.remove("U0ANA")
    seen: dict[tuple[str, str], int] = {}
    for sent in (hidden, public):
        url = ws.files[sent["file_id"]].info["url_private"]
        for token in ("xoxp-ana", "xoxp-chen", "xoxb-local"):
            headers = {"Authorization": f"Bearer {token}"}
            async with http.get(url, headers=headers, allow_redirects=False) as answer:
                seen[(sent["file_id"], token)] = answer.status
    assert list(seen.values()) == [302, 200, 200, 200, 200, 200]


@pytest.mark.parametrize(
    ("name", "content", "way"),
    [
        ("x.html", b"<script>alert(1)</script>", "attachment"),
        ("x.svg", b"<svg onload='alert(1)'/>", "attachment"),
        ("x.png", b"<script>alert(1)</script>", "inline"),
        ("画.gif", b"GIF89a", "inline"),
        ("x.pdf", b"%PDF", "attachment"),
    ],
)
async def test_a_hostile_file_is_inert(
    ws: Workspace, slack: AsyncWebClient, name: str, content: bytes, way: str
) -> None:
    file = await uploaded(ws, slack, content, f"../../{name}")
    assert file["name"] == name
    for url, wanted in ((file["url_private"], way), (file["url_private_download"], "attachment")):
        async with aiohttp.ClientSession() as http, http.get(url, headers=BOT) as answer:
            assert await answer.read() == content
            assert answer.headers["Content-Disposition"].startswith(f"{wanted}; filename*=UTF-8''")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_thumbnails_are_served(
    ws: Workspace, slack: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    file = await uploaded(ws, slack, picture(), "A Fox.PNG")
    for edge in (64, 80, 160, 360, 480):
        url = file[f"thumb_{edge}"]
        assert url.endswith(f"/thumb/a_fox_{edge}.png")
        async with http.get(url, headers=BOT) as answer:
            assert max(Image.open(io.BytesIO(await answer.read())).size) == edge
    assert "thumb_720" not in file
    folder = file["thumb_64"].rpartition("/")[0]
    for wrong in ("a_fox_720.png", "a_fox_.png", "a_fox", "a_fox_" + "9" * 5000 + ".png"):
        async with http.get(f"{folder}/{wrong}", headers=BOT) as answer:
            assert answer.status == 404
    async with http.get(f"{ws.base_url}/files/F0/thumb/a_64.png", headers=BOT) as answer:
        assert answer.status == 404


async def test_a_permalink_leads_to_the_message(
    ws: Workspace, slack: AsyncWebClient, control: Client, http: aiohttp.ClientSession
) -> None:
    parent = (await control.say("ana", "general", "draw"))["ts"]
    await slack.files_upload_v2(
        channel="C0GENERAL", thread_ts=parent, filename="a.txt", content="x"
    )
    message = await control.wait_for(
        lambda each: bool(each.get("files")), channel="general", thread_ts=parent
    )
    path = f"/archives/C0GENERAL/p{message['ts'].replace('.', '')}"
    lone = await uploaded(ws, slack, b"x", "b.txt")
    for file, wanted in ((message["files"][0], path), (lone, "/")):
        async with http.get(file["permalink"], allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"].partition("?")[0]) == (302, wanted)
        async with http.get(file["permalink"]) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
    async with http.get(f"{ws.base_url}/files/U0ANA/F0NONE/x") as answer:
        assert answer.status == 404
    evil = {"Host": "evil.example"}
    async with http.get(lone["permalink"], headers=evil, allow_redirects=False) as answer:
        assert answer.status == 403


async def test_a_person_s_file_must_fit(ws: Workspace, control: Client) -> None:
    from workspace.client import ControlError  # noqa: PLC0415  # only here

    ws.uploads.limits = FileLimits(file_bytes=10)
    with pytest.raises(ControlError, match="file_too_large"):
        await control.upload("ana", "general", "a.txt", b"x" * 11)
    await control.upload("ana", "general", "a.txt", b"x" * 10)
