"""Which messages stand for which requests, for whoever looks for spare ones. Reads only."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from bot.ledger.posted import TAKEN_BACK
from bot.ledger.sketched import SKETCH
from bot.ledger.tables import Request, Send

ASIDE, PLACEHOLDER = -2, 0
"""The parts that are changed into the answer."""

Key = tuple[str, int]
"""Request and part, as a message's metadata names them."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A thread, or the top level of a channel, in which there are messages of ours."""

    channel: str
    thread_ts: str | None


def spots(session: Session, since_ms: int) -> list[Spot]:
    """Return where was posted since then, first where the most went wrong on the way."""
    posted = select(Send, Request).where(
        Send.request_id == Request.id,
        Send.sent_ms >= since_ms,
        col(Send.ts).is_not(None),
        Send.ts != TAKEN_BACK,
        col(Send.part).between(ASIDE, SKETCH - 1),
    )
    rows = session.exec(posted.order_by(col(Request.attempt).desc(), col(Send.sent_ms).desc()))
    return list(dict.fromkeys(_spots(rows.all())))


def standing(session: Session, requests: Collection[str]) -> Mapping[Key, str]:
    """Return the `ts` of every message that is known to stand for a part of these requests."""
    sent = select(Send).where(col(Send.request_id).in_(requests), col(Send.ts).is_not(None))
    return {(row.request_id, row.part): row.ts or "" for row in session.exec(sent)}


def parts(session: Session, request_id: str) -> frozenset[int]:
    """Return the parts of a request that were posted, or were about to be."""
    return frozenset(session.exec(select(Send.part).where(Send.request_id == request_id)))


def _spots(rows: Collection[tuple[Send, Request]]) -> Iterable[Spot]:
    first = {sent.request_id: sent.ts for sent, _ in rows if sent.part == PLACEHOLDER}
    for sent, request in rows:
        if sent.part > PLACEHOLDER:
            yield Spot(sent.channel, request.thread_ts or first.get(request.id))
        elif sent.part == PLACEHOLDER and sent.channel == request.channel:
            yield Spot(sent.channel, request.thread_ts)
        else:  # a reviewers' card, or direct messages with who asked
            yield Spot(sent.channel, None)
