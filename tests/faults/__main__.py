"""`python -m tests.faults [NAME ...] [--jobs N]`: the trials, in their long form.

What came of them is printed, and written to docs/faults.md, where the other rows stay.
"""

import argparse
import math
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from tests.bot.postgres import NoServer, cluster
from tests.faults.play import Fresh, plays
from tests.faults.programme import BOTH, POSTGRESQL, PROGRAMME, SQLITE, Part, Trial, parts
from tests.faults.report import Row, write
from tests.faults.result import Result, together

JOBS = 2
REPORT = "docs/faults.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the trials; the exit status is 1 where anything was wrong."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave nothing running behind
    folder = Path(tempfile.mkdtemp(prefix="atelier-faults-"))
    chosen = [trial for trial in PROGRAMME if not given.names or trial.name in given.names]
    rows: list[Row] = []
    with _databases(given.database or BOTH) as (databases, fresh):
        wanted = list(_wanted(chosen, databases, short=given.short))
        with plays(given.jobs, folder, fresh, given.within) as place:
            begun = [(part, place.begin(part)) for part in wanted]
            for row in _rows(begun, short=given.short):
                rows.append(row)
                for report in given.report or [REPORT]:  # what is known now, should it be killed
                    write(Path(report), rows)
    if all(row.sound for row in rows):
        shutil.rmtree(folder)
        return 0
    print(f"What was wrong is in {folder}", flush=True)  # noqa: T201 - its report
    return 1


def _wanted(chosen: Sequence[Trial], databases: Sequence[str], *, short: bool) -> Iterable[Part]:
    """Return all scenes, the first one of each trial first: each asks for something else."""
    scenes = [
        part
        for trial in chosen
        for database in databases
        if database in trial.databases
        for part in parts(trial, database, trial.short if short else trial.long)
    ]
    return sorted(scenes, key=lambda part: part.number)


def _rows(begun: list[tuple[Part, "Future[Result]"]], *, short: bool) -> Iterator[Row]:
    """Yield what each trial came to, once all its scenes have ended."""
    keys = dict.fromkeys((part.database, part.trial) for part, _ in begun)
    for database, trial in keys:
        mine = [each for each in begun if (each[0].database, each[0].trial) == (database, trial)]
        results: list[Result] = []
        troubles: list[str] = []
        for _, future in mine:
            try:
                results.append(future.result())
            except AssertionError as error:
                troubles.append(str(error))
        row = Row(
            trial=trial.name,
            database=database,
            short=short,
            result=together(results) if results else None,
            troubles=tuple(troubles),
        )
        print(row.told(), *troubles, sep="\n", flush=True)  # noqa: T201 - its report
        yield row


@contextmanager
def _databases(names: Sequence[str]) -> Iterator[tuple[list[str], Fresh]]:
    """Yield the databases that there are, and what makes an empty PostgreSQL one."""
    if POSTGRESQL not in names:
        yield list(names), lambda _: ""
        return
    try:
        with cluster() as running:
            yield list(names), running.new
    except NoServer as reason:
        print(f"{POSTGRESQL}: {reason}", flush=True)  # noqa: T201 - its report
        yield [name for name in names if name != POSTGRESQL], lambda _: ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    names = [trial.name for trial in PROGRAMME]
    parser.add_argument("names", nargs="*", choices=[[], *names], help="all without")
    databases = [SQLITE, POSTGRESQL]
    parser.add_argument("--database", action="append", choices=databases, help="both without")
    parser.add_argument("--short", action="store_true", help="as often as `make test` does it")
    parser.add_argument("--jobs", type=int, default=JOBS, help="scenes at a time")
    parser.add_argument(
        "--within", type=float, default=math.inf, help="begin no scene after so many seconds"
    )
    parser.add_argument("--report", action="append", help=f"a file like {REPORT}, or a .json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
