"""What became of what schedules asked for: posted, or lost, which is one failure more.

A schedule takes what it asked for as done, so that the next one goes on from there. Where it came
to nothing, it gets back from where on it has to tell, and the failures that stood before.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from sqlalchemy import Row, and_, or_, select
from sqlmodel import Session

from bot.ledger import tables
from bot.ledger.statements import FIRES, REQUESTS

FAILURES: Final = 3
"""Runs in a row that could not be, after which a schedule is paused."""
NOW: Final = "now"
"""How the period of a run by hand begins: who asked for it sees what becomes of it."""
_LOST: Final = or_(
    REQUESTS.c.outcome.in_(("failed", "undeliverable", "expired")),
    and_(REQUESTS.c.outcome == "refused", REQUESTS.c.notice.in_(("DENIED", "NOT_HERE"))),
)
"""It failed, cannot be posted, waited too long, or its owner may not ask there any more."""
_ENDED: Final = (
    select(FIRES, _LOST.label("lost"))
    .join(REQUESTS, FIRES.c.request_id == REQUESTS.c.id)
    .where(FIRES.c.outcome == "asked", REQUESTS.c.state == "done")
)

Ended = Literal["posted", "lost"]


def has_ended(session: Session) -> bool:
    """Tell whether there is anything to settle."""
    return session.connection().execute(_ENDED.limit(1)).first() is not None


def reckoned(session: Session, rest: Callable[[tables.Schedule, Row[Any]], None]) -> int:
    """Settle what has ended, each once; return how many schedules rest because of it.

    `rest` is told of each of them, with the run that was one too many.
    """
    found = session.connection().execute(_ENDED).all()
    return sum(_settled(session, fire, rest) for fire in found)


def before(row: tables.Schedule, due_ms: int) -> Mapping[str, int]:
    """Return the columns of a run that say how its schedule stood."""
    return {"due_ms": due_ms, "since_ms": row.since_ms, "failures": row.failures}


def _settled(
    session: Session, fire: Row[Any], rest: Callable[[tables.Schedule, Row[Any]], None]
) -> bool:
    end: Ended = "lost" if fire.lost else "posted"
    here = and_(FIRES.c.schedule_id == fire.schedule_id, FIRES.c.period == fire.period)
    ours = FIRES.update().where(here, FIRES.c.outcome == "asked").values(outcome=end)
    taken = session.connection().execute(ours.returning(FIRES.c.period)).all()
    if not taken or not fire.lost:
        return False
    one = session.get(tables.Schedule, fire.schedule_id, with_for_update=True)
    if one is None or one.state == "deleted" or not _given_back(one, fire):
        return False
    rest(one, fire)
    return True


def _given_back(one: tables.Schedule, fire: Row[Any]) -> bool:
    """Let a schedule stand as before a run, with a failure more; tell whether it rests now."""
    if one.since_ms == fire.due_ms:
        one.since_ms = fire.since_ms
    if fire.period.startswith(NOW):
        return False
    one.failures += fire.failures + 1
    if one.state != "active" or one.failures < FAILURES:
        return False
    one.state = "failing"
    return True
