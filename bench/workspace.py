"""What an envelope costs the local workspace, beside the no-op Bolt app that acknowledges it.

Both are processes of their own. The workspace's CPU time includes the control request that causes
the envelope (`POST /_control/slash`, HTTP) and its answer; what such a request costs alone is the
last figure. While it stays below the bot's, the workspace is not what a measurement of the bot
measures. The limit that it is built for is 0.5 ms an envelope with 32 at a time.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from bench.figures import Figure, Skipped
from bench.intake import BOTS, NOOP, PEOPLE, cpu_ms
from bot.processes import child
from bot.settings import PREFIX
from workspace.client import Client

ROUNDS = 3
WARM_UP = 64
BURSTS = {"1 at a time": (1, 200), "32 at a time": (32, 1600)}
"""Envelopes under way at once, and envelopes a round."""


@dataclass(slots=True, kw_only=True)
class Spent:
    """CPU time of both sides, in milliseconds, and for how many envelopes."""

    workspace_ms: float = 0.0
    bot_ms: float = 0.0
    count: int = 0


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure each burst; `scale` is the share of the envelopes to send."""
    if not Path("/proc/self/stat").exists():
        raise Skipped("It reads the CPU time of other processes from /proc, which is not here.")
    taken, request = asyncio.run(_taken(scale))
    for burst, spent in taken.items():
        yield Figure(
            what=f"CPU an envelope, {burst}",
            unit="ms",
            ours=spent.workspace_ms / spent.count,
            peer=spent.bot_ms / spent.count,
            peer_is=f"{NOOP} Bolt app, the same envelopes",
        )
    whole = taken["32 at a time"]
    yield Figure(
        what="CPU a control request alone, 32 at a time",
        unit="ms",
        ours=request.workspace_ms / request.count,
        peer=whole.workspace_ms / whole.count,
        peer_is="an envelope with its control request",
    )


async def _taken(scale: float) -> tuple[dict[str, Spent], Spent]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            child("workspace", ["workspace", "--port", "0", "--json"]) as workspace,
            child(NOOP, BOTS[NOOP], _environment(workspace.url, folder)) as bot,
            Client(workspace.url) as client,
        ):
            pids = workspace.process.pid, bot.process.pid
            people = cycle(PEOPLE)

            async def slash() -> None:
                answer = await client.slash(next(people), "general", "/atelier", "help")
                if not answer["acked"]:
                    raise Skipped("An envelope was not acknowledged within Slack's 3 s.")

            async def health() -> None:
                await client.get("health")

            await _run(slash, WARM_UP, 1)
            taken = {burst: Spent() for burst in BURSTS}
            request = Spent()
            for _ in range(ROUNDS):
                for burst, spent in taken.items():
                    await _measure(slash, burst, scale, pids, spent)
                await _measure(health, "32 at a time", scale, pids, request)
            return taken, request


def _environment(url: str, folder: str) -> dict[str, str]:
    return {
        "SLACK_API_URL": f"{url}/api/",
        "SLACK_BOT_TOKEN": "xoxb-local",
        "SLACK_APP_TOKEN": "xapp-local",
        f"{PREFIX}DATA": folder,
    }


async def _measure(
    ask: Callable[[], Awaitable[None]],
    burst: str,
    scale: float,
    pids: tuple[int, int],
    spent: Spent,
) -> None:
    window, full = BURSTS[burst]
    count = max(window, round(full * scale))
    before = [cpu_ms(pid) for pid in pids]
    await _run(ask, count, window)
    spent.workspace_ms += cpu_ms(pids[0]) - before[0]
    spent.bot_ms += cpu_ms(pids[1]) - before[1]
    spent.count += count


async def _run(ask: Callable[[], Awaitable[None]], count: int, window: int) -> None:
    numbers = iter(range(count))

    async def lane() -> None:
        for _ in numbers:
            await ask()

    await asyncio.gather(*(lane() for _ in range(window)))
