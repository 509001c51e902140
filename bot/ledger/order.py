"""In what order requests are taken: a line in the database that is fair between people and teams.

Start-time fair queueing (Goyal, Vin, Cheng: "Start-Time Fair Queueing", SIGCOMM 1996): a request's
place is its start in virtual time, the later of now and the finish of the person's last one, so
that who asked little lately goes before who asked much. Where several teams wait, a person's share
is that of the team divided by its people who wait: a large team takes no more than a small one.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from bot.ledger.tables import Flow, Request

Stage = Literal["greet", "work", "resume", "show"]
"""`resume` is work whose worker went away; to the rest of the bot it is `work`."""

COST = 1000
"""Virtual time that a request of weight 1 takes."""
WAITING = ("queued", "running")
UNDONE = ("accepted", *WAITING)

_FROM: Mapping[Stage, str] = MappingProxyType(
    {"greet": "accepted", "work": "queued", "resume": "running", "show": "ready"}
)
_TO: Mapping[Stage, str] = MappingProxyType(
    {"greet": "accepted", "work": "running", "resume": "running", "show": "ready"}
)


def take(
    session: Session, stage: Stage, *, owner: str, now_ms: int, until_ms: int
) -> Request | None:
    """Lease the first request of a stage that nobody holds; in PostgreSQL past locked rows."""
    row = Request
    free = col(row.state) == _FROM[stage], col(row.lease_until_ms) < now_ms
    first = select(col(row.id)).where(*free).order_by(*_order(stage)).limit(1)
    chosen = first.with_for_update(skip_locked=True).cte("chosen")
    taking = update(row).where(col(row.id).in_(select(chosen.c.id)))
    changes = {"owner": owner, "lease_until_ms": until_ms, "attempt": col(row.attempt) + 1}
    statement = taking.values(state=_TO[stage], **changes).returning(row)
    return session.scalars(statement, execution_options=_FRESH).first()


def join(session: Session, row: Request, weight: float) -> int:
    """Put a request in line; return how many are before it."""
    last = session.get(Flow, (row.team, row.user)) or Flow(team=row.team, user=row.user)
    row.vtime = max(_now(session, row), last.finish)
    last.finish = row.vtime + int(COST / weight * _share(session, row))
    session.add(last)
    session.flush()
    ahead = col(Request.state).in_(WAITING), _place() < (row.vtime, row.created_ms, row.id)
    return session.execute(select(func.count()).where(*ahead)).scalar_one()


def _now(session: Session, row: Request) -> int:
    """Return the virtual time: the first place in line, or, in an empty line, the last finish."""
    others = col(Request.state).in_(WAITING), col(Request.id) != row.id
    first = session.execute(select(func.min(col(Request.vtime))).where(*others)).scalar()
    if first is not None:
        return first
    return session.execute(select(func.max(col(Flow.finish)))).scalar() or 0


def _share(session: Session, row: Request) -> int:
    """Return how many people share what this request's team may take; 1 while it is alone."""
    people = select(col(Request.team), col(Request.user)).where(col(Request.state).in_(WAITING))
    waiting = {tuple(one) for one in session.execute(people.distinct())} | {(row.team, row.user)}
    if len({team for team, _ in waiting}) == 1:
        return 1
    return sum(team == row.team for team, _ in waiting)


def _place() -> ColumnElement[tuple[int, int, str]]:
    return tuple_(col(Request.vtime), col(Request.created_ms), col(Request.id))


def _order(stage: Stage) -> Sequence[Mapped[int] | Mapped[str]]:
    first = () if stage in {"greet", "show"} else (col(Request.vtime),)
    return (*first, col(Request.created_ms), col(Request.id))


_FRESH = MappingProxyType({"synchronize_session": False, "populate_existing": True})
