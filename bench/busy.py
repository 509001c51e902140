"""An engine that is kept generating, in a process of its own, for whoever is measured beside it.

It runs as `atelier up` runs it: with the same low priority, and as many threads as it takes.
"""

import asyncio
import importlib.util
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bench.figures import Skipped
from bot.processes import child
from bot.settings import EngineSettings

SHAPE = "10m"
"""Of `bench.models`: 10 million parameters with random weights."""
CHATS = 4
TOKENS = 256
PROMPT = "Write an announcement for the whole team about the new release."
_READY_WITHIN_S = 300.0
_LOOK_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What generates, and where: a shape of `bench.models`, or a folder with a language model."""

    name: str = SHAPE
    device: str = "cpu"

    @property
    def arguments(self) -> list[str]:
        """The command line of its engine, after `python -m`."""
        if "/" in self.name:
            start = ["generators.engine", "--json", "--port", "0", "--offline"]
            return [*start, "--device", self.device, "--text-model", self.name]
        return ["bench.served", self.name, "--device", self.device]


@dataclass(slots=True, kw_only=True)
class Engine:
    """A running engine, and what it has written for the chats that keep it busy."""

    url: str
    pid: int
    session: aiohttp.ClientSession
    model: str
    tokens: int = 0

    @asynccontextmanager
    async def generating(self) -> AsyncGenerator[None]:
        """Keep it at work on several chats at once until the block ends."""
        chats = [asyncio.create_task(self._chat()) for _ in range(CHATS)]
        try:
            while not (self.tokens or any(chat.done() for chat in chats)):  # noqa: ASYNC110 - a count
                await asyncio.sleep(_LOOK_AGAIN_S)
            yield
        finally:
            for chat in chats:
                chat.cancel()
            ends = await asyncio.gather(*chats, return_exceptions=True)
        if broken := [end for end in ends if not isinstance(end, asyncio.CancelledError)]:
            raise Skipped(f"The engine did not go on generating: {broken[0]!r}.")

    async def _chat(self) -> None:
        asked = {
            "model": self.model,
            "messages": [{"role": "user", "content": PROMPT}],
            "max_tokens": TOKENS,
            "stream": True,
        }
        while True:
            url = f"{self.url}/v1/chat/completions"
            async with self.session.post(url, json=asked) as answer:
                answer.raise_for_status()
                async for line in answer.content:
                    self.tokens += line.startswith(b"data: {")


@asynccontextmanager
async def engine(model: Model) -> AsyncGenerator[Engine | None]:
    """Run an engine until the block ends; None where it cannot be run, for want of torch."""
    if importlib.util.find_spec("torch") is None:
        yield None
        return
    niceness = EngineSettings().niceness
    async with (
        child("engine", model.arguments, niceness=niceness) as process,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
    ):
        model_id = await _ready(session, process.url)
        yield Engine(url=process.url, pid=process.process.pid, session=session, model=model_id)


async def _ready(session: aiohttp.ClientSession, url: str) -> str:
    """Wait until its language model is loaded; return its id. Raises TimeoutError."""
    async with asyncio.timeout(_READY_WITHIN_S):
        while True:
            async with session.get(f"{url}/health") as answer:
                health = await answer.json()
            text = health.get("models", {}).get("text", {})
            if text.get("state") == "ready":
                return str(text.get("id", ""))
            await asyncio.sleep(_LOOK_AGAIN_S)
