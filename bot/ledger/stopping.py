"""A person presses stop: what they asked in that thread ends, if it is not made yet.

What nobody holds is over at once. Whoever holds a request learns of it with the next heartbeat, or
sooner by the process that was told; until then only its row says how it shall end.
"""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from bot.ledger.order import UNDONE
from bot.ledger.tables import Request

STOPPED = "STOPPED"
"""Name of the fixed sentence that ends what nothing was shown of."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came of it: the requests that end, and whether others' go on in the same thread."""

    ended: tuple[str, ...]
    others: bool


def stop(session: Session, place: tuple[str, str], user: str, now_ms: int) -> Pressed:
    """End what a person asked at a place: channel and thread."""
    here = select(Request).where(
        Request.channel == place[0],
        Request.thread_ts == place[1],
        col(Request.state).in_(UNDONE),
    )
    rows = session.exec(here.with_for_update()).all()
    mine = [row for row in rows if row.user == user]
    for row in mine:
        row.outcome, row.notice = "stopped", STOPPED
        if row.state != "running" and (row.owner is None or row.lease_until_ms <= now_ms):
            row.state, row.owner, row.lease_until_ms = "ready", None, 0
    return Pressed(tuple(row.id for row in mine), len(mine) < len(rows))


def is_stopped(session: Session, request_id: str) -> bool:
    """Tell whether who asked a request has stopped it."""
    return session.get_one(Request, request_id, populate_existing=True).notice == STOPPED
