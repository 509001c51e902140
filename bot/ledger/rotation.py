"""Rotates the master key while bots are at work: a new one first, then every data key wrapped anew.

The old master key stays in the file until all is done, and so either opens everything at every
moment. Whoever is interrupted goes on when it is run again: the audit log says by which key the
rotation was, and a data key says by which key it is wrapped.

Bots read the file again where a data key is wrapped by a key that they do not know, and whenever
they wrap one. That they do in a transaction that writes, one of which runs at a time: what follows
the first one here is wrapped by the new key, what came before is found here.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.instances import at_work
from bot.ledger.keys import Keys
from bot.ledger.masters import KeysUnusable, MasterFile, new_master

BATCH = 100
"""Data keys that are wrapped anew in one transaction: tens of milliseconds."""
PAUSE_S = 0.05
"""Between two transactions, for everybody else's."""
MASTER = "master_key"
"""Object of the rows of the audit log that are about the master key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did."""

    is_new: bool
    """False: it went on with one that had begun."""
    keys: int
    """Data keys that the new master key wraps."""
    older: int
    """Earlier master keys that are still in the file."""
    dropped: int = 0
    """Earlier master keys that are in it no more."""


def rotate(engine: Engine, keys: Keys, *, shared: bool = False, drop: bool = False) -> Rotated:
    """Make a new master key and wrap all data keys with it, or go on where that was interrupted.

    `shared`: bots on other machines read the same file. `drop`: older keys are removed from it.
    Raises KeysUnusable.
    """
    file = keys.file
    if file is None:
        raise KeysUnusable(_SETTING)
    if not shared:
        _together(engine)
    is_new = _begun(engine, keys, file)
    rewrap(engine, keys, "operator")
    with _changing(engine) as session:
        if left := _left(session, keys):
            raise KeysUnusable(f"{left} data keys could not be wrapped anew; run this again.")
        dropped = file.drop() if drop else 0
        keys.refresh()
        _log(keys, session, "done", MASTER)
        if dropped:
            _log(keys, session, f"{dropped} dropped", MASTER)
        count = session.exec(select(func.count()).where(_LIVE)).one()
    older = len(keys.masters.keys) - 1
    return Rotated(is_new=is_new, keys=count, older=older, dropped=dropped)


def rewrap(engine: Engine, keys: Keys, actor: str) -> int:
    """Wrap anew what the first master key does not wrap, in small batches; return how many."""
    after, count = "", 0
    while True:
        with _changing(engine) as session:
            after, done = keys.rewrap(session, after, BATCH)
        count += done
        if not after:
            break
        if done:
            time.sleep(PAUSE_S)
    if count:
        with _changing(engine) as session:
            _log(keys, session, f"{count} keys", "data_key", actor)
    return count


def _begun(engine: Engine, keys: Keys, file: MasterFile) -> bool:
    """Put a new key into the file; False where the first one there is that of a rotation begun."""
    log = tables.AuditLog
    last = select(log.detail).where(log.action == "rotate", log.object == MASTER)
    with _changing(engine) as session:
        keys.refresh()
        said = session.exec(last.order_by(col(log.seq).desc()).limit(1)).first()
        if said == _begins(keys.masters.marks[0]):
            return False
        made = new_master()
        _log(keys, session, _begins(made.mark), MASTER)
    file.add(made)
    keys.refresh()
    return True


def _begins(mark: bytes) -> str:
    return f"begun {mark.hex()}"


def _left(session: Session, keys: Keys) -> int:
    """Count the data keys that only an older master key opens."""
    live = session.exec(select(tables.DataKey).where(_LIVE))
    old = (row for row in live if not keys.masters.newest_wraps(row.wrapped))
    return sum(keys.opens(row) for row in old)


def _together(engine: Engine) -> None:
    """Raise KeysUnusable where a bot on another machine is at work."""
    with Session(engine.execution_options(atelier_read=True)) as session:
        hosts = {bot.host for bot in at_work(session)} - {socket.gethostname()}
    if hosts:
        raise KeysUnusable(_ELSEWHERE.format(", ".join(sorted(hosts))))


def _log(keys: Keys, session: Session, detail: str, about: str, actor: str = "operator") -> None:
    keys.log(session, Entry(actor=actor, action="rotate", object=about, detail=detail))


@contextmanager
def _changing(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session, session.begin():
        yield session


_LIVE = col(tables.DataKey.destroyed_ms).is_(None)
_SETTING = (
    "The master keys come from the setting master_keys: put a new one before the others there, "
    "start every bot again, and then take the old one away."
)
_ELSEWHERE = (
    "Bots on other machines are at work ({}): with a master key file of their own they could not "
    "read what is wrapped anew. Stop them, rotate, copy the file to them, and start them again; or "
    "say --shared where they read the same file."
)
