"""The trials by which what the bot stands on fails: Slack's patience, connections, the database."""

import asyncio
import random
import resource
import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from types import MappingProxyType

from bot.ledger.database import file_of
from tests.bot.postgres import END_OTHERS
from tests.e2e.product import Json
from tests.faults.crowd import crowd, deciding
from tests.faults.judge import settled
from tests.faults.result import Result, ended
from tests.faults.scene import Scene

STORM_S = 6.0
PATIENCE_S: Mapping[str, int] = MappingProxyType(
    {"chat.postMessage": 2, "chat.update": 3, "conversations.replies": 2}
)
"""For how long Slack asks not to be called again, by method."""
UNDER_WAY_S = 1.0
"""Calls that come so soon after a refusal were on their way already."""
FLOWS_S = 60.0
"""Within how long after a mishap everything is answered again."""
BROKEN_S = 4.5
"""How long a database is out of order: longer than an acknowledgement may take."""
MISHAPS = ("hard", "soft", "warning", "refused", "silent")
ASKED = 12
_ROOM = 128 << 10
_Breaks = Callable[[Scene], AbstractAsyncContextManager[bool]]
"""Puts the database out of order; whether it can be read then."""


async def storms(scene: Scene, times: int, seed: int = 1) -> Result:
    """Let Slack refuse a third of all calls for being too many, while people ask."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, no secret
    bot = scene.start()
    await bot.ready()
    for number in range(times):
        for method, wait_s in PATIENCE_S.items():
            match = {"method": method, "probability": 0.3, "seed": seed * 1000 + number}
            await scene.client.fault(match, status=429, retry_after_s=wait_s)
        async with crowd(scene, dice, every_s=0.25):
            await asyncio.sleep(STORM_S)  # no wait for anything: so long it lasts
        await scene.client.clear_faults()
    async with deciding(scene):
        await settled(scene)
    refused = too_soon = 0
    for method, wait_s in PATIENCE_S.items():
        calls = await scene.client.calls(method)
        refused += sum(call["status"] == 429 for call in calls)
        too_soon += _too_soon(calls, wait_s)
    what = "Slack refusing 30 % of the calls as too many"
    few = int(refused < times)
    return await ended(scene, what, times, called_too_soon=too_soon, refused_too_few=few)


async def mishaps(scene: Scene, times: int, seed: int = 1) -> Result:
    """Break the connections in every way there is, one after the other, while people ask."""
    bot = scene.start()
    await bot.ready()
    for number in range(times):
        how = MISHAPS[(seed - 1 + number) % len(MISHAPS)]
        await scene.say()
        async with _mishap(scene, how):
            for _ in range(3):
                await scene.say()
        await settled(scene, FLOWS_S)
    return await ended(scene, "Connections closed, refused, silent", times)


async def locked(scene: Scene, times: int, seed: int = 1) -> Result:
    """Let another process hold SQLite's lock, or the disk be full, while people ask."""
    what = "SQLite locked by another process, disk full"
    return await _outages(scene, times, seed, what, (_held, _full))


async def served(scene: Scene, times: int, seed: int = 1) -> Result:
    """Let PostgreSQL crash, be read-only, or cut all connections, while people ask."""
    what = "PostgreSQL crashed, read-only, cut off"
    return await _outages(scene, times, seed, what, (_down, _read_only, _cut))


async def _outages(
    scene: Scene, times: int, seed: int, what: str, breaks: Sequence[_Breaks]
) -> Result:
    """Break the database in one way after the other."""
    bot = scene.start()
    await bot.ready()
    unstored = 0
    for number in range(times):
        unstored += await _broken(scene, breaks[(seed - 1 + number) % len(breaks)](scene))
    noticed = "was not taken" in bot.logged()
    return await ended(scene, what, times, acked_unstored=unstored, unnoticed=int(not noticed))


def _too_soon(calls: list[Json], wait_s: float) -> int:
    """Count the calls that were made although Slack had asked to wait."""
    refused = [float(call["at"]) for call in calls if call["status"] == 429]
    return sum(
        any(UNDER_WAY_S < call["at"] - at < wait_s - 0.1 for at in refused) for call in calls
    )


@asynccontextmanager
async def _mishap(scene: Scene, how: str) -> AsyncGenerator[None]:
    """Let something happen to the connections, and all be well again after the block."""
    opened = await _opened(scene)
    match how:
        case "refused":
            await scene.client.fault({"method": "apps.connections.open", "count": 2}, status=500)
            await scene.client.fault(disconnect="hard")
        case "silent":
            await scene.client.fault(pong=False)
            await scene.client.fault({"envelope": "events_api"}, drop=True)
        case _:
            await scene.client.fault(disconnect=how)
    yield
    if how == "silent":

        async def noticed() -> bool:
            return await _opened(scene) > opened

        await scene.until(noticed, 120, "the silence is noticed")
    await scene.client.clear_faults()


async def _opened(scene: Scene) -> int:
    return len(await scene.client.calls("apps.connections.open"))


async def _broken(scene: Scene, out_of_order: AbstractAsyncContextManager[bool]) -> int:
    """Ask while the database is out of order; return how many acks had nothing behind them."""
    await scene.say()
    await settled(scene)
    acked, stored = await _acked(scene), _stored(scene)
    async with out_of_order as readable:
        for _ in range(ASKED):
            await scene.say()
            await asyncio.sleep(BROKEN_S / ASKED)  # no wait for anything: so long it lasts
        acked = await _acked(scene) - acked
        stored = _stored(scene) - stored if readable else 0
    await settled(scene)
    return max(0, acked - stored)


@asynccontextmanager
async def _held(scene: Scene) -> AsyncGenerator[bool]:
    """Hold the lock of who writes to SQLite."""
    file = file_of(scene.database)
    assert file is not None
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield True


@asynccontextmanager
async def _full(scene: Scene) -> AsyncGenerator[bool]:
    """Let the bot write no file beyond a size that its database has already, or soon will."""
    (bot,) = scene.alive
    _, hard = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    room = bot.log.stat().st_size + _ROOM
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield True
    finally:
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (hard, hard))


@asynccontextmanager
async def _down(scene: Scene) -> AsyncGenerator[bool]:
    """Let the server crash."""
    assert scene.server is not None
    await asyncio.to_thread(scene.server.stop)
    try:
        yield False
    finally:
        await asyncio.to_thread(scene.server.start)


@asynccontextmanager
async def _read_only(scene: Scene) -> AsyncGenerator[bool]:
    """Let the server take no changes."""
    _altered(scene, "SET default_transaction_read_only = on")
    try:
        yield True
    finally:
        _altered(scene, "RESET default_transaction_read_only")


@asynccontextmanager
async def _cut(scene: Scene) -> AsyncGenerator[bool]:
    """Let the server end all connections, again and again."""

    async def cut() -> None:
        while True:
            scene.rows(END_OTHERS)
            await asyncio.sleep(0.5)

    async with asyncio.TaskGroup() as group:
        cutting = group.create_task(cut())
        yield True
        cutting.cancel()


def _altered(scene: Scene, change: str) -> None:
    """Change the database for all sessions, which have to begin anew."""
    assert scene.server is not None
    name = scene.database.rsplit("/", 1)[-1]
    scene.server.run(f'ALTER DATABASE "{name}" {change}')
    scene.rows(END_OTHERS)


async def _acked(scene: Scene) -> int:
    """Return how many mentions the bot has acknowledged."""
    rows = await scene.client.deliveries()
    return len({row["event_id"] for row in rows if row["kind"] == "app_mention" and row["acked"]})


def _stored(scene: Scene) -> int:
    return int(scene.rows("SELECT count(*) FROM request")[0][0])
