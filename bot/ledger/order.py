"""In what order requests are taken: a line in the database that is fair between people and teams.

Start-time fair queueing (Goyal, Vin, Cheng: "Start-Time Fair Queueing", SIGCOMM 1996): a request's
place is its start in virtual time, the later of now and the finish of the person's last one, so
that who asked little lately goes before who asked much. Where several teams wait, a person's share
is that of the team divided by its people who wait: a large team takes no more than a small one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, Row, Update, bindparam, case, func, select, tuple_, update
from sqlmodel import Session

from bot.ledger.statements import FLOWS, REQUESTS, changing, put, wanted

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
_OWN: Final = REQUESTS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What decides where in line a request stands."""

    id: str
    team: str
    user: str
    created_ms: int


def take(
    session: Session, stage: Stage, *, owner: str, now_ms: int, until_ms: int
) -> Row[Any] | None:
    """Lease the first request of a stage that nobody holds; in PostgreSQL past locked rows.

    Where the lease before it ran out, this one ends a millisecond later, by which that is known.
    """
    given = {"me": owner, "now_ms": now_ms, "until_ms": until_ms}
    return session.connection().execute(taking(stage), given).one_or_none()


@cache
def taking(stage: Stage) -> Update:
    """Return the one statement that leases a request."""
    free = _OWN.state == _FROM[stage], _OWN.lease_until_ms < bindparam("now_ms")
    by_time = _OWN.created_ms, _OWN.id
    order = by_time if stage in {"greet", "show"} else (_OWN.vtime, *by_time)
    first = select(_OWN.id).where(*free).order_by(*order).limit(1)
    chosen = first.with_for_update(skip_locked=True).cte("chosen")
    ran_out = case((_OWN.owner.is_not(None) & (_OWN.lease_until_ms > 0), 1), else_=0)
    until_ms = bindparam("until_ms", type_=BigInteger) + ran_out
    leased = {"owner": bindparam("me"), "lease_until_ms": until_ms}
    changes = {"state": _TO[stage], "attempt": _OWN.attempt + 1, **leased}
    one = update(REQUESTS).where(_OWN.id.in_(select(chosen.c.id)))
    return one.values(changes).returning(REQUESTS)


def join(session: Session, place: Place, weight: float) -> int:
    """Put a request in line; return how many are before it."""
    connection = session.connection()
    given = {"is_id": place.id, "is_team": place.team, "is_user": place.user}
    last = connection.execute(_LAST, given).scalar() or 0
    vtime = max(_now(session, given), last)
    finish = vtime + int(COST / weight * _share(session, place))
    put(session, FLOWS, {"team": place.team, "user": place.user, "finish": finish})
    connection.execute(changing(REQUESTS, ("vtime",), (), "id"), {**given, "to_vtime": vtime})
    before = {"vtime": vtime, "created_ms": place.created_ms, "id": place.id}
    return int(connection.execute(_AHEAD, before).scalar_one())


def _now(session: Session, given: Mapping[str, str]) -> int:
    """Return the virtual time: the first place in line, or, in an empty line, the last finish."""
    first = session.connection().execute(_FIRST, given).scalar()
    if first is not None:
        return int(first)
    return int(session.connection().execute(_LATEST).scalar() or 0)


def _share(session: Session, place: Place) -> int:
    """Return how many people share what this request's team may take; 1 while it is alone."""
    found = session.connection().execute(_PEOPLE).all()
    waiting = {(team, user) for team, user in found} | {(place.team, place.user)}
    if len({team for team, _ in waiting}) == 1:
        return 1
    return sum(team == place.team for team, _ in waiting)


_IN_LINE: Final = _OWN.state.in_(WAITING)
_LAST: Final = select(FLOWS.c.finish).where(
    FLOWS.c.team == wanted(FLOWS.c.team), FLOWS.c.user == wanted(FLOWS.c.user)
)
_LATEST: Final = select(func.max(FLOWS.c.finish))
_FIRST: Final = select(func.min(_OWN.vtime)).where(_IN_LINE, _OWN.id != wanted(_OWN.id))
_PEOPLE: Final = select(_OWN.team, _OWN.user).where(_IN_LINE).distinct()
_AHEAD: Final = select(func.count()).where(
    _IN_LINE,
    tuple_(_OWN.vtime, _OWN.created_ms, _OWN.id)
    < tuple_(bindparam("vtime"), bindparam("created_ms"), bindparam("id")),
)
