"""Two bots, two processes, one PostgreSQL."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from generators.draft import UserId
from tests.bot.builders import LEASE_S, keys, request, rows
from tests.bot.databases import served_only
from tests.bot.line import agrees

ROOT = Path(__file__).parents[3]
REQUESTS, PEOPLE = 500, 100
BEFORE_ITS_END = 60
"""Requests that the one that is killed has answered by then."""
DONE = "SELECT count(*) FROM request WHERE state = 'done'"


@asynccontextmanager
async def bot(url: str) -> AsyncGenerator[Process]:
    """Start a bot and wait until it is ready; it is killed at the end of the block."""
    arguments = ("-m", "tests.bot.ledger.sharing", url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=PIPE, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    try:
        assert await line(process) == "ready"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def rest(process: Process) -> list[str]:
    assert process.stdout is not None
    return (await process.stdout.read()).decode().split()


async def ask(url: str) -> None:
    writer = Writer(connect(url))
    ledger = Ledger(writer, LEASE_S, keys())
    asked = (request(user=UserId(f"U{number % PEOPLE}")) for number in range(REQUESTS))
    await asyncio.gather(*(ledger.accept(one) for one in asked))
    writer.close()


async def done(url: str) -> None:
    while (found := rows(url, DONE)) != [(REQUESTS,)]:
        assert found < [(REQUESTS,)]
        await asyncio.sleep(0.2)


def accounted(url: str) -> None:
    """Check that each request was answered, and its answer used, exactly once."""
    assert rows(url, "SELECT count(*) FROM request") == [(REQUESTS,)]
    assert rows(url, "SELECT DISTINCT state, outcome FROM request") == [("done", "delivered")]
    answered = "SELECT count(*), count(DISTINCT request_id) FROM usage WHERE outcome = 'ok'"
    assert rows(url, answered) == [(REQUESTS, REQUESTS)]
    agrees(url)


@served_only
async def test_two_bots_share_the_work(served: str) -> None:
    async with bot(served) as one, bot(served) as other:
        await ask(served)
        async with asyncio.timeout(240):
            await done(served)
        for process in (one, other):
            process.kill()
        told = [await rest(process) for process in (one, other)]
    assert len({*told[0], *told[1]}) == REQUESTS
    assert min(len({*each}) for each in told) >= REQUESTS / 10
    accounted(served)
    assert rows(served, "SELECT count(*) FROM usage") == [(REQUESTS,)]


@served_only
async def test_one_that_is_killed_loses_nothing_and_doubles_nothing(served: str) -> None:
    async with bot(served) as killed, bot(served) as other:
        await ask(served)
        async with asyncio.timeout(240):
            for _ in range(BEFORE_ITS_END):
                assert await line(killed)
            killed.kill()
            await done(served)
        other.kill()
        assert len(await rest(other)) >= REQUESTS / 10
    accounted(served)
