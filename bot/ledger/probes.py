"""What whoever runs the bot asks the database: does it take changes, and what waits in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import column, func, select, table, update
from sqlmodel import Session, col

from bot.ledger.order import UNDONE
from bot.ledger.tables import Request
from bot.ledger.writer import Writer

_VERSION = table("alembic_version", column("version_num"))
"""Every migrated database has it, with one row."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many requests of one verb are in one state, and when the oldest of them came."""

    verb: str
    state: str
    count: int
    oldest_ms: int


async def touch(writer: Writer) -> None:
    """Commit a change that changes nothing: a full or read-only disk takes none.

    Raises LedgerUnavailable.
    """
    await writer.write(_touched)


async def waiting(writer: Writer) -> Sequence[Waiting]:
    """Count what is not done. Raises LedgerUnavailable."""
    return await writer.read(_waiting)


def _touched(session: Session) -> None:
    session.execute(update(_VERSION).values(version_num=_VERSION.c.version_num))


def _waiting(session: Session) -> Sequence[Waiting]:
    verb, state = col(Request.verb), col(Request.state)
    counted = select(verb, state, func.count(), func.min(col(Request.created_ms)))
    undone = counted.where(state.in_((*UNDONE, "ready", "held"))).group_by(verb, state)
    return [Waiting(*row) for row in session.execute(undone).all()]
