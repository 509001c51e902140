"""Does the scenes of trials side by side, each in its own process, folder and database."""

import asyncio
import json
import math
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.bot.postgres import cluster
from tests.faults.nursery import Nursery, nursery
from tests.faults.programme import POSTGRESQL, PROGRAMME, Part, Trial
from tests.faults.result import Result
from tests.faults.scene import Scene, stage

LIMIT_S = 480.0
"""How long one scene may take in all."""
GRACE_S = 30.0
"""How long after that its process may take to say what it waited for."""
RESULT, ERROR = "result.json", "error.txt"
_LOOK_AGAIN_S = 0.05

Fresh = Callable[[str], str]
"""Returns the URL of an empty PostgreSQL database of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plays:
    """Where scenes are played."""

    address: str
    """Of the nursery."""
    folder: Path
    fresh: Fresh
    pool: ThreadPoolExecutor
    until: float = math.inf
    """When no more scenes are begun, by the monotonic clock."""

    def begin(self, part: Part) -> "Future[Result]":
        """Play a scene once there is a place for it; what goes wrong is an AssertionError."""
        return self.pool.submit(self._played, part)

    def _played(self, part: Part) -> Result:
        if time.monotonic() > self.until:
            raise AssertionError(f"{part.name}: there was no time left for it")
        folder = self.folder / part.name
        shared = part.database == POSTGRESQL and not part.trial.own_server
        told = {"trial": part.trial.name, "database": part.database}
        told |= {"number": part.number, "times": part.times}
        told |= {"url": self.fresh(part.name) if shared else ""}
        with Nursery(self.address) as born:
            pid = born.start("tests.faults.play:perform", self.address, str(folder), told)
            _waited(born, pid, part.name)
        said = folder / RESULT
        if not said.exists():
            raise AssertionError(f"{part.name}: {_trouble(folder)}")
        result = Result.read(json.loads(said.read_text(encoding="utf-8")))
        if result.sound:
            shutil.rmtree(folder)
        return result


@contextmanager
def plays(jobs: int, folder: Path, fresh: Fresh, within_s: float = math.inf) -> Iterator[Plays]:
    """Open a place for so many scenes at a time; what still runs at the end of the block ends.

    None is begun later than `within_s`.
    """
    with nursery() as address:
        pool, until = ThreadPoolExecutor(jobs), time.monotonic() + within_s
        try:
            yield Plays(address=address, folder=folder, fresh=fresh, pool=pool, until=until)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def perform(address: str, folder: str, told: Mapping[str, Any]) -> None:
    """Be the process of a scene: its result, or what went wrong, is in its folder afterwards."""
    place, url = Path(folder), str(told["url"])
    place.mkdir(parents=True)
    (trial,) = (each for each in PROGRAMME if each.name == told["trial"])
    owns = trial.own_server and told["database"] == POSTGRESQL
    try:
        with Nursery(address) as born, cluster() if owns else nullcontext() as server:
            url = server.new(trial.name) if server else url
            given = stage(born, place, url, server, trial.lease_s)
            result = asyncio.run(_acted(given, trial, told["times"], told["number"]))
            used_s = born.used_s() + time.process_time()
    except BaseException:
        (place / ERROR).write_text(traceback.format_exc(), encoding="utf-8")
        raise
    said = json.dumps(asdict(replace(result, cpu_s=round(used_s, 1))))
    (place / RESULT).write_text(said, encoding="utf-8")


async def _acted(
    staged: AbstractAsyncContextManager[Scene], trial: Trial, times: int, number: int
) -> Result:
    begun, scene, limit = time.monotonic(), None, asyncio.timeout(LIMIT_S)
    try:
        async with limit, staged as scene:
            result = await trial.run(scene, times, number)
    except TimeoutError as error:
        doing = scene.doing if scene else "the workspace is ready"
        took = f"not within {LIMIT_S:g} s" if limit.expired() else "a call took too long"
        raise AssertionError(f"{took}; it waited until {doing}") from error
    return replace(result, wall_s=round(time.monotonic() - begun, 1))


def _waited(born: Nursery, pid: int, name: str) -> None:
    until = time.monotonic() + LIMIT_S + GRACE_S
    while born.ended(pid) is None:
        if time.monotonic() > until:
            raise AssertionError(f"{name} did not end within {LIMIT_S + GRACE_S:g} s")
        time.sleep(_LOOK_AGAIN_S)


def _trouble(folder: Path) -> str:
    file = folder / ERROR
    return file.read_text(encoding="utf-8") if file.exists() else "it ended without a word"
