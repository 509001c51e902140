"""The bot alone, beside a local workspace, without an engine: as a service manager runs it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.processes import child
from tests.e2e.product import all_judged, environment
from workspace.client import Client

SECRET = "local"
TOKENS = ("xoxb-local", "xapp-local")


@dataclass(frozen=True, slots=True)
class Alone:
    """A running bot, its workspace, and where it can be asked how it is."""

    slack: Client
    process: asyncio.subprocess.Process
    data: Path
    log: Path
    health: str

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def lines(self) -> list[dict[str, Any]]:
        """Return its log; every line is JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    async def page(self, path: str) -> tuple[int, str]:
        """Ask its health port."""
        async with aiohttp.ClientSession() as session, session.get(self.health + path) as answer:
            return answer.status, await answer.text()


def free_port() -> int:
    """Return a port that nobody has, for a moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def alone(folder: Path, **more: str) -> AsyncGenerator[Alone]:
    """Run a workspace and `atelier bot --json` until the end of the block.

    At the end everything that anybody was shown must have been judged.
    """
    is_http = more.get("ATELIER_MODE") == "http"
    port, health = free_port(), free_port()
    place = ["workspace", "--json", "--port", "0", "--no-rate-limits"]
    place += ["--request-url", f"http://127.0.0.1:{port}/slack/events"] if is_http else []
    given = {
        "SLACK_BOT_TOKEN": TOKENS[0],
        **({"SLACK_SIGNING_SECRET": SECRET} if is_http else {"SLACK_APP_TOKEN": TOKENS[1]}),
        "ATELIER_HTTP_PORT": str(port),
        "ATELIER_HEALTH_PORT": str(health),
        "ATELIER_ENGINE__URL": "http://127.0.0.1:9/v1",
        **more,
    }
    async with child("workspace", place) as workspace, Client(workspace.url) as slack:
        given["SLACK_API_URL"] = f"{workspace.url}/api/"
        async with _bot(folder, given) as process:
            log = folder / "bot.log"
            yield Alone(slack, process, folder / "data", log, f"http://127.0.0.1:{health}")
            config = more.get("ATELIER_CONFIG")
            all_judged(workspace.url, folder / "data", Path(config) if config else None)


@asynccontextmanager
async def _bot(folder: Path, given: dict[str, str]) -> AsyncGenerator[asyncio.subprocess.Process]:
    command = [sys.executable, "-m", "bot", "bot", "--json", "--data", str(folder / "data")]
    with (folder / "bot.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={**environment(**given), "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - of the tests
        )
    try:
        line = await process.stdout.readline() if process.stdout else b""
        assert line, (folder / "bot.log").read_text()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
