"""The data keys: one a person, wrapped by a master key, kept in the database beside what they seal.

Everything that somebody asked or was answered is sealed with their own key, so that to destroy that
key is to erase it.
"""

import os
import time

from sqlmodel import Session, col, select, update

from bot.ledger import tables
from bot.ledger.chain import Entry, append
from bot.ledger.masters import SIZE_BYTES, Forgotten, MasterFile, Masters
from bot.ledger.rows import now_ms
from bot.ledger.sealed import ID_BYTES, DataKey

CACHED = 1024
"""Data keys that a process holds unwrapped."""
CACHED_S = 60.0
"""How long at most: so long may a key outlive its destruction by another process."""
_ROW = tables.DataKey
_LIVE = col(_ROW.destroyed_ms).is_(None)


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

    def unwraps(self, row: tables.DataKey) -> bool:
        """Tell whether a data key's row is as it was written."""
        try:
            self.unwrapped(row)
        except Forgotten:
            return False
        return True

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
        gone = [row for row in live if not self._masters.know(row.id)]
        for row in gone:
            row.wrapped, row.destroyed_ms = b"", now_ms()
        return len(gone)

    def rewrap(self, session: Session) -> int:
        """Wrap anew what the first master key does not open yet; return how many keys that were."""
        newest = Keys(self._masters.newest())
        live = session.exec(select(_ROW).where(_LIVE)).all()
        old = [row for row in live if not newest.unwraps(row) and self.unwraps(row)]
        for row in old:
            row.wrapped = self._masters.wrap(row.id, self._masters.unwrap(row.id, row.wrapped))
        return len(old)

    def _make(self, session: Session, user: str, key_id: str) -> DataKey:
        wrapped = self._masters.wrap(key_id, os.urandom(SIZE_BYTES))
        row = _ROW(id=key_id, user=user, wrapped=wrapped, created_ms=now_ms())
        session.add(row)
        session.flush()
        return self.unwrapped(row)

    def unwrapped(self, row: tables.DataKey) -> DataKey:
        """Return the key of a row. Raises Forgotten."""
        return DataKey(row.id, self._masters.unwrap(row.id, row.wrapped))
