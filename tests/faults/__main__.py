"""`python -m tests.faults [NAME ...] [--short]`: the trials, in their long form.

What came of them is printed, and written to docs/faults.md, where the other rows stay.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.bot.postgres import cluster
from tests.faults.programme import POSTGRESQL, PROGRAMME, SQLITE, Trial, carried_out, together
from tests.faults.trials import Result

REPORT = Path("docs/faults.md")
HEAD = """# What the fault suite found

Real processes over HTTP and sockets: the local workspace, the bot, SQLite or a PostgreSQL of its
own. Each trial is judged by `atelier audit`, by the ledger's rows and by what people saw: requests
lost, second final messages, placeholders and files left over, usage that is not exactly what the
generators did, content in logs. The workspace keeps to no rate limits here, except where a trial
makes it refuse calls.

| What | Database | How often | Requests | Result | Command |
|---|---|---:|---:|---|---|
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the trials; the exit status is 1 where anything was wrong."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave nothing running behind
    chosen = [trial for trial in PROGRAMME if trial.name in (given.names or [trial.name])]
    sound = True
    for database in given.database or (SQLITE, POSTGRESQL):
        with _databases(database) as fresh:
            for trial in chosen:
                if fresh is not None and database in trial.databases:
                    result = asyncio.run(_done(trial, fresh, short=given.short))
                    print(f"{database}: {result.told()}", flush=True)  # noqa: T201 - its report
                    _write(_row(trial, database, result, short=given.short))
                    sound &= result.sound
    return 0 if sound else 1


def _write(row: str) -> None:
    """Put a row into the report, in the place of what the same trial came to before."""
    written = REPORT.read_text(encoding="utf-8") if REPORT.exists() else HEAD
    rows = {_key(line): line for line in written.splitlines() if line.endswith("` |")}
    rows[_key(row)] = row
    order = [trial.name for trial in PROGRAMME]
    lines = [rows[key] for key in sorted(rows, key=lambda key: (key[0], order.index(key[1])))]
    REPORT.write_text(HEAD + "\n".join([*lines, ""]), encoding="utf-8")


def _key(row: str) -> tuple[str, str]:
    """Return database and trial of a row."""
    cells = [cell.strip() for cell in row.split("|")]
    return cells[2], cells[-2].split()[3].strip("`")


async def _done(trial: Trial, fresh: Callable[[], str], *, short: bool) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="atelier-faults-"))
    times = trial.short if short else trial.long
    results = [result async for result in carried_out(trial, times, folder, fresh)]
    found = together(results)
    if found.sound:
        shutil.rmtree(folder)
    return found


@contextmanager
def _databases(name: str) -> Iterator[Callable[[], str] | None]:
    """Yield what gives the URL of an empty database; None where there is no such server."""
    if name == SQLITE:
        yield lambda: ""
        return
    numbers = count()
    try:
        with cluster() as running:
            yield lambda: running.new(f"faults_{next(numbers)}")
    except pytest.skip.Exception as reason:
        print(f"{name}: {reason}")  # noqa: T201 - its report
        yield None


def _row(trial: Trial, database: str, result: Result, *, short: bool) -> str:
    command = f"`python -m tests.faults {trial.name}{' --short' if short else ''}`"
    cells = (result.what, database, result.times, result.asked, result.wrong, command)
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(trial.name for trial in PROGRAMME)])
    databases = [SQLITE, POSTGRESQL]
    parser.add_argument("--database", action="append", choices=databases, help="both without")
    parser.add_argument("--short", action="store_true", help="as often as `make test` does it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
