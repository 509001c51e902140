"""What it costs to take an envelope: our intake and our whole bot, beside a no-op Bolt app.

Each bot has a workspace of its own, and all of them are processes of their own; the bursts go to
them in turns. The ack's time is taken inside the workspace, from the envelope's way out to its
acknowledgement. `our intake` commits each request and does no more; `our bot` also answers it
meanwhile (`/atelier help`, which needs no engine), and its CPU time includes all of that.

One at a time the no-op is the slower one: Bolt looks every 10 ms whether a listener has called
`ack()` (`slack_bolt/listener/asyncio_runner.py`), and our intake answers from a middleware. Only
with many at once, and in CPU time, does the ratio show what the commit costs.
"""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from bench.figures import Figure, Skipped, percentile
from bench.ledger import quickest, through_writer
from bot.processes import child
from bot.settings import PREFIX
from workspace.client import Client

BOTS = {
    "no-op": ["bench.peers", "noop"],
    "our intake": ["bench.peers", "intake"],
    "our bot": ["bot", "bot", "--json"],
}
NOOP, *OURS = BOTS
PEOPLE = ("ana", "bo", "chen")
ROUNDS = 3
WARM_UP = 20
BURSTS = {"1 at a time": (1, 60), "32 at a time": (32, 256), "50 a second": (0, 100)}
"""Envelopes under way at once (0: by the clock), and envelopes a round."""
RATE_PER_S = 50
INSERTS = {1: 300, 64: 1920}
_DONE_WITHIN_S = 120.0
_LOOK_AGAIN_S = 0.1
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Taken:
    """The acks of some bursts, in milliseconds each, and the bot's CPU time for all of them."""

    acks_ms: list[float] = field(default_factory=list)
    cpu_ms: float = 0.0

    def measures(self) -> dict[tuple[str, str], float]:
        """Return what is compared, by name and unit."""
        return {
            ("ack p50", "ms"): percentile(self.acks_ms, 50),
            ("ack p99", "ms"): percentile(self.acks_ms, 99),
            ("CPU an envelope", "ms"): self.cpu_ms / len(self.acks_ms),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A running bot on a workspace of its own."""

    client: Client
    pid: int
    database: Path | None
    """Where it keeps what it has to answer; None for a bot that answers nothing."""
    people: Iterator[str]

    async def take(self, burst: str, scale: float, taken: Taken) -> None:
        """Send a burst, wait until all of it is answered, and add what it took."""
        window, full = BURSTS[burst]
        count = max(window, 2, round(full * scale))
        before = cpu_ms(self.pid)
        acks = await (self.windowed(count, window) if window else self.paced(count))
        await self.idle()
        taken.acks_ms += acks
        taken.cpu_ms += cpu_ms(self.pid) - before

    async def windowed(self, count: int, window: int) -> list[float]:
        """Keep so many envelopes under way; return each ack's milliseconds."""
        numbers, acks = iter(range(count)), list[float]()

        async def lane() -> None:
            for _ in numbers:
                acks.append(await self._slash())

        await asyncio.gather(*(lane() for _ in range(window)))
        return acks

    async def paced(self, count: int) -> list[float]:
        """Send by the clock, whether or not the earlier ones are acknowledged."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        tasks: list[asyncio.Task[float]] = []
        for number in range(count):
            await asyncio.sleep(start + number / RATE_PER_S - loop.time())
            tasks.append(asyncio.create_task(self._slash()))
        return await asyncio.gather(*tasks)

    async def idle(self) -> None:
        """Wait until nothing is left to answer. Raises TimeoutError."""
        async with asyncio.timeout(_DONE_WITHIN_S):
            while self.database and _unfinished(self.database):  # noqa: ASYNC110 - another process
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def _slash(self) -> float:
        answer = await self.client.slash(next(self.people), "general", "/atelier", "help")
        if not answer["acked"]:
            raise Skipped("An envelope was not acknowledged within Slack's 3 s: no fair figures.")
        return float(answer["elapsed_ms"])


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure every burst; `scale` is the share of the envelopes to send."""
    if not Path("/proc/self/stat").exists():
        raise Skipped("It reads the CPU time of other processes from /proc, which is not here.")
    taken = asyncio.run(_taken(scale))
    for burst in BURSTS:
        peers = taken[NOOP, burst].measures()
        for name in OURS:
            ours = taken[name, burst].measures()
            for (what, unit), peer in peers.items():
                yield Figure(
                    what=f"{what}, {burst}, {name}",
                    unit=unit,
                    ours=ours[what, unit],
                    peer=peer,
                    peer_is=NOOP,
                )
    yield from _inserts(scale, taken)


def cpu_ms(pid: int) -> float:
    """Return the CPU time that a process has used so far, all threads, user and system.

    From /proc/PID/stat, fields 14 and 15 (man 5 proc); its ticks are 10 ms long.
    """
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    fields = stat.rpartition(")")[2].split()  # the name in parentheses may hold spaces
    return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS_PER_S


async def _taken(scale: float) -> dict[tuple[str, str], Taken]:
    async with AsyncExitStack() as stack:
        bots = {name: await stack.enter_async_context(_bot(name)) for name in BOTS}
        taken = {(name, burst): Taken() for name in bots for burst in BURSTS}
        for bot in bots.values():
            await bot.windowed(WARM_UP, 1)
            await bot.idle()
        for _ in range(ROUNDS):
            for (name, burst), so_far in taken.items():
                await bots[name].take(burst, scale, so_far)
        return taken


@asynccontextmanager
async def _bot(name: str) -> AsyncGenerator[Bot]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            child(
                "workspace", ["workspace", "--port", "0", "--json", "--no-rate-limits"]
            ) as workspace,
            child(name, BOTS[name], _environment(workspace.url, folder)) as process,
            Client(workspace.url) as client,
        ):
            yield Bot(
                client=client,
                pid=process.process.pid,
                database=Path(folder) / "atelier.db" if name == "our bot" else None,
                people=cycle(PEOPLE),
            )


def _environment(url: str, folder: str) -> dict[str, str]:
    """Return what a bot needs, with queues so long that every request is answered."""
    return {
        "SLACK_API_URL": f"{url}/api/",
        "SLACK_BOT_TOKEN": "xoxb-local",
        "SLACK_APP_TOKEN": "xapp-local",
        f"{PREFIX}DATA": folder,
        f"{PREFIX}SLACK_PACING": "false",
        f"{PREFIX}MAX_QUEUED": "1000000",
        f"{PREFIX}MAX_QUEUED_PER_USER": "1000000",
    }


def _unfinished(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM request WHERE state != 'done'"
        ).fetchone()
        return int(count)


def _inserts(scale: float, taken: dict[tuple[str, str], Taken]) -> Iterator[Figure]:
    """Compare a durable insert alone with the no-op's whole envelope at the nearest load."""
    for (callers, rows), burst in zip(INSERTS.items(), BURSTS, strict=False):
        count = max(callers, round(rows * scale))
        spent = quickest(asyncio.run(through_writer(callers, count)) for _ in range(ROUNDS))
        yield Figure(
            what=f"CPU a durable insert alone, {callers} callers",
            unit="ms",
            ours=spent.cpu_ms,
            peer=taken[NOOP, burst].measures()["CPU an envelope", "ms"],
            peer_is=f"no-op, an envelope, {burst}",
        )
