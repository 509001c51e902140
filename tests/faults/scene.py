"""A workspace and the bots on it, each a process of its own, and the people who ask things."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import aiohttp

from bot.settings import without_proxies
from tests.bot import postgres
from tests.e2e.product import Json, atelier, environment
from tests.faults.mortal import live
from workspace.client import Client, ControlError

PEOPLE = ("ana", "bo", "chen")
CHANNELS = ("general", "random")
PROMPT_CANARY = "canary-prompt-51e8-otter"
TOKENS = ("xoxb-local", "xapp-local")
LEASE_S = 3.0
READY_S = 60.0
LATE = ("generators.text", "generators.image", "generators.code", "generators.digest")
"""What the bot imports once it has read its settings."""
VERBS = {"tell": "Tell", "program": "Program", "paint": "Paint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing that somebody asked in a message."""

    name: str
    verb: str
    prompt: str
    channel: str
    ts: str


@dataclass(slots=True, kw_only=True)
class Bot:
    """One bot that was started."""

    process: ForkServerProcess
    said: Path
    log: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process.pid is not None
        return self.process.pid

    async def ready(self) -> None:
        """Wait until it says that it is."""
        async with asyncio.timeout(READY_S):
            while not (self.said.exists() and "ready" in self.said.read_text()):
                assert self.process.is_alive(), f"it did not start: {self.log.read_text()}"
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.join()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    async def ended(self, timeout_s: float = 60.0) -> int:
        """Wait for its end; return its exit status, below zero for a signal."""
        await asyncio.to_thread(self.process.join, timeout_s)
        assert self.process.exitcode is not None, "it did not end"
        return self.process.exitcode

    async def stop(self) -> int:
        """Ask it to stop, as a deployment does; return its exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended()


@dataclass(slots=True, kw_only=True)
class Scene:
    """One workspace, one ledger, and however many bots."""

    client: Client
    url: str
    folder: Path
    database: str
    bots: list[Bot] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    commands: list[bool] = field(default_factory=list)
    """Of each slash command whether it was acknowledged."""
    prompts: list[str] = field(default_factory=list)
    """What the slash commands asked."""

    @property
    def notes(self) -> Path:
        """The log of the generators."""
        return self.folder / "notes.jsonl"

    @property
    def alive(self) -> list[Bot]:
        """The bots that run, or are stopped on the way."""
        return [bot for bot in self.bots if bot.process.is_alive()]

    def start(self, point: str = "", nth: int = 1) -> Bot:
        """Start a bot, which may be told where to die."""
        number = len(self.bots)
        said, log = self.folder / f"bot-{number}.said", self.folder / f"bot-{number}.log"
        arguments = ["bot", "--json", "--data", str(self.folder / "data")]
        given = (arguments, self._environment(), str(said), str(log), (point, nth))
        nursery = get_context("forkserver")  # of processes that have imported the bot already
        nursery.set_forkserver_preload(["tests.faults.mortal", "tests.faults.scripted", *LATE])
        process = nursery.Process(target=live, args=given, daemon=True)
        process.start()
        bot = Bot(process=process, said=said, log=log)
        self.bots.append(bot)
        return bot

    async def say(self, seconds: float = 0.0, verb: str = "tell") -> Ask:
        """Ask for something in a message; whose turn it is goes round."""
        number = next(self.numbers)
        name = f"n{number}n"
        prompt = f"{name} {seconds} {PROMPT_CANARY}"
        user, channel = PEOPLE[number % len(PEOPLE)], CHANNELS[number % len(CHANNELS)]
        said = await self.client.say(user, channel, f"@atelier {verb} {prompt}")
        ask = Ask(name=name, verb=verb, prompt=prompt, channel=channel, ts=said["ts"])
        self.asks.append(ask)
        return ask

    async def command(self, seconds: float = 0.0) -> None:
        """Ask for something by a slash command."""
        number = len(self.prompts)
        text = f"c{number}c {seconds} {PROMPT_CANARY}"
        self.prompts.append(text)
        self.commands.append(False)
        done = await self.client.slash(PEOPLE[number % 3], "general", "/tell", text)
        self.commands[number] = bool(done["acked"])

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the ledger; `?` is a value."""
        if not self.database.startswith("sqlite"):
            return postgres.execute(self.database, query, values)
        path = self.database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", timeout=30, uri=True)) as database:
            return database.execute(query, values).fetchall()

    def audit(self) -> "subprocess.CompletedProcess[str]":
        """Run `atelier audit` on it."""
        data = str(self.folder / "data")
        return atelier("audit", "--data", data, ATELIER_CONFIG=str(self.folder / "atelier.toml"))

    def backup(self) -> "subprocess.CompletedProcess[str]":
        """Run `atelier db backup` on it; only SQLite has it."""
        data = self.folder / "data"
        path, config = str(data / "backup.db"), str(self.folder / "atelier.toml")
        return atelier("db", "backup", path, "--data", str(data), ATELIER_CONFIG=config)

    async def until(
        self, holds: Callable[[], Awaitable[bool]], timeout_s: float, what: str
    ) -> None:
        """Wait until something that no event tells of holds."""
        try:
            async with asyncio.timeout(timeout_s):
                wait_s = 0.05
                while not await holds():
                    await asyncio.sleep(wait_s)
                    wait_s = min(1.0, wait_s * 1.2)
        except TimeoutError:
            raise AssertionError(f"not within {timeout_s} s: {what}; {self.told()}") from None

    def told(self) -> str:
        """Return where the requests stand, for a failure's message."""
        query = "SELECT state, outcome, notice, count(*) FROM request GROUP BY 1, 2, 3"
        logs = [bot.log.read_text()[-2000:] for bot in self.bots[-2:] if bot.log.exists()]
        return "\n".join([str(self.rows(query)), *logs])

    async def decide(self, over: asyncio.Event) -> None:
        """Let the reviewers approve whatever waits, until it is over."""
        done: set[str] = set()
        while not over.is_set():
            for card in await self.client.messages("reviewers", user="bo"):
                if card["ts"] not in done and (value := _button(card)):
                    await self._approve(card["ts"], value, done)
            await passed(over, 0.2)

    async def _approve(self, ts: str, value: str, done: set[str]) -> None:
        """Click once more where the bot was not there to take it; chen decides what bo asked."""
        request = self.rows('SELECT "user", state FROM request WHERE id = ?', value)
        if request and request[0][1] in {"held", "ready"}:
            user = "chen" if request[0][0] == "U0BO" else "bo"
            given = {"channel": "reviewers", "ts": ts, "value": value}
            try:
                await self.client.click(user, "review_approve", **given)
            except ControlError:
                return  # somebody was faster
        elif request:
            done.add(ts)

    def _environment(self) -> dict[str, str]:
        return without_proxies(
            environment(
                ATELIER_CONFIG=str(self.folder / "atelier.toml"),
                SLACK_API_URL=f"{self.url}/api/",
                SLACK_BOT_TOKEN=TOKENS[0],
                SLACK_APP_TOKEN=TOKENS[1],
            )
        )


async def passed(over: asyncio.Event, wait_s: float) -> None:
    """Let some time pass, less where it is over before."""
    with suppress(TimeoutError):
        async with asyncio.timeout(wait_s):
            await over.wait()


@asynccontextmanager
async def stage(folder: Path, database: str = "", **settings: object) -> AsyncGenerator[Scene]:
    """Open a scene: a workspace without rate limits, and no bot yet; all end with the block."""
    (folder / "data").mkdir(parents=True)
    url = database or f"sqlite:///{folder / 'data' / 'atelier.db'}"
    (folder / "atelier.toml").write_text(_toml(folder, url, settings), encoding="utf-8")
    manifest = folder / "manifest.json"
    made = atelier("manifest", ATELIER_CONFIG=str(folder / "atelier.toml"))
    assert made.returncode == 0, made.stderr
    manifest.write_text(made.stdout, encoding="utf-8")
    with _workspace(manifest) as address:
        async with Client(address) as client:
            await client.close()  # its connections may idle for longer than the server keeps them
            client._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=1), read_bufsize=1 << 22
            )
            scene = Scene(client=client, url=address, folder=folder, database=url)
            try:
                yield scene
            finally:
                for bot in scene.alive:
                    bot.kill()


@contextmanager
def _workspace(manifest: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "workspace", "--port", "0", "--json", "--no-rate-limits"]
    command += ["--manifest", str(manifest)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield str(json.loads(line)["url"])
        finally:
            process.kill()


def _toml(folder: Path, database: str, settings: dict[str, object]) -> str:
    given = {
        "database_url": database,
        "lease_s": LEASE_S,
        "slack_pacing": False,
        "health_port": 0,
        "drain_s": 10,
        "workers": 16,
        "max_queued_per_user": 100_000,
        "max_queued": 100_000,
        **settings,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in given.items()]
    for verb, kind in VERBS.items():
        use = json.dumps(f"tests.faults.scripted:{kind}")
        log = json.dumps(str(folder / "notes.jsonl"))
        lines += [f"[verbs.{verb}]", f"use = {use}", 'help = "Test"', f'example = "/{verb} x"']
        lines += [f"slash = {json.dumps(verb == 'tell')}", f"options = {{ log = {log} }}"]
    return "\n".join([*lines, "[engine]", 'embed_model = ""', 'text_model = ""', ""])


def _button(card: Json) -> str:
    """Return the value of the button that approves; nothing where there is none (any more)."""
    for block in card.get("blocks") or []:
        for element in block.get("elements", []) if block["type"] == "actions" else []:
            if element["action_id"] == "review_approve":
                return str(element["value"])
    return ""
