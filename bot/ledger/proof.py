"""Proves that what is sealed opens, is what was judged, and that the audit log is whole."""

from collections.abc import Iterator
from types import MappingProxyType

from sqlmodel import Session, col, select

from bot.ledger import tables
from bot.ledger.chain import broken
from bot.ledger.keys import Keys, MasterMissing
from bot.ledger.masters import Forgotten
from bot.ledger.rows import requested, restored
from bot.ledger.sealed import DataKey, Unreadable, key_id_of
from generators.draft import fingerprint

Found = dict[str, DataKey]
Proven = tuple[str, str, str]
"""A check, what is wrong, and the id of the request that it is about, if any."""
_LOG, _KEYS = "the audit log is whole", "data keys open"
_PROMPTS, _OUTPUTS = "prompts open", "outputs are what was judged"
PROOFS = MappingProxyType(
    {
        _LOG: "audit_log",
        _KEYS: "data_key",
        _PROMPTS: "request WHERE kept = 0",
        _OUTPUTS: "output",
    }
)
"""The checks, and of what, as a FROM clause."""


def unsealed(session: Session, keys: Keys) -> Iterator[Proven]:
    """Yield what the keys say was changed."""
    if session.get(tables.DataKey, tables.SYSTEM_KEY) is None:
        if session.exec(select(tables.DataKey).limit(1)).first() is not None:
            yield _LOG, "the key of the audit log is missing", ""
        return
    if sentence := broken(session, keys.chain(session)):
        yield _LOG, sentence, ""
    opened, destroyed = Found(), set[str]()
    for row in session.exec(select(tables.DataKey)).all():
        if row.destroyed_ms is not None and not row.wrapped:
            destroyed.add(row.id)
            continue
        try:
            opened[row.id] = keys.unwrapped(row)
        except (Forgotten, MasterMissing):
            yield _KEYS, f"the data key {row.id} cannot be unwrapped", ""
    yield from _requests(session, opened, destroyed)
    yield from _outputs(session, opened, destroyed)


def _requests(session: Session, opened: Found, destroyed: set[str]) -> Iterator[Proven]:
    whole = select(tables.Request).where(col(tables.Request.kept) == tables.WHOLE)
    for row in session.exec(whole).yield_per(100):
        if key_id_of(row.prompt) not in destroyed and not _readable(row, opened):
            yield _PROMPTS, f"what request req_{row.id[:8]} asked does not open", row.id


def _readable(row: tables.Request, opened: Found) -> bool:
    key = opened.get(key_id_of(row.prompt))
    try:
        return key is not None and requested(row, key) is not None
    except (Unreadable, ValueError):
        return False


def _outputs(session: Session, opened: Found, destroyed: set[str]) -> Iterator[Proven]:
    whole = select(tables.Output).join(tables.Request)
    whole = whole.where(col(tables.Request.kept) == tables.WHOLE)
    for row in session.exec(whole).yield_per(100):
        if key_id_of(row.text) not in destroyed and not _intact(row, opened):
            name = f"req_{row.request_id[:8]}, attempt {row.attempt}"
            yield _OUTPUTS, f"the output of request {name}, is not its hash's", row.request_id


def _intact(row: tables.Output, opened: Found) -> bool:
    key = opened.get(key_id_of(row.text))
    try:
        return key is not None and key.mark(fingerprint(restored(row, key))) == row.sha256
    except (Unreadable, TypeError, ValueError):
        return False
