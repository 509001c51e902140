"""All trials: how often each is done in the short and in the long form, and on which databases."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from tests.faults import outages, stops, trials
from tests.faults.result import Result
from tests.faults.scene import LEASE_S, Scene

SLOW_S = 15.0
"""Of a lease, where none shall run out, however busy the machine is."""
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
    lease_s: float = LEASE_S
    own_server: bool = False
    """Whether its PostgreSQL is its own, because it stops it."""

    @override
    def __str__(self) -> str:
        """Return the name."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one scene does of a trial."""

    trial: Trial
    database: str
    number: int
    """From 1: what its chance is."""
    times: int

    @property
    def name(self) -> str:
        """Return what no other part is called."""
        return f"{self.trial.name}_{self.database.lower()}_{self.number}"


PROGRAMME = (
    Trial(name="kills", run=trials.kills, short=25, long=300, at_once=25),
    Trial(name="points", run=trials.points, short=1, long=10, at_once=1),
    Trial(name="repeats", run=trials.repeats, short=40, long=5000, at_once=250),
    Trial(name="unheard", run=trials.unheard, short=10, long=300, at_once=50),
    Trial(name="spares", run=trials.spares, short=5, long=100, at_once=25),
    Trial(
        name="zombies",
        run=stops.zombies,
        short=3,
        long=100,
        at_once=10,
        databases=(POSTGRESQL,),
    ),
    Trial(name="pauses", run=stops.pauses, short=3, long=30, at_once=10, databases=(SQLITE,)),
    Trial(
        name="rolling",
        run=partial(stops.rolling, instances=2),
        lease_s=SLOW_S,
        short=3,
        long=30,
        at_once=10,
        databases=(POSTGRESQL,),
    ),
    Trial(
        name="restarts",
        run=partial(stops.rolling, instances=1),
        lease_s=SLOW_S,
        short=3,
        long=30,
        at_once=10,
        databases=(SQLITE,),
    ),
    Trial(name="storms", run=outages.storms, short=1, long=20, at_once=5),
    Trial(name="mishaps", run=outages.mishaps, short=5, long=50, at_once=5),
    Trial(name="locked", run=outages.locked, short=2, long=20, at_once=4, databases=(SQLITE,)),
    Trial(
        name="served",
        run=outages.served,
        short=3,
        long=21,
        at_once=3,
        databases=(POSTGRESQL,),
        own_server=True,
    ),
)


def parts(trial: Trial, database: str, times: int) -> Iterator[Part]:
    """Yield the scenes that doing a trial so many times takes."""
    for number, done in enumerate(range(0, times, trial.at_once), start=1):
        left = min(trial.at_once, times - done)
        yield Part(trial=trial, database=database, number=number, times=left)
