"""The rows of messages: written before Slack is called, with where each is once Slack has said so.

Every function works within the caller's transaction.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, update
from sqlmodel import Session

from bot.ledger.rows import now_ms
from bot.ledger.statements import SENDS, added, finding, wanted


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was about to be posted, and its `ts` if Slack was heard to take it."""

    channel: str
    sent_ms: int
    ts: str | None


def sending(session: Session, request_id: str, part: int, channel: str) -> Sent | None:
    """Write down that a message is about to be posted; return an earlier record if any."""
    key = {"is_request_id": request_id, "is_part": part}
    row = session.connection().execute(finding(SENDS, "request_id part"), key).one_or_none()
    if row is not None:
        return Sent(row.channel, row.sent_ms, row.ts)
    message = {"request_id": request_id, "part": part, "channel": channel, "sent_ms": now_ms()}
    added(session, SENDS, message)
    return None


def sent(session: Session, request_id: str, part: int, spot: tuple[str, str]) -> None:
    """Write down in which channel and with which `ts` a message is, unless that is known."""
    channel, ts = spot
    given = {"is_request_id": request_id, "is_part": part, "to_channel": channel, "to_ts": ts}
    session.connection().execute(_SENT, given)


def unsent(session: Session, request_id: str, part: int) -> None:
    """Write down that Slack did not take a message."""
    session.connection().execute(_UNSENT, {"is_request_id": request_id, "is_part": part})


_KEY: Final = (
    SENDS.c.request_id == wanted(SENDS.c.request_id),
    SENDS.c.part == wanted(SENDS.c.part),
)
_SENT: Final = (
    update(SENDS)
    .where(*_KEY, SENDS.c.ts.is_(None))
    .values(channel=bindparam("to_channel"), ts=bindparam("to_ts"))
)
_UNSENT: Final = delete(SENDS).where(*_KEY)
