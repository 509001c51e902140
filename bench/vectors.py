"""`python -m bench.vectors URL`: pgvector beside numpy, CPU time a question and memory.

URL is an empty PostgreSQL database with the extension at hand, on this machine: the CPU time of its
processes is read in /proc. Both compare every vector, 384 numbers each, with the question's.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, text

from bot.ledger.bases import StoredBases
from bot.ledger.database import opened
from bot.ledger.schema import upgrade

SIZES = (10_000, 100_000)
WIDTH = 384
QUESTIONS = 20
NEAREST = text(
    "SELECT id FROM kb_vector WHERE base = :base ORDER BY embedding <#> CAST(:row AS vector)"
    " LIMIT 10"
)
PIDS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")

Rows = NDArray[np.float32]


def main() -> None:
    """Print a line for each size."""
    rng = np.random.default_rng(1)
    with opened(sys.argv[1]) as engine:
        upgrade(engine)
        with engine.begin() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            connection.exec_driver_sql(
                f'ALTER DATABASE "{name}" SET max_parallel_workers_per_gather = 0'
            )
        engine.dispose()
        for size in SIZES:
            measure(engine, _drawn(rng, size), _drawn(rng, QUESTIONS))


def measure(engine: Engine, rows: Rows, questions: Rows) -> None:
    """Fill a base and ask it in three ways."""
    name, keys = f"b{len(rows)}", [f"{number:064x}" for number in range(len(rows))]
    bases = StoredBases(engine, asked_from=0)
    bases.rows(name).write("m", dict(zip(keys, rows, strict=True)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE kb_vector")
    ask = bases.nearest([name], "m", keys)
    if ask is None:
        raise SystemExit("The server has no extension vector.")

    def nearest(question: Rows) -> object:
        with engine.connect().execution_options(atelier_read=True) as connection:
            given = {"base": name, "row": str(question.tolist())}
            return connection.execute(NEAREST, given).all()

    worst = float(np.abs(ask(questions[0]) - rows @ questions[0]).max())
    print(
        f"{len(rows)} vectors: CPU ms a question: numpy {_cost(engine, questions, rows.dot):.2f}"
        f", all cosines by pgvector {_cost(engine, questions, ask):.1f}"
        f", the nearest ten by pgvector {_cost(engine, questions, nearest):.1f}"
        f"; numpy holds {rows.nbytes / 1e6:.0f} MB; they differ by {worst:.1e} at most"
    )


def _cost(engine: Engine, questions: Rows, ask: Callable[[Rows], object]) -> float:
    """Return the CPU time of a question in ms, ours and the server's."""
    ask(questions[0])
    before = _spent_s(engine)
    for question in questions:
        ask(question)
    return (_spent_s(engine) - before) * 1_000 / len(questions)


def _spent_s(engine: Engine) -> float:
    with engine.connect().execution_options(atelier_read=True) as connection:
        pids = connection.execute(PIDS).scalars().all()
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _drawn(rng: np.random.Generator, count: int) -> Rows:
    rows = rng.normal(size=(count, WIDTH)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
