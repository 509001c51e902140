"""The short form of the trials, on SQLite and, where there is one, on PostgreSQL.

Twenty-five kills are part of every run; the other trials are `long`: `make faults` runs them all.
"""

import importlib
from collections import Counter
from pathlib import Path

import pytest

from tests.bot.postgres import Cluster
from tests.faults import canary, judge
from tests.faults.mortal import POINTS
from tests.faults.programme import POSTGRESQL, PROGRAMME, SQLITE, Trial, carried_out
from tests.faults.scene import Ask

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]


def _on(database: str) -> list[object]:
    """Return the trials of a database; all but the kills are too long for every run."""
    trials = (trial for trial in PROGRAMME if database in trial.databases)
    long = pytest.mark.long
    return [t if t.name == "kills" else pytest.param(t, marks=long) for t in trials]


@pytest.mark.parametrize("trial", _on(SQLITE), ids=str)
async def test_on_sqlite(trial: Trial, tmp_path: Path) -> None:
    async for result in carried_out(trial, trial.short, tmp_path, str):
        print(result.told())  # noqa: T201 - counts belong to the evidence
        assert result.sound, result.told()


@pytest.mark.parametrize("trial", _on(POSTGRESQL), ids=str)
async def test_on_postgresql(trial: Trial, tmp_path: Path, postgresql: Cluster) -> None:
    def fresh() -> str:
        return postgresql.new("faults")

    async for result in carried_out(trial, trial.short, tmp_path, fresh):
        print(result.told())  # noqa: T201 - counts belong to the evidence
        assert result.sound, result.told()


@pytest.mark.parametrize("point", POINTS)
def test_each_point_is_a_method_that_there_is(point: str) -> None:
    path, _ = POINTS[point]
    module, _, place = path.partition(":")
    name, _, method = place.partition(".")
    assert callable(getattr(getattr(importlib.import_module(module), name), method))


ASK = Ask(name="n1n", verb="tell", prompt="n1n 0.0 x", channel="general", ts="1.5")
PAID = ("ok", 1, len(ASK.prompt), judge.cost(ASK.prompt).output_tokens)


@pytest.mark.parametrize(
    ("rows", "begun", "right"),
    [
        ([PAID], 1, True),
        ([("aborted", 0, 0, 0), PAID], 2, True),
        ([("aborted", 0, 0, 0), PAID], 1, True),
        ([PAID], 2, False),
        ([PAID, PAID], 2, False),
        ([], 1, False),
        ([("ok", 1, PAID[2], PAID[3] + 1)], 1, False),
        ([("aborted", 1, 0, 0), PAID], 2, False),
    ],
)
def test_usage_is_judged_to_the_token(
    rows: list[tuple[str, int, int, int]], begun: int, *, right: bool
) -> None:
    assert judge._billed(rows, ASK, Counter({ASK.name: begun}), delivered=True) == right


def test_a_file_that_is_in_a_thread_twice_is_noticed() -> None:
    shared = {"user": "U0ATELIER", "thread_ts": "1.5", "files": [{"name": "answer.py"}]}
    other = {**shared, "thread_ts": "2.5"}
    assert judge._double_files([shared, other]) == 0
    assert judge._double_files([shared, other, shared]) == 1


def test_a_word_is_found_in_any_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"\x00\xff nothing")
    (tmp_path / "told").write_bytes(b"\x00\xff" + canary.CONTENT[0] + b"\x00")
    found = list(canary._found(sorted(tmp_path.iterdir()), canary.CONTENT))
    assert found == [f"{canary.CONTENT[0].decode()} in told"]
