"""The short form of the trials, on SQLite and, where there is one, on PostgreSQL.

A few scenes at a time: most of what they do is to wait. `make faults` is the long form.
"""

import importlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.bot.postgres import PROGRAMS, NoServer, cluster, programs
from tests.faults import canary, judge, outages
from tests.faults.mortal import POINTS
from tests.faults.nursery import Nursery, nursery
from tests.faults.play import plays
from tests.faults.programme import POSTGRESQL, PROGRAMME, SQLITE, Part, Trial, parts
from tests.faults.report import Row, write
from tests.faults.result import Result, together
from tests.faults.scene import Ask

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]

JOBS = 3
PARTS = [
    part
    for trial in PROGRAMME
    for database in trial.databases
    for part in parts(trial, database, trial.short)
]
Outcome = Callable[[Part], Result]


@pytest.fixture(scope="session")
def outcome(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcome]:
    """Begin every trial that is asked for in this run; return what one of them came to."""
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    asked = {call.params["part"] for call in calls if call and "part" in call.params}
    reason, fresh = "", str
    if any(part.database == POSTGRESQL for part in asked):
        try:
            fresh = request.getfixturevalue("postgresql").new
        except pytest.skip.Exception as missing:
            reason = str(missing)
    with plays(JOBS, tmp_path_factory.mktemp("faults"), fresh) as place:
        order = [part for part in reversed(PARTS) if part in asked]
        ours = [part for part in order if part.database == SQLITE or not reason]
        begun: dict[Part, Future[Result]] = {part: place.begin(part) for part in ours}

        def ended(part: Part) -> Result:
            if part not in begun:
                pytest.skip(reason)
            return begun[part].result()

        yield ended


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_whatever_goes_wrong_all_is_answered_once_and_counted(part: Part, outcome: Outcome) -> None:
    result = outcome(part)
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


GOOD = judge.Found(
    lost=0,
    double_finals=0,
    spare_placeholders=0,
    double_files=0,
    wrong_usage=0,
    undone=0,
    audit=0,
    leaks=0,
)
ONE = Result(what="Kills", times=2, asked=5, found=GOOD, extra={"bad_exits": 0})


def test_scenes_of_a_trial_are_added_up() -> None:
    bad = replace(ONE, found=replace(GOOD, lost=1), extra={"bad_exits": 3})
    both = together([ONE, bad])
    assert (both.times, both.asked, both.sound) == (4, 10, False)
    assert both.wrong == "lost 1, bad_exits 3"
    assert Result.read(json.loads(json.dumps(asdict(both)))) == both


def test_a_long_trial_is_split_into_scenes_with_chances_of_their_own() -> None:
    trial = Trial(name="x", run=outages.storms, short=1, long=25, at_once=10)
    scenes = list(parts(trial, SQLITE, trial.long))
    assert [(each.number, each.times) for each in scenes] == [(1, 10), (2, 10), (3, 5)]
    assert len({each.name for each in scenes}) == 3


def test_calls_that_come_before_slack_allows_them_are_counted() -> None:
    def call(at: float, status: int = 200) -> judge.Json:
        return {"at": at, "status": status}

    calls = [call(0.0, 429), call(0.5), call(1.95), call(2.1)]
    assert outages._too_soon(calls, 2.0) == 0, "under way already, or late enough"
    assert outages._too_soon([*calls, call(1.5)], 2.0) == 1


def test_a_row_takes_the_place_of_the_last_one_of_its_trial(tmp_path: Path) -> None:
    report = tmp_path / "faults.md"
    row = Row(trial="kills", database=SQLITE, short=True, result=ONE)
    other = replace(row, trial="points", short=False, result=None, troubles=("late",))
    write(report, [other, row])
    again = replace(row, short=False, result=replace(ONE, times=300))
    write(report, [again])
    lines = [line for line in report.read_text().splitlines() if "`python -m" in line]
    assert lines == [again.cells(), other.cells()]
    assert "broke off" in lines[1]
    write(tmp_path / "faults.json", [again, other])
    assert [row["trial"] for row in json.loads((tmp_path / "faults.json").read_text())] == [
        "kills",
        "points",
    ]


def test_a_server_that_is_not_where_it_is_said_to_be_is_no_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(PROGRAMS, str(tmp_path))
    with pytest.raises(NoServer, match=PROGRAMS), cluster():
        pass
    (tmp_path / "initdb").touch()
    assert programs() == tmp_path


def test_what_the_nursery_has_borne_ends_with_whoever_asked_for_it() -> None:
    with nursery() as address:
        with Nursery(address) as born:
            crashed = born.start("os:no_such_function")
            sleeper = born.start("time:sleep", 600)
            other = Nursery(address)
            while (status := born.ended(crashed)) is None:
                time.sleep(0.01)
            assert status == 70
            assert born.ended(sleeper) is None
            assert Path(f"/proc/{sleeper}").exists()
        with other:
            assert other.ended(sleeper) is None, "it is none of its own"
            while Path(f"/proc/{sleeper}").exists():
                time.sleep(0.01)
