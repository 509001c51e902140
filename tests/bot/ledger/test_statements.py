from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from bot.ledger.statements import FLOWS, added, changing, finding, put

ANA = {"team": "T", "user": "ana"}
KEY = {"is_team": "T", "is_user": "ana"}


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session, session.begin():
        yield session


def finish(session: Session) -> object:
    return session.connection().execute(select(FLOWS.c.finish)).scalar_one()


def test_a_row_is_added_once(session: Session) -> None:
    told = [added(session, FLOWS, {**ANA, "finish": number}) for number in (1, 2)]
    assert told == [True, False]
    assert finish(session) == 1


def test_a_row_takes_the_place_of_the_one_with_its_key(session: Session) -> None:
    for number in (1, 2):
        put(session, FLOWS, {**ANA, "finish": number})
    assert finish(session) == 2


@pytest.mark.parametrize(("user", "changed"), [("ana", 1), ("bo", 0)])
def test_only_what_matches_is_changed(session: Session, user: str, changed: int) -> None:
    added(session, FLOWS, {**ANA, "finish": 5})
    add = changing(FLOWS, (), ("finish",), "team user")
    given = {**KEY, "is_user": user, "more_finish": 7}
    assert session.connection().execute(add, given).rowcount == changed
    assert finish(session) == 5 + 7 * changed


def test_a_statement_is_made_once(session: Session) -> None:
    assert changing(FLOWS, ("finish",), (), "user") is changing(FLOWS, ("finish",), (), "user")
    assert finding(FLOWS, "team user") is finding(FLOWS, "team user")
    assert session.connection().execute(finding(FLOWS, "team user"), KEY).all() == []
