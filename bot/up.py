"""`atelier up`: workspace, engine and bot on this machine, until it is stopped."""

import asyncio
import json
import logging
import os
import signal
import sys
import webbrowser
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bot.manifest import manifest
from bot.processes import child, engine_arguments
from bot.settings import PREFIX, Settings, SettingsError, proxies_of

log = logging.getLogger(__name__)

RESTART_S = 2.0
MAX_RESTART_S = 60.0
"""Also how long a part has to run before its next end counts as the first."""
DRAIN_S = 5.0
"""Who presses Ctrl-C waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How an operator wants to hear that all is ready."""

    port: int
    browser: bool
    as_json: bool


async def up(settings: Settings, shown: Shown) -> int:
    """Run everything; return the exit status once stopped, or once a part that matters ends."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    running = asyncio.create_task(_run(settings, shown))
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if running.done():
        return running.result()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return 0


async def _run(settings: Settings, shown: Shown) -> int:
    path = settings.data / "manifest.json"
    made = manifest(settings.verbs, groups=bool(settings.roles.groups))
    path.write_text(json.dumps(made), encoding="utf-8")
    place = ["workspace", "--json", "--port", str(shown.port), "--manifest", str(path)]
    place += ["--data", str(settings.data / "workspace"), "--log-format", settings.log_format]
    async with child("workspace", place) as workspace, _engine(settings) as engine:
        environment = _bot_environment(workspace.url, engine, settings)
        data = ["bot", "bot", "--json", "--data", str(settings.data)]
        async with kept(Part("bot", lambda _url: data, environment)):
            _announce(workspace.url, shown)
            await workspace.process.wait()
    log.error("the workspace ended, so everything stops")
    return 1


@dataclass(frozen=True, slots=True)
class Part:
    """A process that is started again when it ends."""

    name: str
    arguments: Callable[[str], list[str]]
    """Its command line, given the address that it had before, if any."""
    environment: Mapping[str, str] = field(default_factory=dict)
    needed: bool = True
    """Whether nothing goes without it."""
    niceness: int = 0


@asynccontextmanager
async def kept(part: Part) -> AsyncGenerator[str]:
    """Keep a process running; yields its address once it is ready, or nothing if it cannot be."""
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    keeping = asyncio.create_task(_keep(part, first))
    try:
        yield await first
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(part: Part, first: "asyncio.Future[str]") -> None:
    url, wait_s, clock = "", 0.0, asyncio.get_running_loop().time
    while True:
        begun_s = clock()
        try:
            start = part.name, part.arguments(url), part.environment
            async with child(*start, niceness=part.niceness) as running:
                url = running.url
                if not first.done():
                    first.set_result(url)
                await running.process.wait()
        except SettingsError as error:
            if part.needed and not first.done():
                first.set_exception(error)
                return
            log.warning("%(error)s Atelier goes on with what works without it.", {"error": error})
            if not first.done():
                first.set_result("")
        wait_s = next_wait_s(wait_s, clock() - begun_s)
        again = {"part": part.name, "wait_s": round(wait_s)}
        log.warning("the %(part)s ended; starting it again in %(wait_s)s s", again)
        await asyncio.sleep(wait_s)


def next_wait_s(before_s: float, ran_s: float) -> float:
    """Return how long to wait before a part is started again: twice as long each time.

    A part that ran for a good while has its first end.

    >>> [next_wait_s(before_s, 1.0) for before_s in (0.0, 2.0, 32.0)], next_wait_s(60.0, 99.0)
    ([2.0, 4.0, 60.0], 2.0)
    """
    if ran_s >= MAX_RESTART_S:
        return RESTART_S
    return min(max(RESTART_S, before_s * 2), MAX_RESTART_S)


@asynccontextmanager
async def _engine(settings: Settings) -> AsyncGenerator[str]:
    """Keep our own engine running unless the settings name one; yields its URL, with `/v1`."""
    if settings.engine.url:
        yield settings.engine.url
        return

    fetching = settings.engine.model_copy(update={"download": True})  # unless `offline`
    drain_s = min(settings.drain_s, DRAIN_S)
    hurried = settings.model_copy(update={"drain_s": drain_s, "engine": fetching})

    def arguments(url: str) -> list[str]:
        port = int(url.rpartition(":")[2]) if url else settings.engine.port
        return engine_arguments(hurried, port=port)

    out = proxies_of(os.environ)  # on the way to the hub
    part = Part("engine", arguments, out, needed=False, niceness=settings.engine.niceness)
    async with kept(part) as url:
        yield f"{url}/v1" if url else settings.engine.base_url


def _bot_environment(workspace: str, engine: str, settings: Settings) -> dict[str, str]:
    return {
        "SLACK_API_URL": f"{workspace}/api/",
        "SLACK_BOT_TOKEN": "xoxb-local",
        "SLACK_APP_TOKEN": "xapp-local",
        f"{PREFIX}ENGINE__URL": engine,
        f"{PREFIX}MODE": "socket",
        f"{PREFIX}HEALTH_PORT": "0",
        f"{PREFIX}DRAIN_S": str(min(settings.drain_s, DRAIN_S)),
    }


def _announce(url: str, shown: Shown) -> None:
    if shown.as_json:
        print(json.dumps({"url": url}), flush=True)  # noqa: T201 - what the caller waits for
    else:
        print(f"\nAtelier is ready: {url}\nStop it with Ctrl-C.\n", flush=True)  # noqa: T201
    if shown.browser and not shown.as_json and sys.stdout.isatty():
        webbrowser.open(url)
