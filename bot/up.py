"""`atelier up`: workspace, engine and bot on this machine, until it is stopped."""

import asyncio
import json
import logging
import signal
import sys
import webbrowser
from contextlib import suppress
from dataclasses import dataclass, field

from bot.manifest import manifest
from bot.processes import child, engine_arguments
from bot.settings import PREFIX, Settings, SettingsError

log = logging.getLogger(__name__)

RESTART_S = 2.0
MAX_RESTART_S = 60.0


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
    engine = Engine(settings)
    keeping = asyncio.create_task(engine.keep())
    try:
        path = settings.data / "manifest.json"
        path.write_text(json.dumps(manifest(settings.verbs)), encoding="utf-8")
        place = ["workspace", "--json", "--port", str(shown.port), "--manifest", str(path)]
        async with child("workspace", place) as workspace:
            environment = _bot_environment(workspace.url, await engine.url)
            data = ["bot", "bot", "--json", "--data", str(settings.data)]
            async with child("bot", data, environment) as bot:
                _announce(workspace.url, shown)
                ends = [workspace.process.wait(), bot.process.wait()]
                tasks = [asyncio.ensure_future(end) for end in ends]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                log.error("the workspace or the bot ended, so everything stops")
                return 1
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@dataclass(slots=True)
class Engine:
    """Our own engine, started again when it ends; or the one that the settings name."""

    settings: Settings
    url: "asyncio.Future[str]" = field(default_factory=asyncio.Future)

    async def keep(self) -> None:
        """Keep an engine running; `url` tells where, with `/v1`, once it listens or cannot."""
        if self.settings.engine.url:
            self.url.set_result(self.settings.engine.url)
            return
        port, wait_s = self.settings.engine.port, RESTART_S
        while True:
            try:
                arguments = engine_arguments(self.settings, port=port)
                async with child("engine", arguments) as engine:
                    port = int(engine.url.rpartition(":")[2])
                    self._listens(f"{engine.url}/v1")
                    await engine.process.wait()
            except SettingsError as error:
                log.warning("%s Atelier goes on with what works without an engine.", error)
                self._listens(f"http://127.0.0.1:{port}/v1")
            log.warning("the engine ended; starting it again in %.0f s", wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, MAX_RESTART_S)

    def _listens(self, url: str) -> None:
        if not self.url.done():
            self.url.set_result(url)


def _bot_environment(workspace: str, engine: str) -> dict[str, str]:
    return {
        "SLACK_API_URL": f"{workspace}/api/",
        "SLACK_BOT_TOKEN": "xoxb-local",
        "SLACK_APP_TOKEN": "xapp-local",
        f"{PREFIX}ENGINE__URL": engine,
    }


def _announce(url: str, shown: Shown) -> None:
    if shown.as_json:
        print(json.dumps({"url": url}), flush=True)  # noqa: T201 - what the caller waits for
    else:
        print(f"\nAtelier is ready: {url}\nStop it with Ctrl-C.\n", flush=True)  # noqa: T201
    if shown.browser and not shown.as_json and sys.stdout.isatty():
        webbrowser.open(url)
