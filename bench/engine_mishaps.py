"""What a request that goes wrong does to those beside it, and how soon one that is left ends."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import aiohttp

from bench import texts
from bench.figures import Figure, percentile
from bench.load import Job, Server, Told, body, burst, log, play, session

NEIGHBOURS = 8
TOKENS = 48
LEAVING = 4
TRIES = 10
CRACK = "\U00040000"
"""No text of ours has it, and its first byte is a token of its own."""
OVERSIZED = 10**6
LOOK_AGAIN_S = 0.001

Fault = Callable[[aiohttp.ClientSession, Server], Awaitable[object]]


async def oversized(client: aiohttp.ClientSession, server: Server) -> int:
    """Ask for more tokens than there is room for."""
    return await _status(client, server, Job(text=texts.english(400), tokens=OVERSIZED))


async def crashing(client: aiohttp.ClientSession, server: Server) -> int:
    """Send the prompt that breaks its step."""
    return await _status(client, server, Job(text=f"Read this: {CRACK}", tokens=8))


async def malformed(client: aiohttp.ClientSession, server: Server) -> int:
    """Send what is no JSON."""
    async with client.post(f"{server.url}/v1/chat/completions", data=b"{") as answer:
        await answer.read()
        return answer.status


async def leaving(client: aiohttp.ClientSession, server: Server) -> None:
    """Go away after the first line, several times."""
    for _ in range(LEAVING):
        job = Job(text=texts.english(300), tokens=400)
        async with client.post(_address(server), json=body(server, job)) as answer:
            await answer.content.readline()


FAULTS: Mapping[str, Fault] = {
    "an oversized request": oversized,
    "a request that crashes the step": crashing,
    "a body that is no JSON": malformed,
    f"{LEAVING} cancelled requests": leaving,
}


async def figures(server: Server, faults: Sequence[str] = ()) -> list[Figure]:
    """Return of each fault how many neighbours have the answer that they have without it."""
    calm = await play(server, _crowd())
    found = []
    for name in faults or FAULTS:
        unharmed = await _beside(server, FAULTS[name], calm.told)
        what = f"neighbours unharmed by {name}"
        found.append(
            Figure(
                what=what,
                unit=f"of {NEIGHBOURS}",
                ours=unharmed,
                peer=NEIGHBOURS,
                peer_is="all of them",
                least=NEIGHBOURS,
            )
        )
    return found


async def cancelled(server: Server) -> Figure:
    """Return how long a seat stays taken after its client has left, beside one more token."""
    waits, tokens = list[float](), list[float]()
    async with session() as client:
        for _ in range(TRIES):
            job = Job(text=texts.english(200), tokens=1000)
            async with client.post(_address(server), json=body(server, job)) as answer:
                tokens += await _gaps(answer, 12)
            waits.append(await _freed(client, server))
    return Figure(
        what="from a client's leaving to a free seat, p95",
        unit="s",
        ours=percentile(waits, 95),
        peer=percentile(tokens, 50),
        peer_is="one token, p50",
    )


async def _beside(server: Server, fault: Fault, calm: Sequence[Told]) -> int:
    neighbours = asyncio.create_task(play(server, _crowd()))
    async with session() as client:
        await asyncio.sleep(0.2)  # let them begin; whatever happens then is counted
        said = await fault(client, server)
    found = (await neighbours).told
    if said is not None:
        log(f"the fault itself was answered with {said}")
    pairs = zip(found, calm, strict=True)
    return sum(one.text == other.text and not one.error for one, other in pairs)


async def _status(client: aiohttp.ClientSession, server: Server, job: Job) -> int:
    given = {**body(server, job), "stream": False}
    given.pop("stream_options", None)
    async with client.post(_address(server), json=given) as answer:
        await answer.read()
        return answer.status


async def _gaps(answer: aiohttp.ClientResponse, count: int) -> list[float]:
    moments = []
    async for line in answer.content:
        if line.startswith(b"data: {"):
            moments.append(time.perf_counter())
        if len(moments) == count:
            break
    return [after - before for before, after in itertools.pairwise(moments)]


async def _freed(client: aiohttp.ClientSession, server: Server) -> float:
    begin = time.perf_counter()
    while await _at_work(client, server):  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(LOOK_AGAIN_S)
    return time.perf_counter() - begin


async def _at_work(client: aiohttp.ClientSession, server: Server) -> int:
    async with client.get(f"{server.url}/health") as answer:
        health: dict[str, Any] = await answer.json()
    return int(health["models"]["text"]["active"])


def _address(server: Server) -> str:
    return f"{server.url}/v1/chat/completions"


def _crowd() -> list[Job]:
    return burst([texts.english(150 + 20 * n) for n in range(NEIGHBOURS)], [TOKENS] * NEIGHBOURS)
