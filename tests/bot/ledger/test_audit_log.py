import hashlib
from contextlib import suppress

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.ledger import tables
from bot.ledger.audit import log_head, mismatches
from bot.ledger.chain import START, Entry, broken, cut
from bot.ledger.guards import APPEND_ONLY, door
from bot.ledger.keys import Keys
from bot.ledger.ledger import Ledger
from bot.ledger.opening import started
from bot.ledger.tables import SYSTEM_KEY
from tests.bot.builders import ANA, BO, decide, execute, keys, request, rows
from tests.bot.ledger.working import claimed, finished, held

SECRET = b"secret"
ENTRY = Entry(actor="person-1", action="approve", object="r1", detail="退款 \U0001f600")


def logged(engine: Engine, *entries: Entry) -> Keys:
    """Write these into the log, a transaction each."""
    some = keys()
    for at_ms, entry in enumerate(entries, 1):
        with Session(engine) as session, session.begin():
            some.log(session, entry, at_ms)
    return some


def complaint(engine: Engine, some: Keys | None = None) -> str | None:
    known = some or keys()
    with Session(engine) as session:
        return broken(session, known.chain(session))


def test_rows_follow_one_another(engine: Engine) -> None:
    logged(engine, ENTRY, ENTRY, ENTRY)
    with Session(engine) as session:
        found = session.exec(select(tables.AuditLog).order_by(col(tables.AuditLog.seq))).all()
    assert [row.seq for row in found] == [1, 2, 3, 4]
    assert [row.action for row in found] == ["begin", "approve", "approve", "approve"]
    assert [row.prev_hash for row in found] == [START, *(row.hash for row in found[:-1])]
    assert found[1].detail == ENTRY.detail
    assert complaint(engine) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_log SET actor = 'person-2' WHERE seq = 3",
        "UPDATE audit_log SET action = 'reject' WHERE seq = 3",
        "UPDATE audit_log SET object = 'r2' WHERE seq = 3",
        "UPDATE audit_log SET detail = '' WHERE seq = 3",
        "UPDATE audit_log SET at_ms = at_ms + 1 WHERE seq = 3",
        "UPDATE audit_log SET hash = prev_hash WHERE seq = 3",
        "UPDATE audit_log SET seq = 9 WHERE seq = 3",
        "DELETE FROM audit_log WHERE seq = 3",
        """INSERT INTO audit_log SELECT 3, at_ms, actor, action, object, detail, prev_hash, hash
           FROM audit_log WHERE seq = 2""",
    ],
)
def test_whatever_is_changed_in_the_middle_is_found(engine: Engine, db: str, change: str) -> None:
    logged(engine, ENTRY, ENTRY)
    if change.startswith("INSERT"):
        execute(db, "DELETE FROM audit_log WHERE seq = 3")
    else:
        logged(engine, ENTRY)
    execute(db, change)
    sentence = complaint(engine)
    assert sentence is not None
    assert sentence.startswith(("row 3 of the audit log", "row 4 of the audit log"))
    assert sentence in list(mismatches(engine, keys()))


def test_every_bit_of_every_field_counts(engine: Engine, db: str) -> None:
    logged(engine, ENTRY)
    for field in ("actor", "action", "object", "detail", "prev_hash", "hash"):
        ((was,),) = rows(db, f"SELECT {field} FROM audit_log WHERE seq = 2")  # noqa: S608 - ours
        for at in range(len(was)):
            changed = was[:at] + chr(ord(was[at]) ^ 1) + was[at + 1 :]
            execute(db, f"UPDATE audit_log SET {field} = ? WHERE seq = 2", changed)  # noqa: S608 - ours
            assert complaint(engine) is not None, (field, at)
        execute(db, f"UPDATE audit_log SET {field} = ? WHERE seq = 2", was)  # noqa: S608 - ours
    assert complaint(engine) is None


def test_rows_that_were_made_anew_without_the_key_are_found(engine: Engine, db: str) -> None:
    logged(engine, ENTRY)
    execute(db, "DELETE FROM audit_log")
    execute(db, "DELETE FROM data_key WHERE id = ?", SYSTEM_KEY)
    execute(db, "INSERT INTO data_key VALUES ('aa', 'U1', 'x', 1, NULL)")
    assert "the key of the audit log is missing" in list(mismatches(engine, keys()))


def test_a_log_without_its_beginning_or_without_rows_is_found(engine: Engine, db: str) -> None:
    logged(engine, ENTRY, ENTRY)
    execute(db, "DELETE FROM audit_log WHERE seq = 1")
    sentence = complaint(engine)
    assert sentence is not None
    assert sentence.startswith("the audit log begins with row 2")
    execute(db, "DELETE FROM audit_log")
    assert complaint(engine) == "the audit log is empty"


def test_what_is_cut_off_the_end_shows_by_the_head_alone(engine: Engine, db: str) -> None:
    logged(engine, ENTRY, ENTRY)
    whole = log_head(engine)
    execute(db, "DELETE FROM audit_log WHERE seq = 3")
    assert complaint(engine) is None
    assert log_head(engine) != whole
    assert whole.seq == 3


def test_old_rows_may_go_if_the_log_says_so(engine: Engine, db: str) -> None:
    some = logged(engine, ENTRY, ENTRY, ENTRY)
    execute(db, "UPDATE audit_log SET at_ms = 0 WHERE seq = 1")
    with Session(engine) as session, session.begin(), door(session, "test"):
        assert cut(session, some.chain(session), 1) == 1
    assert rows(db, "SELECT min(seq), max(seq) FROM audit_log") == [(2, 5)]
    assert complaint(engine) is None
    execute(db, "DELETE FROM audit_log WHERE seq = 2")
    assert complaint(engine) is not None


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET at_ms = 0"])
async def test_what_is_append_only_takes_no_change(
    ledger: Ledger, engine: Engine, table: str, change: str
) -> None:
    await finished(ledger, await claimed(ledger))
    with pytest.raises(IntegrityError, match="append only"), engine.begin() as connection:
        connection.execute(text(change.format(table)))
    with Session(engine) as session, session.begin(), door(session, "test"):
        session.execute(text(change.format(table)))


def test_the_door_is_shut_again_whatever_happens(engine: Engine) -> None:
    with suppress(ValueError), Session(engine) as session, session.begin():
        with door(session, "lost"):
            session.execute(text("DELETE FROM usage"))
        raise ValueError
    with Session(engine) as session, session.begin(), door(session, "kept"):
        session.execute(text("DELETE FROM usage"))
    with Session(engine) as session:
        assert session.exec(select(tables.Door)).all() == []


def test_a_door_that_was_left_open_is_found(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO door VALUES ('left open')"))
    assert any("open to changes" in sentence for sentence in mismatches(engine, keys()))


def test_a_start_is_noted_when_the_settings_are_others(engine: Engine, db: str) -> None:
    some = keys()
    for said in ("a", "a", "b", "b", "a"):
        with Session(engine) as session, session.begin():
            started(session, some, said)
    query = "SELECT action, detail FROM audit_log WHERE seq > 1 ORDER BY seq"
    assert rows(db, query) == [
        ("start", hashlib.sha256(said.encode()).hexdigest()) for said in ("a", "b", "a")
    ]


async def test_decisions_are_in_the_log_under_pseudonyms(
    ledger: Ledger, engine: Engine, db: str
) -> None:
    for approve in (True, False):
        lease = await held(ledger, request(user=ANA))
        assert await decide(ledger, lease.request.id.hex, BO, approve=approve)
        assert not await decide(ledger, lease.request.id.hex, BO, approve=approve)
    with Session(engine) as session:
        who = keys().pseudonym(session, BO)
    assert rows(db, "SELECT actor, action FROM audit_log WHERE seq > 1 ORDER BY seq") == [
        (who, "approve"),
        (who, "reject"),
    ]
    assert BO not in who
