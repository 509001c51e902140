"""All trials: how often each is done in the short and in the long form, and on which databases."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from typing_extensions import override

from tests.faults import trials
from tests.faults.scene import Scene, stage
from tests.faults.trials import Result

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
BOTH = (SQLITE, POSTGRESQL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial: `run` does it so many times in one scene, the nth of which has its own chance."""

    name: str
    run: Callable[[Scene, int, int], Awaitable[Result]]
    short: int
    long: int
    at_once: int
    """How often in one scene at most."""
    databases: tuple[str, ...] = BOTH

    @override
    def __str__(self) -> str:
        """Return the name."""
        return self.name


PROGRAMME = (
    Trial(name="kills", run=trials.kills, short=25, long=300, at_once=25),
    Trial(name="points", run=trials.points, short=1, long=10, at_once=1),
    Trial(name="repeats", run=trials.repeats, short=500, long=5000, at_once=500),
    Trial(name="unheard", run=trials.unheard, short=30, long=300, at_once=100),
    Trial(name="spares", run=trials.spares, short=5, long=100, at_once=50),
    Trial(
        name="zombies",
        run=trials.zombies,
        short=5,
        long=100,
        at_once=25,
        databases=(POSTGRESQL,),
    ),
    Trial(name="pauses", run=trials.pauses, short=3, long=30, at_once=30, databases=(SQLITE,)),
    Trial(
        name="rolling",
        run=partial(trials.rolling, instances=2),
        short=3,
        long=30,
        at_once=10,
        databases=(POSTGRESQL,),
    ),
    Trial(
        name="restarts",
        run=partial(trials.rolling, instances=1),
        short=3,
        long=30,
        at_once=10,
        databases=(SQLITE,),
    ),
)


async def carried_out(
    trial: Trial, times: int, folder: Path, fresh: Callable[[], str]
) -> AsyncIterator[Result]:
    """Do a trial so many times, in as many scenes as that takes; `fresh` gives a database's URL."""
    for number, done in enumerate(range(0, times, trial.at_once)):
        async with stage(folder / f"{trial.name}-{number}", fresh()) as scene:
            yield await trial.run(scene, min(trial.at_once, times - done), number + 1)


def together(results: list[Result]) -> Result:
    """Add up what several scenes of one trial came to."""
    first, *rest = results
    for each in rest:
        extra = {name: first.extra[name] + each.extra[name] for name in first.extra}
        first = replace(
            first,
            times=first.times + each.times,
            asked=first.asked + each.asked,
            found=first.found.plus(each.found),
            extra=extra,
        )
    return first
