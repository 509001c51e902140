"""The audit log: who decided, erased, rotated or swept what, in rows that hash one another.

A row that is changed, moved or taken out of the middle shows; the hash is keyed, so whoever has
only the database cannot make the rows anew. To notice rows that were cut off the end, keep the
head's hash elsewhere (`atelier audit --head`). People are named by pseudonym, so that an erasure
leaves the log as it is.
"""

import hashlib
import hmac
import json
from dataclasses import astuple, dataclass

from sqlmodel import Session, col, delete, select

from bot.ledger import tables
from bot.ledger.rows import now_ms

START = "0" * 64
"""What the first row names as the hash before it."""
CUT = "audit_log"
"""Object of the row that says from where on older rows were removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    actor: str
    """A person's pseudonym, or which part of Atelier did it."""
    action: str
    object: str
    """What it was done to: a request's id, a pseudonym, a table."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """How long the log is, and the hash of its last row."""

    seq: int
    hash: str


def append(session: Session, secret: bytes, entry: Entry, at_ms: int | None = None) -> None:
    """Add a row, in the caller's transaction."""
    last = head(session)
    row = tables.AuditLog(
        seq=last.seq + 1,
        at_ms=now_ms() if at_ms is None else at_ms,
        prev_hash=last.hash,
        hash="",
        **dict(zip(("actor", "action", "object", "detail"), astuple(entry), strict=True)),
    )
    row.hash = _hash(secret, row)
    session.add(row)
    session.flush()


def head(session: Session) -> Head:
    """Return the end of the log."""
    newest = select(tables.AuditLog).order_by(col(tables.AuditLog.seq).desc()).limit(1)
    last = session.exec(newest).first()
    return Head(0, START) if last is None else Head(last.seq, last.hash)


def cut(session: Session, secret: bytes, before_ms: int) -> int:
    """Remove the rows from before a moment, and say so in the log; return how many."""
    old = select(tables.AuditLog).where(col(tables.AuditLog.at_ms) < before_ms)
    newest = session.exec(old.order_by(col(tables.AuditLog.seq).desc()).limit(1)).first()
    if newest is None:
        return 0
    where = f"{newest.seq + 1} {newest.hash}"
    append(session, secret, Entry(actor="retention", action="cut", object=CUT, detail=where))
    gone = delete(tables.AuditLog).where(col(tables.AuditLog.seq) <= newest.seq)
    return len(session.execute(gone.returning(col(tables.AuditLog.seq))).all())


def broken(session: Session, secret: bytes) -> str | None:
    """Return a sentence about the first row that does not follow; None where the log is whole."""
    before, first, cuts = None, None, set[str]()
    rows = session.exec(select(tables.AuditLog).order_by(col(tables.AuditLog.seq)))
    for row in rows.yield_per(500):
        before = before or Head(row.seq - 1, row.prev_hash)
        first = first or row
        if (row.seq, row.prev_hash, row.hash) != (before.seq + 1, before.hash, _hash(secret, row)):
            return f"row {row.seq} of the audit log is not what was written there"
        before = Head(row.seq, row.hash)
        if row.object == CUT:
            cuts.add(row.detail)
    if first is None:
        return "the audit log is empty"
    whole = first.seq == 1 and first.prev_hash == START
    if whole or f"{first.seq} {first.prev_hash}" in cuts:
        return None
    return f"the audit log begins with row {first.seq}, and says nothing of what was before"


def _hash(secret: bytes, row: tables.AuditLog) -> str:
    said = [row.seq, row.at_ms, row.actor, row.action, row.object, row.detail, row.prev_hash]
    return hmac.digest(secret, json.dumps(said).encode(), hashlib.sha256).hex()
