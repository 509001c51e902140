"""What it costs to take an envelope: our intake and our whole bot, beside a no-op Bolt app.

Each bot has a workspace of its own, and all of them are processes of their own; the bursts go to
them in turns. The ack's time is taken inside the workspace, from the envelope's way out to its
acknowledgement. `our intake` commits each request and does no more; `our bot` also answers it
meanwhile (`/atelier help`, which needs no engine), and its CPU time includes all of that. In a last
burst an engine generates beside them, for itself and for the tenth part of what our bot is asked.

One at a time the no-op is the slower one: Bolt looks every 10 ms whether a listener has called
`ack()` (`slack_bolt/listener/asyncio_runner.py`), and our intake answers from a middleware. Only
with many at once, and in CPU time, does the ratio show what the commit costs.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path

from bench.busy import CHATS, Engine, Model, engine
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
INTAKE = OURS[0]
PEOPLE = ("ana", "bo", "chen")
ROUNDS = 3
WARM_UP = 20
RATE_PER_S = 50
PACED = f"{RATE_PER_S} a second"
BURSTS = {"1 at a time": (1, 60), "32 at a time": (32, 256), PACED: (0, 100)}
"""Envelopes under way at once (0: by the clock), and envelopes a round."""
BUSY = f"{RATE_PER_S} a second while the engine generates"
ACKS = ("ack p50", "ack p99")
ACK_P99_MS = 300.0
"""What is promised (P7)."""
INSERTS = ((1, 300), (32, 1920), (1, 300))
"""How many insert at once beside each burst, where by the clock they come singly, and how much."""
TIMES_NOOP = 1.5
"""An envelope may cost our intake so many times the no-op's CPU time, and a durable insert."""
HELP, ASKED = "help", "rewrite The build is green again, and everybody may deploy."
ASKED_EVERY = 10
_DONE_WITHIN_S = 180.0
_LOOK_AGAIN_S = 0.1


@dataclass(slots=True)
class Taken:
    """The acks of some bursts, in milliseconds each, and the bot's CPU time for all of them."""

    acks_ms: list[float] = field(default_factory=list)
    cpu_ms: float = 0.0

    def measures(self) -> dict[tuple[str, str], float]:
        """Return what is compared, by name and unit."""
        return {
            (ACKS[0], "ms"): percentile(self.acks_ms, 50),
            (ACKS[1], "ms"): percentile(self.acks_ms, 99),
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
    texts: Iterator[str] = field(default_factory=lambda: cycle([HELP]))
    """What is asked, one after the other."""

    async def take(self, burst: str, scale: float, taken: Taken) -> None:
        """Send a burst, wait until all of it is answered, and add what it took.

        Nobody waits for what an engine has to answer that is busy with other things.
        """
        window, full = BURSTS[PACED if burst == BUSY else burst]
        count = max(window, 2, round(full * scale))
        before = cpu_ms(self.pid)
        async with self.anew() as bot:
            acks = await (bot.windowed(count, window) if window else bot.paced(count))
        if burst != BUSY:
            await self.idle()
        taken.acks_ms += acks
        taken.cpu_ms += cpu_ms(self.pid) - before

    @asynccontextmanager
    async def anew(self) -> AsyncGenerator["Bot"]:
        """Connect to the workspace anew: it has closed what was idle, or is just about to."""
        async with Client(self.client.url) as client:
            yield replace(self, client=client)

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
        person, text = next(self.people), next(self.texts)
        answer = await self.client.slash(person, "general", "/atelier", text)
        if not answer["acked"]:
            raise Skipped("An envelope was not acknowledged within Slack's 3 s: no fair figures.")
        return float(answer["elapsed_ms"])


Takings = dict[tuple[str, str], Taken]


def figures(scale: float = 1.0, model: Model | None = None) -> Iterator[Figure]:
    """Measure every burst; `scale` is the share of the envelopes, `model` what the engine runs."""
    if not sys.platform.startswith("linux"):
        raise Skipped("It reads the CPU clocks of other processes, which only Linux lets it do.")
    taken, tokens_per_s = asyncio.run(_taken(scale, model or Model()))
    for burst in dict.fromkeys(burst for _, burst in taken):
        for name in OURS:
            yield from _compared(name, burst, taken)
    for burst, inserted in zip(BURSTS, _inserts(scale), strict=True):
        yield from _bar(burst, inserted, taken)
    if tokens_per_s:
        yield Figure(
            what=f"what the engine writes meanwhile, for {CHATS} chats",
            unit="tokens/s",
            ours=tokens_per_s,
            peer=0.0,
            peer_is="none",
        )
    else:
        sys.stderr.write("Without torch (the engine extra) no engine generates beside them.\n")


def _compared(name: str, burst: str, taken: Takings) -> Iterator[Figure]:
    ours = taken[name, burst].measures()
    for (what, unit), peer in taken[NOOP, burst].measures().items():
        if burst == BUSY and what not in ACKS:  # what was asked is not answered yet
            continue
        promised = what == ACKS[-1] and burst in {PACED, BUSY}
        yield Figure(
            what=f"{what}, {burst}, {name}",
            unit=unit,
            ours=ours[what, unit],
            peer=peer,
            peer_is=NOOP,
            goal=ACK_P99_MS if promised else None,
        )


def _bar(burst: str, inserted: float, taken: Takings) -> Iterator[Figure]:
    """Compare what our intake costs with what it may cost, and say what that is made of."""
    measured = {name: taken[name, burst].measures()["CPU an envelope", "ms"] for name in BOTS}
    bar = TIMES_NOOP * measured[NOOP] + inserted
    yield Figure(
        what=f"CPU a durable insert alone, {burst}",
        unit="ms",
        ours=inserted,
        peer=measured[NOOP],
        peer_is="no-op, an envelope",
    )
    yield Figure(
        what=f"CPU an envelope, {burst}, our intake, against its bar",
        unit="ms",
        ours=measured[INTAKE],
        peer=bar,
        peer_is=f"{TIMES_NOOP} no-ops and an insert",
        goal=bar,
    )


def cpu_ms(pid: int) -> float:
    """Return the CPU time that a process has used so far, all threads, user and system.

    From its CPU clock: clock_getcpuclockid(3), whose ids Linux makes like this.
    """
    return time.clock_gettime((~pid << 3) | 2) * 1000


async def _taken(scale: float, model: Model) -> tuple[Takings, float]:
    """Send every burst to every bot; also return how much the engine wrote for itself."""
    async with AsyncExitStack() as stack:
        busy = await stack.enter_async_context(engine(model))
        bots = {name: await stack.enter_async_context(_bot(name, busy)) for name in BOTS}
        for bot in bots.values():
            await bot.windowed(WARM_UP, 1)
            await bot.idle()
        taken = await _rounds(bots, list(BURSTS), scale)
        if busy is None:
            return taken, 0.0
        return await _while_busy(bots, busy, scale, taken)


async def _rounds(bots: Mapping[str, Bot], bursts: Sequence[str], scale: float) -> Takings:
    taken = {(name, burst): Taken() for name in bots for burst in bursts}
    for _ in range(ROUNDS):
        for (name, burst), so_far in taken.items():
            await bots[name].take(burst, scale, so_far)
    return taken


async def _while_busy(
    bots: Mapping[str, Bot], busy: Engine, scale: float, taken: Takings
) -> tuple[Takings, float]:
    texts = [ASKED, *[HELP] * (ASKED_EVERY - 1)]
    asking = {name: replace(bot, texts=cycle(texts)) for name, bot in bots.items()}
    async with busy.generating():
        tokens, began = busy.tokens, time.monotonic()
        more = await _rounds(asking, [BUSY], scale)
        tokens_per_s = (busy.tokens - tokens) / (time.monotonic() - began)
    return {**taken, **more}, tokens_per_s


@asynccontextmanager
async def _bot(name: str, busy: Engine | None = None) -> AsyncGenerator[Bot]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            child(
                "workspace", ["workspace", "--port", "0", "--json", "--no-rate-limits"]
            ) as workspace,
            child(name, BOTS[name], _environment(workspace.url, folder, busy)) as process,
            Client(workspace.url) as client,
        ):
            yield Bot(
                client=client,
                pid=process.process.pid,
                database=Path(folder) / "atelier.db" if name == "our bot" else None,
                people=cycle(PEOPLE),
            )


def _environment(url: str, folder: str, busy: Engine | None) -> dict[str, str]:
    """Return what a bot needs, with queues so long that every request is answered."""
    return {
        "SLACK_API_URL": f"{url}/api/",
        "SLACK_BOT_TOKEN": "xoxb-local",
        "SLACK_APP_TOKEN": "xapp-local",
        f"{PREFIX}DATA": folder,
        f"{PREFIX}SLACK_PACING": "false",
        f"{PREFIX}MAX_QUEUED": "1000000",
        f"{PREFIX}MAX_QUEUED_PER_USER": "1000000",
        f"{PREFIX}ENGINE__URL": f"{busy.url}/v1" if busy else "",
        f"{PREFIX}ENGINE__TEXT_MODEL": busy.model if busy else "",
    }


def _unfinished(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM request WHERE state != 'done'"
        ).fetchone()
        return int(count)


def _inserts(scale: float) -> Iterator[float]:
    """Yield the CPU milliseconds of a durable insert alone, with as many callers as each burst."""
    for callers, rows in INSERTS:
        count = max(callers, round(rows * scale))
        spent = quickest(asyncio.run(through_writer(callers, count)) for _ in range(ROUNDS))
        yield spent.cpu_ms
