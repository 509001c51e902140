"""A whole Atelier in processes of its own, as `atelier up` starts it, and how tests look at it."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.ledger.keys import Keys
from bot.ledger.masters import MasterFile
from bot.views.notices import Notice
from tests.e2e.oracle import Oracle, everything
from workspace.client import Client

Json = dict[str, Any]

BOT = "U0ATELIER"
_PASSING = (
    *(Notice.WORKING, Notice.WRITING, Notice.CHECKING, Notice.QUEUED, Notice.PAUSED),
    *(Notice.RUNNING, Notice.TESTING, Notice.REPAIRING, Notice.SKETCH),
)
_UNDER_WAY = (
    {
        item.text(speech, n=number, of=3)
        for item in _PASSING
        for speech in ("en", "zh")
        for number in range(300)
    }
    | {
        Notice.AHEAD.text(speech, n=number, seconds=seconds)
        for speech in ("en", "zh")
        for number in range(1, 50)
        for seconds in range(5, 905, 5)
    }
    | {
        item.text(speech, n=number, of=of, step=step, steps=steps)
        for item in (Notice.DRAWING, Notice.DRAWING_STEP)
        for speech in ("en", "zh")
        for of in range(1, 5)
        for number in range(1, of + 1)
        for steps in range(1, 51)
        for step in range(steps + 1)
    }
)


@dataclass(frozen=True, slots=True)
class Product:
    """A running Atelier."""

    url: str
    data: Path
    process: "subprocess.Popen[str]"
    log: Path

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Read the ledger."""
        with closing(sqlite3.connect(self.data / "atelier.db", timeout=30)) as database:
            return database.execute(query, values).fetchall()

    def keys(self) -> Keys:
        """Return what opens the ledger, as `atelier audit` does."""
        return keys_of(self.data)

    async def settled(self, count: int = 0, timeout_s: float = 60) -> None:
        """Wait until at least `count` requests are known and every one is done or held."""

        async def all_settled() -> bool:
            states = [row[0] for row in self.rows("SELECT state FROM request")]
            return len(states) >= count and set(states) <= {"done", "held"}

        await self.until(all_settled, timeout_s)

    async def until(self, holds: Callable[[], Awaitable[bool]], timeout_s: float = 60) -> None:
        """Wait until something that no event tells of holds."""
        async with asyncio.timeout(timeout_s):
            while not await holds():  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(0.05)

    def audit(self) -> "subprocess.CompletedProcess[str]":
        """Run `atelier audit` on it."""
        return atelier("audit", "--data", str(self.data))


NO_ENGINE = {"ATELIER_ENGINE__URL": "http://127.0.0.1:9/v1"}
"""The discard port: nothing answers there, so `up` starts no engine and nothing loads torch."""


def keys_of(data: Path) -> Keys:
    """Return what opens the ledger in a data folder."""
    masters = MasterFile(data / "master.key").read()
    assert masters is not None
    return Keys(masters)


def oracle_of(data: Path, config: Path | None = None) -> Oracle:
    """Return who judges what was shown by the ledger in a data folder."""
    return Oracle(database=data / "atelier.db", keys=keys_of(data), config=config)


def all_judged(url: str, data: Path, config: Path | None = None) -> None:
    """Check that nobody in a workspace was ever shown what has no verdict and is not fixed."""
    unjudged = oracle_of(data, config).unjudged(everything(url))
    assert not unjudged, f"shown, and never judged: {unjudged}"


def atelier(*arguments: str, text: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as an operator would, and return what it said."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=environment(**more),
    )


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which nothing of the developer's is set, and proxies are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATELIER_")}
    kept = {name: value for name, value in kept.items() if not name.startswith("SLACK_")}
    dead = {"HTTPS_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    return {**kept, **dead, "HF_HUB_OFFLINE": "1", "ATELIER_SETTLE_S": "0.2", **more}


@contextmanager
def running(data: Path, **more: str) -> Iterator[Product]:
    """Run `atelier up` until the end of the block; its log is in the data folder's parent.

    At the end everything that anybody was shown must have been judged.
    """
    log = data.with_suffix(".log")
    command = [sys.executable, "-m", "bot", "up", "--json", "--port", "0", "--data", str(data)]
    with log.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(**more)
        )
    with process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line, f"atelier up did not start: {log.read_text()}"
            product = Product(json.loads(line)["url"], data, process, log)
            yield product
            config = more.get("ATELIER_CONFIG")
            all_judged(product.url, data, Path(config) if config else None)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def ours(message: Json) -> bool:
    """Tell whether the bot wrote it."""
    return message.get("user") == BOT


def said(message: Json) -> str:
    """Return all words that a message shows, footer included."""
    return "\n".join(_texts(message.get("blocks") or [])) or str(message.get("text", ""))


def final(message: Json) -> bool:
    """Tell whether it is the bot's and no longer says that something is under way."""
    if message.get("streaming_state") == "in_progress" or _tasks(message):
        return False  # a stream, or what it left before the answer stands in its place
    texts = [part for text in _texts(message.get("blocks") or []) for part in text.split(" · ")]
    return ours(message) and not _UNDER_WAY.intersection(texts)


def _tasks(message: Json) -> list[Json]:
    return [block for block in message.get("blocks") or () if block["type"] == "task_card"]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        text = value.get("text")
        if isinstance(text, str):
            yield text
        for item in value.values():
            yield from _texts(item)


async def answer(slack: Client, channel: str, text: str, user: str = "ana") -> Json:
    """Say something that mentions the bot, and return its final message in the thread."""
    asked = await slack.say(user, channel, text)
    return await slack.wait_for(final, channel=channel, thread_ts=asked["ts"], user=user)


async def commanded(
    slack: Client, command: str, text: str, *, channel: str = "general", user: str = "ana"
) -> Json:
    """Run a slash command in a channel, and return the final message that this leads to there."""
    before = {message["ts"] for message in await slack.messages(channel, user=user)}
    done = await slack.slash(user, channel, command, text)
    assert done["acked"], f"{command} was not acknowledged"
    return await slack.wait_for(
        lambda message: message["ts"] not in before and final(message), channel=channel, user=user
    )


async def form(slack: Client, user: str) -> Json:
    """Return the form that a press has opened for somebody, once it is there."""
    async with asyncio.timeout(30):
        while not (views := (await slack.state(user))["views"]):  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(0.05)
    (opened,) = views
    assert isinstance(opened, dict)
    return opened


async def reject(slack: Client, user: str, reason: str) -> None:
    """Fill in and send the form that asks a reviewer why."""
    view = await form(slack, user)
    given = {"reason": {"reason": {"selected_option": {"value": reason}}}}
    assert (await slack.submit(user, view["id"], given))["acked"]
