"""What the trials came to, as docs/faults.md has it, or as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.programme import PROGRAMME
from tests.faults.result import Result

HEAD = """# What the fault suite found

Real processes over HTTP and sockets: the local workspace, the bot, SQLite or a PostgreSQL of its
own. Each trial is judged by `atelier audit`, by the ledger's rows and by what people saw: requests
lost, second final messages, placeholders and files left over, usage that is not exactly what the
generators did; and by `strings` over database, journal, backup and all logs, in which no prompt, no
answer and no token may be read. The workspace keeps to no rate limits here, except where a trial
makes it refuse calls. A lease lasts 3 s instead of 60 (15 s in rolling restarts), and a post whose
answer is lost is looked for after 3 s instead of 10.

`make test` does the short form, `make faults` the long one; with `--jobs 32` so many scenes are
played side by side. The programs of PostgreSQL's server are those of `POSTGRESQL_BIN`, or else of
/usr/lib/postgresql or the PATH; root runs it as postgres or nobody.

| What | Database | How often | Requests | Result | Command |
|---|---|---:|---:|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one trial came to on one database."""

    trial: str
    database: str
    short: bool
    result: Result | None
    """None where no scene of it came to its end."""
    troubles: tuple[str, ...] = ()
    """Why scenes did not come to their end."""

    @property
    def sound(self) -> bool:
        """Whether nothing was wrong."""
        return self.result is not None and self.result.sound and not self.troubles

    @property
    def command(self) -> str:
        """How it is done again."""
        return f"python -m tests.faults {self.trial}{' --short' if self.short else ''}"

    def told(self) -> str:
        """Return it in a line."""
        said = self.result.told() if self.result else self.trial
        broken = f"; {len(self.troubles)} scenes broke off" if self.troubles else ""
        return f"{self.database}: {said}{broken}"

    def cells(self) -> str:
        """Return it as a row of the table."""
        if self.result is None:
            cells: tuple[object, ...] = (self.trial, self.database, 0, 0, "broke off")
        else:
            one = self.result
            broken = f"; {len(self.troubles)} scenes broke off" if self.troubles else ""
            cells = (one.what, self.database, one.times, one.asked, f"{one.wrong}{broken}")
        return f"| {' | '.join(str(cell) for cell in cells)} | `{self.command}` |"


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows: to JSON, or into the table, where each replaces the last of its trial."""
    if path.suffix == ".json":
        path.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
        return
    written = path.read_text(encoding="utf-8") if path.exists() else HEAD
    lines = {_key(line): line for line in written.splitlines() if line.endswith("` |")}
    lines |= {_key(row.cells()): row.cells() for row in rows}
    order = [trial.name for trial in PROGRAMME]
    known = [key for key in lines if key[1] in order]
    table = [lines[key] for key in sorted(known, key=lambda key: (key[0], order.index(key[1])))]
    path.write_text(HEAD + "\n".join([*table, ""]), encoding="utf-8")


def _key(row: str) -> tuple[str, str]:
    """Return database and trial of a row."""
    cells = [cell.strip() for cell in row.split("|")]
    return cells[2], cells[-2].split()[3].strip("`")
