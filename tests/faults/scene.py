"""A workspace and the bots on it, each a process of its own, and the people who ask things."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp

from bot.settings import without_proxies
from tests.bot import postgres
from tests.e2e.product import environment
from tests.faults.nursery import Nursery
from tests.faults.processes import Process
from workspace.client import Client

PEOPLE = ("ana", "bo", "chen")
CHANNELS = ("general", "random")
PROMPT_CANARY = "canary-prompt-51e8-otter"
TOKENS = ("xoxb-local", "xapp-local")
LEASE_S = 3.0
TIMES: Mapping[str, float] = MappingProxyType({"bot.delivery.posting:PATIENCE_S": 3.0})
"""Times of the bot that are no settings, and are 10 s otherwise; in seconds."""
CALL_S = 60.0
"""How long the workspace may take to answer us."""
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
class Scene:
    """One workspace, one ledger, and however many bots."""

    nursery: Nursery
    client: Client
    url: str
    folder: Path
    database: str
    server: postgres.Cluster | None = None
    """Of its database, where nobody else uses it."""
    doing: str = "starts"
    """What is being waited for."""
    processes: list[Process] = field(default_factory=list)
    """All that were started, commands too."""
    bots: list[Process] = field(default_factory=list)
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
    def on_sqlite(self) -> bool:
        """Whether the ledger is a file."""
        return self.database.startswith("sqlite")

    @property
    def alive(self) -> list[Process]:
        """The bots that run, or are stopped on the way."""
        return [bot for bot in self.bots if bot.alive]

    def start(self, point: str = "", nth: int = 1) -> Process:
        """Start a bot, which may be told where to die; every other one streams its answers."""
        streams = "stream" in point or (not point and len(self.bots) % 2 == 1)
        bot = self._started("bot", ["bot", "--json"], (point, nth), SLACK_STREAMS=str(streams))
        self.bots.append(bot)
        return bot

    async def atelier(self, *arguments: str) -> Process:
        """Run a command as an operator would, to its end."""
        done = self._started("-".join(arguments[:2]), list(arguments))
        await done.ended(180)
        return done

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
        if not self.on_sqlite:
            return postgres.execute(self.database, query, values)
        path = self.database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", timeout=30, uri=True)) as database:
            return database.execute(query, values).fetchall()

    async def until(
        self, holds: Callable[[], Awaitable[bool]], timeout_s: float, what: str
    ) -> None:
        """Wait until something that no event tells of holds."""
        self.doing = what
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
        logs = [bot.logged()[-2000:] for bot in self.bots[-2:]]
        return "\n".join([str(self.rows(query)), *logs])

    def _started(
        self,
        name: str,
        arguments: list[str],
        death: tuple[str, int] = ("", 1),
        **settings: str,
    ) -> Process:
        number = len(self.processes)
        out, log = self.folder / f"{number}-{name}.out", self.folder / f"{number}-{name}.log"
        given = [*arguments, "--data", str(self.folder / "data")]
        around = self._environment() | {f"ATELIER_{key}": value for key, value in settings.items()}
        life, files = "tests.faults.lives:atelier", (str(out), str(log))
        pid = self.nursery.start(life, given, around, files, dict(TIMES), death)
        started = Process(nursery=self.nursery, pid=pid, out=out, log=log)
        self.processes.append(started)
        return started

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
async def stage(
    nursery: Nursery,
    folder: Path,
    database: str = "",
    server: postgres.Cluster | None = None,
    lease_s: float = LEASE_S,
) -> AsyncGenerator[Scene]:
    """Open a scene: a workspace without rate limits, and no bot yet; all end with the block."""
    (folder / "data").mkdir(parents=True)
    url = database or f"sqlite:///{folder / 'data' / 'atelier.db'}"
    (folder / "atelier.toml").write_text(_toml(folder, url, lease_s), encoding="utf-8")
    out, log = folder / "workspace.out", folder / "workspace.txt"
    arguments = ["--port", "0", "--json", "--no-rate-limits"]
    pid = nursery.start("tests.faults.lives:workspace", arguments, (str(out), str(log)))
    workspace = Process(nursery=nursery, pid=pid, out=out, log=log)
    address = str(json.loads(await workspace.says("url"))["url"])
    async with Client(address) as client:
        await client.close()  # its connections may idle for longer than the server keeps them
        client._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=1),
            timeout=aiohttp.ClientTimeout(total=CALL_S),
            read_bufsize=1 << 22,
        )
        scene = Scene(
            nursery=nursery,
            client=client,
            url=address,
            folder=folder,
            database=url,
            server=server,
        )
        try:
            await client.manifest(json.loads((await scene.atelier("manifest")).said()))
            yield scene
        finally:
            for process in (*scene.alive, workspace):
                process.kill()


def _toml(folder: Path, database: str, lease_s: float) -> str:
    given = {
        "database_url": database,
        "lease_s": lease_s,
        "slack_pacing": False,
        "health_port": 0,
        "drain_s": 10,
        "workers": 64,
        "max_queued_per_user": 100_000,
        "max_queued": 100_000,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in given.items()]
    for verb, kind in VERBS.items():
        use = json.dumps(f"tests.faults.scripted:{kind}")
        log = json.dumps(str(folder / "notes.jsonl"))
        lines += [f"[verbs.{verb}]", f"use = {use}", 'help = "Test"', f'example = "/{verb} x"']
        lines += [f"slash = {json.dumps(verb == 'tell')}", f"options = {{ log = {log} }}"]
    return "\n".join([*lines, "[engine]", 'embed_model = ""', 'text_model = ""', ""])
