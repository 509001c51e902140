"""Two replicas of the engine on Ray Serve, one of which is killed amid its answers.

Ray starts a dozen processes and takes about a gigabyte, so this is not part of `make test`, whose
environment has no Ray: `pip install '.[ray]'`, then run this file.
"""

import asyncio
import importlib.util
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest

from bench.models import SHAPES, saved
from bot.ledger.ledger import Ledger
from bot.life.engine import GuardedModel, breakers
from bot.worker import Bell, Worker
from generators.draft import Draft, EngineBusy, EngineCrashed, EngineUnavailable, Request, Text
from generators.model import Model
from tests.bot.builders import request, rows
from tests.bot.line import LIMITS, Line, agrees

pytestmark = [
    pytest.mark.torch,
    pytest.mark.e2e,
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None,
        reason="Ray is not installed: pip install '.[ray]'",
    ),
    pytest.mark.parametrize("db", ["sqlite"], indirect=True),
]

START_S = 300
LEFT = "SELECT count(*) FROM request WHERE state <> 'done'"
REQUESTS, TOKENS = 10, 120
ROWS, WAITING = 2, 1
"""Of each replica: it has three requests at once, two wait with Ray, and more are turned away."""


@dataclass
class Writes:
    """Answers by the model alone, and counts what became of its calls."""

    model: Model
    growing: set[str] = field(default_factory=set)
    ended: list[type[Exception]] = field(default_factory=list)

    async def drafts(self, asked: Request) -> AsyncIterator[Draft]:
        turns = [{"role": "user", "content": asked.prompt}]
        try:
            async for reply in self.model.chat(turns, max_tokens=TOKENS, user=asked.user):
                self.growing.add(asked.id.hex)
                yield Draft(request=asked, content=Text(reply.text), cost=reply.cost)
        except EngineUnavailable as error:
            self.ended.append(type(error))
            raise
        finally:
            self.growing.discard(asked.id.hex)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port: int = once.getsockname()[1]
        return port


@asynccontextmanager
async def replicas(folder: Path) -> AsyncIterator[tuple[str, psutil.Process]]:
    """Run two; yield their URL with /v1 and the process that all of Ray's come from."""
    command = ["-m", "generators.engine.replicas", "--replicas", "2", "--port", str(free_port())]
    command += ["--text-model", str(folder), "--device", "cpu"]
    command += ["--rows", str(ROWS), "--waiting", str(WAITING)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        async with asyncio.timeout(START_S):
            line = await process.stdout.readline()
        yield f"{json.loads(line)['url']}/v1", psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def serving(ray: psutil.Process) -> list[psutil.Process]:
    """Return the processes of the replicas, the busiest first."""
    named = [one for one in ray.children(recursive=True) if _is_replica(one)]
    return sorted(named, key=lambda one: -sum(one.cpu_times()[:2]))


def _is_replica(process: psutil.Process) -> bool:
    try:
        return "ServeReplica:engine" in process.cmdline()[0]
    except (psutil.Error, IndexError):
        return False


async def test_a_killed_replica_costs_no_request_its_answer(
    ledger: Ledger, db: str, tmp_path: Path
) -> None:
    folder = saved(SHAPES["10m"], tmp_path / "ten")
    asked = [request(f"How long is line {n}? 多久？ 🎉", user=f"U{n % 3}") for n in range(REQUESTS)]
    async with replicas(folder) as (url, ray):
        model = GuardedModel(url, timeout_s=120).guarded(breakers())
        writes = Writes(model)
        line = Line(ledger, limits=replace(LIMITS, overall=100, per_user=100, patience_s=500))
        line.pipeline = line.made(generators={"ask": writes})
        worker = Worker(ledger, line.pipeline.handle, Bell(), at_work=REQUESTS)
        for one in asked:
            await ledger.accept(one)
        working = asyncio.create_task(worker.run())
        await _until(lambda: len(writes.growing) >= 2 * ROWS)
        serving(ray)[0].kill()
        await _until(lambda: rows(db, LEFT) == [(0,)])
        worker.leave()
        await working
        await model.close()
    assert rows(db, "SELECT outcome, count(*) FROM request GROUP BY 1") == [("delivered", REQUESTS)]
    assert EngineCrashed in writes.ended
    assert EngineBusy in writes.ended
    assert rows(db, "SELECT count(*) FROM request WHERE faults > 0")[0][0] >= 1
    assert rows(db, "SELECT count(*) FROM usage WHERE outcome = 'ok'") == [(REQUESTS,)]
    assert rows(db, "SELECT count(*) FROM usage WHERE outcome = 'error'")[0][0] >= 1
    assert {*rows(db, "SELECT output_tokens FROM usage WHERE outcome = 'ok'")} == {(TOKENS,)}
    agrees(db)


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(START_S):
        while not done():  # noqa: ASYNC110 - other processes decide
            await asyncio.sleep(0.1)
