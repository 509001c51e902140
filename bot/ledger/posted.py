"""Which messages of the bot are about one person, for whoever takes them back.

They are known as long as metadata is kept, also after the person was erased: by their pseudonym
then, which stands for their direct messages, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, func
from sqlmodel import Session, col, select

from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.tables import Request, Send

TAKEN_BACK = "deleted"
"""Stands in place of the time of a message that is no more."""
BATCH = 100


@dataclass(frozen=True, slots=True)
class Posted:
    """One message, or a file where `ts` is an id; no channel: it is in the direct messages."""

    request_id: str
    part: int
    channel: str
    ts: str


def count(engine: Engine, keys: Keys, user: str) -> int:
    """Return how many messages about somebody are known to be in Slack."""
    about = select(func.count()).select_from(Send).join(Request)
    with Session(engine.execution_options(atelier_read=True)) as session:
        return session.exec(about.where(*_about(session, keys, user))).one()


def posted(session: Session, keys: Keys, user: str, after: tuple[str, int]) -> Sequence[Posted]:
    """Return the next of these messages, in the order of their keys."""
    request_id, part = after
    place = col(Send.request_id), col(Send.part)
    later = (place[0] > request_id) | ((place[0] == request_id) & (place[1] > part))
    query = select(Send).join(Request).where(*_about(session, keys, user), later)
    found = session.exec(query.order_by(*place).limit(BATCH)).all()
    direct = ("D", "U", "W", keys.pseudonym(session, user))
    return [
        Posted(
            row.request_id,
            row.part,
            "" if row.channel.startswith(direct) else row.channel,
            row.ts or "",
        )
        for row in found
    ]


def taken_back(session: Session, message: Posted) -> None:
    """Write down that a message is no more."""
    row = session.get_one(Send, (message.request_id, message.part))
    row.ts = TAKEN_BACK


def logged(session: Session, keys: Keys, user: str, detail: str) -> None:
    """Write into the audit log what was taken back of somebody's messages."""
    who = keys.pseudonym(session, user)
    keys.log(session, Entry(actor="operator", action="withdraw", object=who, detail=detail))


def _about(session: Session, keys: Keys, user: str) -> tuple[ColumnElement[bool], ...]:
    names = user, keys.pseudonym(session, user)
    there = col(Send.ts).is_not(None), col(Send.ts) != TAKEN_BACK
    return col(Request.user).in_(names), *there
