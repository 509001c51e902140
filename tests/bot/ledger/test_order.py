"""The line: who goes first, and that nobody's share depends on how much others ask for."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Row, update
from sqlalchemy.dialects import postgresql
from sqlmodel import Session

from bot.ledger import tables
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.order import Place, Stage, join, take, taking
from tests.bot.builders import ANA, BO, CHEN, request, rows
from tests.bot.databases import Fresh
from tests.bot.ledger.working import claimed, lapse, queued


def _row(number: int, team: str, user: str) -> tables.Request:
    return tables.Request(
        id=f"{number:032x}",
        verb="ask",
        prompt=b"",
        flags=b"",
        team=team,
        user=user,
        channel="C",
        state="queued",
        created_ms=number,
    )


def _place(row: tables.Request) -> Place:
    return Place(id=row.id, team=row.team, user=row.user, created_ms=row.created_ms)


def served(db: str, asked: list[tuple[str, str, float]]) -> list[Row[Any]]:
    """Put requests (team, user, weight) in line, all at once; return the order they are taken."""
    engine = connect(db)
    with Session(engine, expire_on_commit=False) as session:
        for number, (team, user, weight) in enumerate(asked):
            row = _row(number, team, user)
            session.add(row)
            session.flush()
            join(session, _place(row), weight)
        taken = [take(session, "work", owner="me", now_ms=1, until_ms=2) for _ in asked]
        session.commit()
    engine.dispose()
    return [row for row in taken if row is not None]


def test_one_person_with_many_does_not_hold_up_another_with_one(fresh: Fresh) -> None:
    taken = served(fresh(), [("T", "ana", 1.0)] * 9 + [("T", "bo", 1.0)])
    assert [row.user for row in taken].index("bo") <= 1


def test_people_take_turns(fresh: Fresh) -> None:
    asked = [("T", user, 1.0) for user in ("ana", "ana", "ana", "bo", "bo", "bo")]
    users = [row.user for row in served(fresh(), asked)]
    assert [Counter(users[:2]), Counter(users[:4])] == [
        Counter(ana=1, bo=1),
        Counter(ana=2, bo=2),
    ]


def test_a_digest_of_weight_a_fifth_takes_a_fifth(fresh: Fresh) -> None:
    asked = [("T", "digest", 0.2)] * 10 + [("T", "ana", 1.0)] * 10
    first = [row.user for row in served(fresh(), asked)][:12]
    assert Counter(first) == Counter(ana=10, digest=2)


def test_a_large_team_takes_no_more_than_a_small_one(fresh: Fresh) -> None:
    large = [("L", f"u{number}", 1.0) for _ in range(6) for number in range(10)]
    small = [("S", "solo", 1.0)] * 60
    both = [one for pair in zip(large, small, strict=True) for one in pair]
    teams = [row.team for row in served(fresh(), both)][30:80]
    assert 20 <= teams.count("S") <= 30


def test_who_asked_much_yesterday_is_not_last_today(fresh: Fresh) -> None:
    db = fresh()
    served(db, [("T", "ana", 1.0)] * 50)
    engine = connect(db)
    with Session(engine) as session:
        session.execute(update(tables.Request).values(state="done"))
        for number, user in ((100, "ana"), (101, "bo"), (102, "ana"), (103, "bo")):
            row = _row(number, "T", user)
            session.add(row)
            session.flush()
            join(session, _place(row), 1.0)
        taken = [take(session, "work", owner="me", now_ms=9, until_ms=10) for _ in range(4)]
    engine.dispose()
    assert [row.user for row in taken if row] == ["ana", "bo", "ana", "bo"]


@given(st.lists(st.sampled_from(["ana", "bo", "chen"]), min_size=1, max_size=24))
def test_while_everybody_waits_shares_differ_by_one_at_most(fresh: Fresh, asked: list[str]) -> None:
    total = Counter(asked)
    taken = Counter[str]()
    for row in served(fresh(), [("T", user, 1.0) for user in asked]):
        waits = [user for user in total if taken[user] < total[user]]
        assert row.user in waits
        assert taken[row.user] <= min(taken[user] for user in waits) + 1
        taken[row.user] += 1
    assert taken == total


async def test_the_place_in_line_is_told(ledger: Ledger) -> None:
    ahead = [await queued(ledger, request(user=user)) for user in (ANA, ANA, BO, CHEN)]
    assert ahead == [0, 1, 1, 2]


async def test_each_stage_is_taken_apart(ledger: Ledger, db: str) -> None:
    await ledger.accept(request())
    assert await ledger.claim("work", "resume", "show") is None
    assert await ledger.claim("greet") is not None
    assert await ledger.claim() is None
    lapse(db)
    greeting = await ledger.claim()
    assert greeting is not None
    assert (greeting.state, greeting.attempt) == ("accepted", 2)


async def test_work_whose_worker_went_away_is_a_row_of_its_own(ledger: Ledger, db: str) -> None:
    await claimed(ledger)
    lapse(db)
    assert await ledger.claim("work") is None
    lease = await ledger.claim("resume")
    assert lease is not None
    assert rows(db, "SELECT attempt, outcome, gpu_ms FROM usage") == [(2, "aborted", 0)]
    assert rows(db, "SELECT usage_rows, attempt FROM request") == [(1, 3)]


@pytest.mark.parametrize("stage", ["greet", "show", "resume", "work"])
def test_postgresql_goes_past_rows_that_another_locked(stage: Stage) -> None:
    said = str(taking(stage).compile(dialect=postgresql.dialect()))
    assert said.startswith("WITH chosen AS")
    assert "FOR UPDATE SKIP LOCKED" in said
