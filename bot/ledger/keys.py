"""The data keys: one a person, wrapped by a master key, kept in the database beside what they seal.

Everything that somebody asked or was answered is sealed with their own key, so that to destroy that
key is to erase it.
"""

import logging
import os
import time
from contextlib import suppress

from sqlmodel import Session, col, select, update

from bot.ledger import tables
from bot.ledger.chain import Entry, append
from bot.ledger.masters import (
    SIZE_BYTES,
    Foreign,
    Forgotten,
    KeysUnusable,
    MasterFile,
    Masters,
)
from bot.ledger.rows import now_ms
from bot.ledger.sealed import ID_BYTES, DataKey
from bot.ledger.writer import LedgerUnavailable

log = logging.getLogger(__name__)

CACHED = 1024
"""Data keys that a process holds unwrapped."""
CACHED_S = 60.0
"""How long at most: so long may a key outlive its destruction by another process."""
_ROW = tables.DataKey
_LIVE = col(_ROW.destroyed_ms).is_(None)


class MasterMissing(LedgerUnavailable):
    """A master key that this machine does not have wraps a data key: nothing is lost, but waits."""


class Keys:
    """The data keys of one database, as the master keys open them."""

    def __init__(self, masters: Masters, file: MasterFile | None = None) -> None:
        """Take the master keys, and the file that they are from if they can be forgotten there."""
        self._masters = masters
        self._file = file
        self._cache: dict[str, tuple[float, DataKey]] = {}
        self._system: DataKey | None = None

    def cached(self, user: str) -> DataKey | None:
        """Return a person's key if it is at hand, without the database."""
        until, key = self._cache.get(user, (0.0, None))
        return key if time.monotonic() < until else None

    def remember(self, user: str, key: DataKey | None) -> None:
        """Keep a key at hand for a minute: only one whose row is committed."""
        if key is None or self.cached(user):
            return
        self._cache.pop(user, None)
        while len(self._cache) >= CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[user] = time.monotonic() + CACHED_S, key

    def find(self, session: Session, user: str) -> DataKey | None:
        """Return a person's key; None where there is none, or it was destroyed."""
        if key := self.cached(user):
            return key
        row = session.exec(select(_ROW).where(_ROW.user == user, _LIVE)).first()
        try:
            return None if row is None else self.unwrapped(row)
        except Forgotten:
            return None

    def of(self, session: Session, user: str) -> DataKey:
        """Return a person's key, made where there is none; the caller commits before it is used."""
        if key := self.find(session, user):
            return key
        self.system(session)
        # One that no master key unwraps is kept, for the audit to name it.
        broken = update(_ROW).where(col(_ROW.user) == user, _LIVE)
        session.execute(broken.values(destroyed_ms=now_ms()))
        return self._make(session, user, os.urandom(ID_BYTES).hex())

    def system(self, session: Session) -> DataKey:
        """Return the key that is nobody's. Raises Forgotten where the master keys do not fit."""
        if self._system:
            return self._system
        row = session.get(_ROW, tables.SYSTEM_KEY)
        if row is not None:
            self._system = self.unwrapped(row)
            return self._system
        made = self._make(session, "", tables.SYSTEM_KEY)
        begin = Entry(actor="atelier", action="begin", object="ledger")
        append(session, made.derived("audit", b""), begin)
        return made

    def pseudonym(self, session: Session, name: str) -> str:
        """Return what stands for a person: the same each time, and without keys a riddle."""
        return f"person-{self.system(session).derived('pseudonym', name.encode()).hex()[:20]}"

    def log(self, session: Session, entry: Entry, at_ms: int | None = None) -> None:
        """Add a row to the audit log, in the caller's transaction."""
        append(session, self.chain(session), entry, at_ms)

    def chain(self, session: Session) -> bytes:
        """Return the secret of the audit log's hashes."""
        return self.system(session).derived("audit", b"")

    @property
    def file(self) -> MasterFile | None:
        """Where the master keys are kept; None where a setting gives them."""
        return self._file

    @property
    def masters(self) -> Masters:
        """The master keys, as they were read last."""
        return self._masters

    def opens(self, row: tables.DataKey) -> bool:
        """Tell whether a data key's row is as it was written."""
        with suppress(Forgotten, MasterMissing):
            return bool(self.unwrapped(row))
        return False

    def forget(self, session: Session) -> bool:
        """Make the master keys forget every destroyed key; False where they are not in a file."""
        if self._file is None:
            return False
        gone = session.exec(select(_ROW.id).where(col(_ROW.destroyed_ms).is_not(None))).all()
        left = self._file.forget(gone)
        self._masters = self._masters if left is None else left
        return left is not None

    def reconcile(self, session: Session) -> int:
        """Destroy, in a database that was restored, the keys that the masters have forgotten."""
        live = session.exec(select(_ROW).where(_LIVE)).all()
        gone = [row for row in live if not self._masters.know(row.id, row.wrapped)]
        for row in gone:
            row.wrapped, row.destroyed_ms = b"", now_ms()
        return len(gone)

    def refresh(self) -> bool:
        """Read the master keys' file again; tell whether it says something else than before."""
        there = None
        if self._file is not None:
            with suppress(KeysUnusable):
                there = self._file.read()
        if there is None or there == self._masters:
            return False
        self._masters = there
        return True

    def rewrap(self, session: Session, after: str, limit: int) -> tuple[str, int]:
        """Wrap a batch anew with the first master key, in the order of ids.

        Returns the last id, empty where none was left, and how many were wrapped by another key.
        """
        self.refresh()
        some = select(_ROW).where(_LIVE, col(_ROW.id) > after).order_by(col(_ROW.id)).limit(limit)
        batch, count = session.exec(some).all(), 0
        for row in batch:
            if self._masters.newest_wraps(row.wrapped):
                continue
            with suppress(Forgotten):  # the audit names it
                secret = self._masters.unwrap(row.id, row.wrapped)
                row.wrapped = self._masters.wrap(row.id, secret)
                count += 1
        return batch[-1].id if batch else "", count

    def _make(self, session: Session, user: str, key_id: str) -> DataKey:
        # In a transaction that writes, so that whoever rotates the master keys sees every row
        # that was wrapped before the file said otherwise (`bot.ledger.rotation`).
        self.refresh()
        wrapped = self._masters.wrap(key_id, os.urandom(SIZE_BYTES))
        row = _ROW(id=key_id, user=user, wrapped=wrapped, created_ms=now_ms())
        session.add(row)
        session.flush()
        return self.unwrapped(row)

    def unwrapped(self, row: tables.DataKey) -> DataKey:
        """Return the key of a row. Raises Forgotten, MasterMissing."""
        try:
            return DataKey(row.id, self._masters.unwrap(row.id, row.wrapped))
        except Foreign as error:
            if self.refresh():  # they were rotated meanwhile
                return self.unwrapped(row)
            log.error(  # noqa: TRY400 - one line says it
                "a data key is wrapped by a master key that is not here: put it into the master "
                "key file of this machine (docs/privacy.md); its requests wait"
            )
            raise MasterMissing("master key") from error
