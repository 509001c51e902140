"""Who works on a database, as its table of those that are at work has it."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.ledger.rows import now_ms
from bot.ledger.tables import Instance
from bot.ledger.writer import LedgerUnavailable, Writer

BEAT_S = 15.0
SILENT_MS = 45_000
"""Whoever has missed three beats is taken for gone."""
KEPT_MS = 7 * 24 * 3_600_000
"""How long it can be seen that a bot was there that ended without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """One bot's row in the table of those that are at work."""

    writer: Writer
    id: str
    """The ledger's `owner`, by which its leases are known."""
    version: str
    host: str = field(default_factory=socket.gethostname)

    async def keep(self) -> None:
        """Say every 15 s that this bot is at work, until cancelled; then take that back."""
        started = now_ms()
        try:
            while True:
                with suppress(LedgerUnavailable):  # the next beat says it
                    await self.writer.write(lambda session: self._beat(session, started))
                await asyncio.sleep(BEAT_S)
        finally:
            with suppress(LedgerUnavailable):
                await asyncio.shield(self.writer.write(self._leave))

    def _beat(self, session: Session, started_ms: int) -> None:
        now = now_ms()
        session.merge(
            Instance(
                id=self.id,
                host=self.host,
                version=self.version,
                started_ms=started_ms,
                beat_ms=now,
            )
        )
        session.execute(delete(Instance).where(col(Instance.beat_ms) < now - KEPT_MS))

    def _leave(self, session: Session) -> None:
        session.execute(delete(Instance).where(col(Instance.id) == self.id))


def version() -> str:
    """Return the version of Atelier that is installed; empty where it runs from its sources."""
    try:
        return metadata.version("atelier")
    except metadata.PackageNotFoundError:
        return ""


def at_work(session: Session) -> list[Instance]:
    """Return the bots that were heard of lately."""
    heard = select(Instance).where(Instance.beat_ms > now_ms() - SILENT_MS)
    return list(session.exec(heard.order_by(col(Instance.started_ms))))
