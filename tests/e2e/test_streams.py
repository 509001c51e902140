"""Answers that are streamed natively, and stopped, in a workspace that has both."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.ledger.audit import mismatches
from bot.ledger.database import connect
from bot.ledger.keys import Keys
from bot.ledger.masters import MasterFile
from bot.processes import child
from bot.views.notices import Notice
from generators.draft import Text, fingerprint
from tests.bot.unsealing import lets
from tests.e2e.alone import TOKENS, _bot, alone
from tests.e2e.product import Json, final, ours, said
from tests.e2e.slowly import answer
from workspace.client import Client

CONFIG = """
slack_pacing = false
lease_s = 2
health_port = 0
[verbs.tell]
use = "tests.e2e.slowly:Slowly"
help = "Tell"
example = "/tell 1"
"""


pytestmark = pytest.mark.asyncio(loop_scope="module")


def _settings(folder: Path) -> dict[str, str]:
    config = folder / "atelier.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return {"ATELIER_CONFIG": str(config)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("streams")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(folder: Path) -> AsyncIterator[Client]:
    """Run one bot for all that does not change it for good."""
    async with alone(folder, **_settings(folder)) as started:
        yield started.slack


@pytest_asyncio.fixture(loop_scope="module")
async def slack(running: Client) -> AsyncIterator[Client]:
    yield running
    await running.clear_faults()


class Thread:
    """What was said to the bot, and what it said."""

    def __init__(self, slack: Client, ts: str) -> None:
        self.slack = slack
        self.ts = ts

    async def states(self) -> list[Json]:
        """Return every state of the bot's messages that ana has seen, oldest first."""
        shown = [each["payload"] for each in await self.slack.visible("ana")]
        return [each for each in shown if ours(each) and each.get("thread_ts") == self.ts]

    async def calls(self, method: str) -> list[Json]:
        """Return the bot's calls about this thread."""
        stamps = {self.ts, *(each["ts"] for each in await self.messages())}
        made = [call["args"] | {"error": call["error"]} for call in await self.slack.calls(method)]
        return [each for each in made if stamps & {each.get("ts"), each.get("thread_ts")}]

    async def messages(self) -> list[Json]:
        return [each for each in await self.slack.messages("general", self.ts) if ours(each)]

    async def streaming(self) -> str:
        """Wait until something is streamed; return it."""
        return _streamed(
            await self.slack.wait_for(
                lambda message: bool(_streamed(message)), channel="general", thread_ts=self.ts
            )
        )

    async def end(self) -> Json:
        """Wait for the one final message."""
        await self.slack.wait_for(final, channel="general", thread_ts=self.ts, timeout_s=60)
        (message,) = await self.messages()
        return message


def _streamed(message: Json) -> str:
    if message.get("streaming_state") != "in_progress":
        return ""
    return "".join(b["text"] for b in message.get("blocks") or () if b["type"] == "markdown")


def _body(message: Json) -> str:
    sections = [b["text"]["text"] for b in message["blocks"] if b["type"] == "section"]
    return "\n".join(sections).replace("&amp;", "&")


async def _asked(slack: Client, seconds: float) -> Thread:
    said = await slack.say("ana", "general", f"@atelier tell {seconds}")
    return Thread(slack, said["ts"])


def _rows(folder: Path, query: str, *values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "data" / "atelier.db", timeout=30)) as database:
        return database.execute(query, values).fetchall()


async def _outcome(thread: Thread, folder: Path) -> str:
    """Return how it ended, once the ledger knows, and the books agree."""
    await _until_done(thread.slack, folder)
    _agrees(folder)
    ((outcome,),) = _rows(folder, "SELECT outcome FROM request WHERE thread_ts = ?", thread.ts)
    return str(outcome)


def _keys(folder: Path) -> Keys:
    masters = MasterFile(folder / "data" / "master.key").read()
    assert masters is not None
    return Keys(masters)


def _agrees(folder: Path) -> None:
    engine = connect(f"sqlite:///{folder / 'data' / 'atelier.db'}")
    assert list(mismatches(engine, _keys(folder))) == []
    engine.dispose()


async def test_an_answer_is_streamed_into_the_one_message(slack: Client, folder: Path) -> None:
    thread = await _asked(slack, 0.25)
    message = await thread.end()
    assert _body(message) == answer()
    assert "AI-generated · slow" in said(message)
    parts = [text for state in await thread.states() if (text := _streamed(state))]
    assert len(set(parts)) >= 2
    assert all(answer().startswith(text) for text in parts)
    database, keys = folder / "data" / "atelier.db", _keys(folder)
    assert all(lets(database, [fingerprint(Text(text))], keys) for text in parts)
    assert len(await thread.calls("chat.stopStream")) == 1
    assert len({state["ts"] for state in await thread.states()}) == 1
    assert not await thread.calls("chat.postMessage")
    assert await _outcome(thread, folder) == "delivered"


async def test_who_asked_stops_it_and_keeps_what_was_there(slack: Client, folder: Path) -> None:
    thread = await _asked(slack, 0.3)
    part = await thread.streaming()
    assert (await slack.stop("ana", "general", thread.ts))["acked"]
    message = await thread.end()
    assert _body(message).startswith(part.strip())
    assert answer().startswith(_body(message).strip())
    assert _body(message) != answer()
    assert Notice.STOPPED.text("en") in said(message)
    assert await _outcome(thread, folder) == "stopped"
    used = "SELECT model, output_tokens FROM usage JOIN request r ON r.id = request_id "
    assert _rows(folder, f"{used} WHERE r.thread_ts = ?", thread.ts) == [("slow", 5)]


async def test_nobody_else_stops_it(slack: Client, folder: Path) -> None:
    thread = await _asked(slack, 0.25)
    await thread.streaming()
    assert (await slack.stop("bo", "general", thread.ts))["acked"]
    told = Notice.NOT_YOURS_TO_STOP.text("en")
    await slack.wait_for(
        lambda m: told in said(m), channel="general", thread_ts=thread.ts, user="bo"
    )
    assert _body(await thread.end()) == answer()
    assert await _outcome(thread, folder) == "delivered"


async def test_without_streams_a_session_has_the_stop_button(tmp_path: Path) -> None:
    async with alone(tmp_path, **_settings(tmp_path)) as started:
        slack = started.slack
        await slack.fault(streaming=False)
        thread = await _asked(slack, 0.25)
        await slack.wait_for(
            lambda m: "Sentence 1" in said(m), channel="general", thread_ts=thread.ts
        )
        await slack.stop("ana", "general", thread.ts)
        assert Notice.STOPPED.text("en") in said(await thread.end())
        assert await _outcome(thread, tmp_path) == "stopped"
        set_to = [call["status"] for call in await thread.calls("agents.sessions.setStatus")]
        assert (set_to[0], set_to[-1]) == ("processing", "active")


@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream", "chat.stopStream"])
@pytest.mark.parametrize("effect", [{"reset": "after"}, {"error": "internal_error"}])
async def test_whatever_becomes_of_a_call_the_end_is_one_message(
    slack: Client, folder: Path, method: str, effect: dict[str, str]
) -> None:
    await slack.fault({"method": method, "count": 2}, **effect)
    thread = await _asked(slack, 0.1)
    assert _body(await thread.end()) == answer()
    assert await _outcome(thread, folder) == "delivered"
    assert len(await thread.messages()) == 1


async def test_a_stream_of_a_killed_bot_is_finished_by_the_next(tmp_path: Path) -> None:
    place = ["workspace", "--json", "--port", "0", "--no-rate-limits"]
    async with child("workspace", place) as workspace, Client(workspace.url) as slack:
        given = {"SLACK_BOT_TOKEN": TOKENS[0], "SLACK_APP_TOKEN": TOKENS[1]} | _settings(tmp_path)
        given["SLACK_API_URL"] = f"{workspace.url}/api/"
        async with _bot(tmp_path, given):
            thread = await _asked(slack, 0.25)
            await thread.streaming()
        (left,) = await thread.messages()
        assert left["streaming_state"] == "in_progress"
        async with _bot(tmp_path, given):
            assert _body(await thread.end()) == answer()
            assert await _outcome(thread, tmp_path) == "delivered"
        assert len(await thread.messages()) == 1
        assert not await slack.calls("chat.postMessage")


async def _until_done(slack: Client, folder: Path) -> None:
    """Wait for the ledger, which learns of it just after people do: Slack hears of that last."""
    for _ in range(200):
        if _rows(folder, "SELECT count(*) FROM request WHERE state <> 'done'") == [(0,)]:
            return
        await slack.home("chen")  # an answer of the bot to something else
    raise AssertionError("the ledger never heard of it")
