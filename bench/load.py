"""Requests to a server of the OpenAI API as people would send them, and how long each took.

Knows nothing of the server. Streams are read as bytes, because a client library that makes objects
of each piece costs more than the server that is measured.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.figures import percentile

START_S = 300.0
STOP_S = 20.0
LOOK_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request: what is asked, how many tokens are wanted, and when it is sent (seconds)."""

    text: str
    tokens: int
    at_s: float = 0.0
    more: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a request, in seconds since it was sent; `error` is empty for an answer."""

    first_s: float
    whole_s: float
    ended_s: float
    tokens: int
    text: str
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All requests of one round: seconds in all and what became of each."""

    seconds: float
    told: Sequence[Told]

    @property
    def rate(self) -> float:
        """Tokens a second, of all requests that were answered."""
        return sum(one.tokens for one in self.told) / self.seconds

    def first_s(self, percent: float) -> float:
        """Return the time to the first text that so many per cent did not exceed."""
        return percentile([one.first_s for one in self.told], percent)

    def whole_s(self, percent: float) -> float:
        """Return the same of the time to the end."""
        return percentile([one.whole_s for one in self.told], percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that listens: its address, its model, its process, and whether it tells usage."""

    url: str
    model: str
    pid: int
    tells_usage: bool = True


class NotServedError(Exception):
    """A server did not start."""


def burst(texts: Sequence[str], tokens: Sequence[int]) -> list[Job]:
    """Return requests that are all sent at once."""
    return [Job(text=text, tokens=count) for text, count in zip(texts, tokens, strict=True)]


def poisson(texts: Sequence[str], tokens: Sequence[int], *, a_second: float) -> list[Job]:
    """Return the requests at random moments, so many a second on average, always the same."""
    jobs: list[Job] = []
    draw, at_s = random.Random(1), 0.0  # noqa: S311 - arrivals are no secret
    for text, count in zip(texts, tokens, strict=True):
        at_s += draw.expovariate(a_second)
        jobs.append(Job(text=text, tokens=count, at_s=at_s))
    return jobs


async def play(server: Server, jobs: Sequence[Job]) -> Run:
    """Send the requests when they are due and wait for all answers."""
    async with session() as client:
        begin = time.perf_counter()
        told = await asyncio.gather(*(_sent(client, server, job) for job in jobs))
        return Run(seconds=time.perf_counter() - begin, told=told)


def session() -> aiohttp.ClientSession:
    """Return a client that waits as long as it takes, with as many connections as it takes."""
    timeout = aiohttp.ClientTimeout(total=None)
    return aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))


def body(server: Server, job: Job) -> dict[str, Any]:
    """Return a request for a stream."""
    messages = [{"role": "user", "content": job.text}]
    head = {"model": server.model, "messages": messages, "max_tokens": job.tokens}
    options = {"stream_options": {"include_usage": True}} if server.tells_usage else {}
    return {**head, "temperature": 0.0, "stream": True, **options, **(job.more or {})}


async def _sent(client: aiohttp.ClientSession, server: Server, job: Job) -> Told:
    await asyncio.sleep(job.at_s)
    pieces: list[str] = []
    begin, first, tokens, error = time.perf_counter(), 0.0, job.tokens, ""
    url = f"{server.url}/v1/chat/completions"
    async with client.post(url, json=body(server, job)) as answer:
        if not answer.ok:
            error = f"HTTP {answer.status}"
        async for line in answer.content:
            event = _event(line)
            error = error or ("in the stream" if "error" in event else "")
            tokens = (event.get("usage") or {}).get("completion_tokens", tokens)
            pieces.append(_piece(event))
            first = first or (time.perf_counter() - begin if pieces[-1] else 0.0)
    ended = time.perf_counter()
    return Told(
        first_s=first or ended - begin,
        whole_s=ended - begin,
        ended_s=ended,
        tokens=0 if error else tokens,
        text="".join(pieces),
        error=error,
    )


def _event(line: bytes) -> dict[str, Any]:
    """Return what one line of a stream says."""
    return json.loads(line[6:]) if line.startswith(b"data: {") else {}


def _piece(event: dict[str, Any]) -> str:
    choices = event.get("choices") or [{}]
    return choices[0].get("delta", {}).get("content") or ""


@asynccontextmanager
async def running(
    arguments: Sequence[str], environment: Mapping[str, str], *, url: str = "", model: str = ""
) -> AsyncGenerator[Server]:
    """Run a server in its own process until the block ends; wait until it has its model.

    Without a `url` it says it on its first line, `{"url": ..., "models": {"text": ...}}`.
    """
    process = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, env=dict(environment)
    )
    try:
        async with asyncio.timeout(START_S):
            if not url:
                url, model = await _greeting(process)
            await _awake(url)
        yield Server(url=url, model=model, pid=process.pid)
    finally:
        await _stopped(process)


async def _greeting(process: asyncio.subprocess.Process) -> tuple[str, str]:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    line = await process.stdout.readline()
    if not line:
        raise NotServedError("The server ended at its start; see above for why.")
    said = json.loads(line)
    return said["url"], said["models"]["text"]


async def _awake(url: str) -> None:
    async with session() as client:
        while True:
            try:
                async with client.get(f"{url}/health") as answer:
                    if (await answer.json()).get("status") in {"ok", "healthy"}:
                        return
            except (aiohttp.ClientError, ValueError):
                pass
            await asyncio.sleep(LOOK_AGAIN_S)


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def log(sentence: str) -> None:
    """Say how far a long bench is."""
    print(sentence, file=sys.stderr, flush=True)
