"""Who works on a database: several bots on one PostgreSQL, one on a SQLite file.

SQLite writes one transaction at a time and knows one machine; a second bot there would slow both
down and gain nothing, and on two machines that share a folder it would lose data.
"""

import asyncio
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from io import TextIOWrapper

from sqlalchemy import URL, delete
from sqlmodel import Session, col, select

from bot.ledger.database import DatabaseRefused, file_of
from bot.ledger.rows import now_ms
from bot.ledger.tables import Instance
from bot.ledger.writer import LedgerUnavailable, Writer

BEAT_S = 15.0
SILENT_MS = 45_000
"""Whoever has missed three beats is taken for gone."""
LOOK_AGAIN_S = 0.05
KEPT_MS = 7 * 24 * 3_600_000
"""How long it can be seen that a bot was there that ended without a word."""


@contextmanager
def alone(url: str | URL, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold a SQLite file as the one bot on it; any other database may have several.

    The lock is a `flock`, which ends with the process, however that ends. Raises DatabaseRefused
    when somebody else still holds it after `wait_s`.
    """
    file = file_of(url)
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("a+", encoding="utf-8") as lock:
        if not _locked(lock, wait_s):
            raise DatabaseRefused(
                f"{_holder(lock)} is at work on {file}, and SQLite is for one: stop it first, or "
                "keep the ledger in PostgreSQL (database_url), where several share the work."
            )
        _sign(lock)
        yield


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


def _locked(lock: TextIOWrapper, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(LOOK_AGAIN_S)
        else:
            return True


def _sign(lock: TextIOWrapper) -> None:
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {socket.gethostname()}")
    lock.flush()


def _holder(lock: TextIOWrapper) -> str:
    lock.seek(0)
    said = lock.read(200).strip()
    return f"Another bot ({said})" if said else "Another bot"
