"""Opens a ledger for work: the newest schema, master keys that fit, nothing left in plain text."""

import hashlib

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys, MasterMissing
from bot.ledger.masters import Forgotten, KeysUnusable, MasterFile, Masters, given
from bot.ledger.rotation import rewrap
from bot.ledger.sealing import seal_plain


def keys_of(engine: Engine, text: str, file: MasterFile) -> Keys:
    """Return the keys of a database, of the newest schema, by master keys as text or in a file.

    At the first start a file is made. Keys that an older master key wraps are wrapped by the first
    one; those that the file has forgotten are destroyed, which tells a database that was restored
    of later erasures; what is still in plain text is sealed. Raises KeysUnusable.
    """
    keys = Keys(given(text)) if text else Keys(_from(engine, file), file)
    with Session(engine) as session, session.begin():
        try:
            keys.system(session)
        except (Forgotten, MasterMissing) as error:
            raise KeysUnusable(
                _MISFIT.format("the setting master_keys" if text else file.path)
            ) from error
        if forgotten := keys.reconcile(session):
            _log(keys, session, "destroy", f"{forgotten} keys that were forgotten before")
    rewrap(engine, keys, "atelier")
    with Session(engine.execution_options(atelier_read=True)) as session:
        keys.forget(session)
    seal_plain(engine, keys)
    return keys


def started(session: Session, keys: Keys, settings: str) -> None:
    """Note in the audit log that a bot starts with other settings than the last one had.

    Only their hash is kept, to tell when they changed.
    """
    log = tables.AuditLog
    before = select(log.detail).where(log.action == "start").order_by(col(log.seq).desc())
    digest = hashlib.sha256(settings.encode()).hexdigest()
    if session.exec(before.limit(1)).first() != digest:
        entry = Entry(actor="atelier", action="start", object="settings", detail=digest)
        keys.log(session, entry)


def _from(engine: Engine, file: MasterFile) -> Masters:
    there = file.read()
    if there is not None:
        return there
    with Session(engine.execution_options(atelier_read=True)) as session:
        is_sealed = session.get(tables.DataKey, tables.SYSTEM_KEY) is not None
    there = file.read()  # another bot may have come here for the first time, and been faster
    if is_sealed and there is None:
        raise KeysUnusable(_MISSING.format(file.path))
    return there or file.make()


def _log(keys: Keys, session: Session, action: str, detail: str) -> None:
    keys.log(session, Entry(actor="atelier", action=action, object="data_key", detail=detail))


_MISSING = (
    "The database is sealed, and there is no master key in {}: put the file back, or name it in "
    "the setting master_key_file."
)
_MISFIT = (
    "The master key in {} is not the one that this database was sealed with: put that one back, "
    "or add it as a second line."
)
