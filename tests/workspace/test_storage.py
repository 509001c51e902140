"""A workspace that is kept: what a second process finds is what the first one showed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.test_thumbnails import encoded
from workspace import processing
from workspace.client import Client
from workspace.server import running
from workspace.state import Workspace
from workspace.storage import Storage

PICTURE = encoded(Image.effect_noise((500, 300), 40))
HOME = {
    "type": "home",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "你好 👋 مرحبا"}}],
}


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[tuple[Workspace, Client, AsyncWebClient]]:
    """Run a workspace on the folder, as `serve` does."""
    ws = Workspace(rate_limits=False)
    async with running(ws) as url, Client(url) as client:
        storage = Storage(folder)
        storage.load(ws)
        try:
            yield ws, client, AsyncWebClient("xoxb-local", base_url=f"{url}/api/")
        finally:
            storage.save(ws)
            storage.close()


async def everything(client: Client) -> dict[str, Any]:
    """Return what ana's page shows, without what is new for each process."""
    state = await client.state("ana")
    own = {key: value for key, value in state.items() if key not in {"last_event_id", "file_token"}}
    places = [channel["id"] for channel in state["channels"]]
    said = {place: await client.messages(place) for place in places}
    threads = {
        message["ts"]: await client.messages(place, message["ts"])
        for place, messages in said.items()
        for message in messages
        if message.get("reply_count")
    }
    text = json.dumps([own, said, threads], sort_keys=True).replace(client.url, "URL")
    return {"all": json.loads(text.replace(state["file_token"], "TOKEN"))}


async def test_a_second_process_shows_what_the_first_did(tmp_path: Path) -> None:
    async with kept(tmp_path) as (ws, client, slack):
        asked = await client.say(
            "ana", "general", "Wie geht's? 你好 👋 مرحبا https://example.com/a?b=1"
        )
        await client.say("bo", "general", "Gut", asked["ts"])
        await slack.reactions_add(channel="C0GENERAL", timestamp=asked["ts"], name="eyes")
        await slack.pins_add(channel="C0GENERAL", timestamp=asked["ts"])
        await client.post("channel", user="ana", name="launch-计划", is_private=True)
        dm = await client.post("dm", user="ana", users=["bo"])
        await client.say("ana", dm["channel"]["id"], "between us")
        await client.upload("ana", "general", "图.png", PICTURE, text="a picture")
        gone = await client.say("ana", "general", "soon gone")
        await client.post("delete", user="ana", channel="general", ts=gone["ts"])
        await slack.views_publish(user_id="U0ANA", view=HOME)
        await client.post("read", user="ana", channel="general", ts=asked["ts"])
        before = await everything(client)
        last = ws.ids.ts()
    async with kept(tmp_path) as (ws, client, slack):
        await processing.finished(ws, list(ws.files))
        assert await everything(client) == before
        assert ws.ids.ts() > last
        later = await client.say("ana", "general", "later")
        assert later["ts"] > asked["ts"]
        (file,) = ws.files.values()
        assert file.content == PICTURE
        assert ws.files_ready(file.info["id"])
        assert [m["text"] for m in await client.messages("general", asked["ts"])][-1] == "Gut"


async def test_what_vanishes_on_a_reload_is_not_kept(tmp_path: Path) -> None:
    async with kept(tmp_path) as (_, _, slack):
        await slack.chat_postEphemeral(channel="C0GENERAL", user="U0ANA", text="only you")
    async with kept(tmp_path) as (_, client, _):
        assert await client.messages("general", user="ana") == []


async def test_a_message_for_later_is_posted_by_whoever_runs_then(tmp_path: Path) -> None:
    async with kept(tmp_path) as (ws, client, slack):
        at = int(ws.clock.now()) + 600
        await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=at, text="good morning")
    async with kept(tmp_path) as (ws, client, _):
        assert await client.messages("general") == []
        await client.advance(700)
        found = await client.wait_for(lambda m: m["text"] == "good morning", channel="general")
        assert found["bot_id"] == "B0ATELIER"


async def test_a_stream_that_was_under_way_has_ended(tmp_path: Path) -> None:
    async with kept(tmp_path) as (_, client, slack):
        ts = (await client.say("ana", "dm", "hello"))["ts"]
        stream = await slack.chat_startStream(channel="D0ANA", thread_ts=ts, markdown_text="half")
    async with kept(tmp_path) as (_, client, slack):
        (_, answer) = await client.messages("D0ANA", ts)
        assert answer["streaming_state"] == "completed"
        assert answer["ts"] == stream["ts"]


async def test_only_what_is_new_is_written(tmp_path: Path) -> None:
    storage, ws = Storage(tmp_path), Workspace(base_url="http://127.0.0.1:1")
    async with running(ws), Client(ws.base_url) as client:
        for number in range(20):
            await client.say("ana", "general", f"message {number}")
        storage.save(ws)
        assert storage._changes(ws)[0] == []
        await client.say("ana", "general", "one more")
        kinds = sorted(kind for (kind, _), _ in storage._changes(ws)[0])
    assert kinds == ["message", "meta"]
    storage.close()


async def test_it_is_kept_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workspace.storage.SAVE_EVERY_S", 0.001)
    storage, ws = Storage(tmp_path), Workspace()
    async with running(ws), Client(ws.base_url) as client:
        keeping = asyncio.create_task(storage.keep(ws))
        await client.say("ana", "general", "before the power went")
        query = "SELECT count(*) FROM object WHERE kind = 'message'"
        async with asyncio.timeout(10):
            while storage._database.execute(query).fetchone() != (1,):  # noqa: ASYNC110 - a thread changes it
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    storage.close()


def test_a_folder_is_one_workspaces_own(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    with pytest.raises(SystemExit, match="Another workspace uses"):
        Storage(tmp_path)
    storage.close()
    Storage(tmp_path).close()


async def test_a_folder_of_another_version_is_refused(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    old = json.dumps({"version": 99, "count": 1, "last_us": 1})
    storage._database.execute("INSERT INTO object VALUES ('meta', 'meta', ?)", (old,))
    with pytest.raises(SystemExit, match="another version"):
        storage.load(Workspace(base_url="http://127.0.0.1:1"))
    storage.close()
