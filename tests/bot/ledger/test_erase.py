import asyncio
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from bot.ledger import erasure as module
from bot.ledger.audit import mismatches
from bot.ledger.database import connect
from bot.ledger.erasure import Erased, erase
from bot.ledger.keys import Keys
from bot.ledger.ledger import Ledger
from bot.ledger.masters import MasterFile
from bot.ledger.opening import keys_of
from bot.ledger.rows import LeaseLost
from bot.ledger.tables import SYSTEM_KEY
from bot.ledger.writer import Writer
from generators.draft import Destination, Request, UserId
from tests.bot.builders import ANA, BO, LEASE_S, assessment, decide, draft, execute, request, rows
from tests.bot.ledger.working import claimed, finished, held
from tests.bot.unsealing import prompts

CANARY = "canary-7f3a"


@pytest.fixture
def vault(tmp_path: Path) -> MasterFile:
    return MasterFile(tmp_path / "secret" / "master.key")


@pytest.fixture
def opened(engine: Engine, vault: MasterFile) -> Keys:
    return keys_of(engine, "", vault)


@pytest.fixture
async def ledger(writer: Writer, opened: Keys) -> Ledger:
    return Ledger(writer, LEASE_S, opened)


async def answered(ledger: Ledger, user: UserId, **given: Any) -> Request:
    lease = await claimed(ledger, request(CANARY, user=user, **given))
    await ledger.sending(lease.request, 0, lease.request.reply_to.channel)
    await ledger.sent(lease.request, 0, lease.request.reply_to.channel, "1.5")
    await ledger.admitted(lease, lease.request, assessment(CANARY))
    await finished(ledger, lease)
    return lease.request


def erased(
    engine: Engine,
    vault: MasterFile,
    user: str = ANA,
    *,
    wait_s: float = 0.0,
    unseen: bool = False,
) -> Erased:
    """Erase somebody as the command does, from another process."""
    return erase(engine, keys_of(engine, "", vault), user, wait_s=wait_s, unseen=unseen)


def everything(db: str) -> str:
    """Return every value of every table, as text."""
    tables = ("request", "send", "output", "verdict", "usage", "usage_day", "flow", "data_key")
    found = [rows(db, f"SELECT * FROM {table}") for table in (*tables, "audit_log")]  # noqa: S608 - ours
    return repr(found)


async def test_words_key_and_name_are_gone_and_the_books_agree(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await answered(ledger, ANA)
    await answered(ledger, BO)
    done = erased(engine, vault)
    assert (done.keys, done.requests, done.usage, done.open) == (1, 1, 1, 0)
    assert done.forgotten
    assert done.scrubbed
    assert f"'{ANA}'" not in everything(db)
    assert rows(db, 'SELECT "user", kept, length(prompt) FROM request WHERE kept > 0') == [
        (done.pseudonym, 1, 0)
    ]
    assert rows(db, "SELECT wrapped FROM data_key WHERE destroyed_ms IS NOT NULL") == [(b"",)]
    after = keys_of(engine, "", vault)
    assert list(mismatches(engine, after)) == []


async def test_nobody_else_loses_anything(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await answered(ledger, ANA)
    theirs = await answered(ledger, BO)
    before = rows(db, "SELECT * FROM output WHERE request_id = ?", theirs.id.hex)
    erased(engine, vault)
    assert rows(db, "SELECT * FROM output WHERE request_id = ?", theirs.id.hex) == before
    fresh = Ledger(ledger._writer, LEASE_S, keys_of(engine, "", vault))
    made = await fresh.output(theirs)
    assert made is not None


async def test_what_was_used_stays_the_same_under_the_pseudonym(
    ledger: Ledger, engine: Engine, vault: MasterFile
) -> None:
    for _ in range(3):
        await answered(ledger, ANA)
    span = 0, 2**62
    before = await ledger.totals("user", ANA, span)
    overall = await ledger.totals("workspace", "", span)
    done = erased(engine, vault)
    assert await ledger.totals("user", ANA, span) == []
    assert await ledger.totals("user", done.pseudonym, span) == before
    assert await ledger.totals("workspace", "", span) == overall


async def test_to_erase_twice_is_to_erase_once(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await answered(ledger, ANA)
    first = erased(engine, vault)
    before = everything(db)
    again = erased(engine, vault)
    assert again == Erased(pseudonym=first.pseudonym, forgotten=True, scrubbed=True)
    assert everything(db) == before


async def test_who_comes_back_has_a_new_key_and_the_old_pseudonym(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await answered(ledger, ANA)
    first = erased(engine, vault)
    fresh = Ledger(ledger._writer, LEASE_S, keys_of(engine, "", vault))
    await answered(fresh, ANA)
    assert [one for one in prompts(db, keys_of(engine, "", vault)) if one] == [CANARY]
    second = erased(engine, vault)
    assert (second.pseudonym, second.keys, second.requests) == (first.pseudonym, 1, 1)
    assert rows(db, 'SELECT count(*) FROM data_key WHERE "user" = ?', first.pseudonym) == [(2,)]
    assert list(mismatches(engine, keys_of(engine, "", vault))) == []


async def test_a_reviewer_is_erased_from_verdicts_too(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    lease = await held(ledger)
    await decide(ledger, lease.request.id.hex, BO, approve=True)
    done = erased(engine, vault, BO)
    assert rows(db, "SELECT reviewer FROM verdict WHERE reviewer IS NOT NULL") == [
        (done.pseudonym,)
    ]
    assert (done.pseudonym,) in rows(db, "SELECT actor FROM audit_log WHERE action = 'approve'")
    assert f"'{BO}'" not in everything(db)


async def test_direct_messages_and_private_answers_name_nobody(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await answered(ledger, ANA, reply_to=Destination(channel="D77"))
    await answered(ledger, ANA, reply_to=Destination(channel="C1", only_for=ANA))
    done = erased(engine, vault)
    assert "D77" not in everything(db)
    query = "SELECT channel, only_for FROM request ORDER BY created_ms"
    assert rows(db, query) == [(done.pseudonym, None), ("C1", done.pseudonym)]
    assert list(mismatches(engine, keys_of(engine, "", vault))) == []


async def test_open_requests_end_and_the_person_is_told_first(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    lease = await claimed(ledger, request(CANARY))
    waits = erased(engine, vault)
    assert (waits.keys, waits.open) == (1, 1)
    assert "1 requests ended" in waits.told
    with pytest.raises(LeaseLost):
        await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    ending = await ledger.claim("show")
    assert ending is not None
    assert (ending.notice, ending.request.user, ending.request.prompt) == ("ERASED", ANA, "")
    await ledger.sending(ending.request, 0, "C1")
    await ledger.sent(ending.request, 0, "C1", "1.5")
    await ledger.done(ending, "failed")
    done = erased(engine, vault)
    assert done.open == 0
    assert f"'{ANA}'" not in everything(db)
    assert list(mismatches(engine, keys_of(engine, "", vault))) == []


async def test_a_bot_at_work_tells_them_while_the_command_waits(
    ledger: Ledger,
    engine: Engine,
    vault: MasterFile,
    db: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await claimed(ledger, request(CANARY))
    ended, unseen = threading.Event(), module._Erasure._unseen

    def waits(erasure: module._Erasure, wait_s: float) -> int:
        ended.set()
        return unseen(erasure, wait_s)

    monkeypatch.setattr(module._Erasure, "_unseen", waits)
    erasing = asyncio.create_task(asyncio.to_thread(erased, engine, vault, wait_s=60.0))
    await asyncio.to_thread(ended.wait)
    ending = await ledger.claim("show")
    assert ending is not None
    await ledger.done(ending, "undeliverable")
    assert (await erasing).open == 0
    assert f"'{ANA}'" not in everything(db)


async def test_without_a_bot_it_can_be_done_unseen(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await held(ledger)
    await ledger.accept(request(CANARY))
    done = erased(engine, vault, unseen=True)
    assert (done.open, done.requests) == (0, 2)
    assert rows(db, "SELECT DISTINCT state, outcome FROM request") == [("done", "undeliverable")]
    assert list(mismatches(engine, keys_of(engine, "", vault))) == []


async def test_what_is_asked_afterwards_is_not_erased(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await answered(ledger, ANA)
    execute(db, "UPDATE request SET created_ms = created_ms + 3600000")
    assert erased(engine, vault).requests == 0
    assert rows(db, 'SELECT "user" FROM request') == [(ANA,)]


@pytest.mark.parametrize("step", ["_empty", "_rename_requests", "_rename_day", "_unseen"])
async def test_it_is_finished_however_it_was_interrupted(
    ledger: Ledger, vault: MasterFile, db: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ledger._writer._engine
    await answered(ledger, ANA)

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(module._Erasure, step, killed)
    with pytest.raises(KeyboardInterrupt):
        erased(engine, vault)
    assert rows(db, "SELECT wrapped FROM data_key WHERE destroyed_ms IS NOT NULL") == [(b"",)]
    monkeypatch.undo()
    assert erased(engine, vault).open == 0
    assert f"'{ANA}'" not in everything(db)
    assert list(mismatches(engine, keys_of(engine, "", vault))) == []


async def test_an_old_copy_of_the_database_is_unreadable_for_them_alone(
    file: Path, vault: MasterFile, tmp_path: Path
) -> None:
    engine = connect(f"sqlite:///{file}")
    writer = Writer(engine)
    ledger = Ledger(writer, LEASE_S, keys_of(engine, "", vault))
    mine, theirs = await answered(ledger, ANA), await answered(ledger, BO)
    writer.close()
    copy = Path(shutil.copy(file, tmp_path / "copy.db"))
    before = vault.path.read_bytes()
    engine = connect(f"sqlite:///{file}")
    erased(engine, vault)
    engine.dispose()
    old = connect(f"sqlite:///{copy}")
    restored = keys_of(old, "", vault)
    writer = Writer(old)
    again = Ledger(writer, LEASE_S, restored)
    assert await again.output(mine) is None
    made = await again.output(theirs)
    assert made is not None
    assert rows(copy, "SELECT detail FROM audit_log WHERE action = 'destroy'") == [
        ("1 keys that were forgotten before",)
    ]
    writer.close()
    assert vault.path.read_bytes() != before


async def test_neither_words_nor_keys_nor_names_linger_in_the_files(
    file: Path, vault: MasterFile
) -> None:
    user = UserId("U0CANARY99")
    engine = connect(f"sqlite:///{file}")
    writer = Writer(engine)
    ledger = Ledger(writer, LEASE_S, keys_of(engine, "", vault))
    await answered(ledger, user)
    ((wrapped,),) = rows(file, 'SELECT wrapped FROM data_key WHERE "user" = ?', user)
    ((prompt,),) = rows(file, "SELECT prompt FROM request")
    writer.close()
    engine = connect(f"sqlite:///{file}")
    assert erased(engine, vault, user).scrubbed
    found = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    for secret in (wrapped[12:], prompt[21:], user.encode(), CANARY.encode()):
        assert secret not in found
    engine.dispose()


async def test_masters_of_a_setting_cannot_forget_and_the_operator_is_told(
    writer: Writer, engine: Engine, vault: MasterFile
) -> None:
    masters = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
    ledger = Ledger(writer, LEASE_S, keys_of(engine, masters, vault))
    await answered(ledger, ANA)
    done = erase(engine, keys_of(engine, masters, vault), ANA, wait_s=0.0)
    assert not done.forgotten
    assert "older copies of the database stay readable" in done.told


async def test_the_bot_forgets_with_the_command(
    ledger: Ledger, opened: Keys, engine: Engine, vault: MasterFile, db: str
) -> None:
    await answered(ledger, ANA)
    ((key_id,),) = rows(db, 'SELECT id FROM data_key WHERE "user" = ? AND id <> ?', ANA, SYSTEM_KEY)
    assert opened._masters.know(key_id)
    erased(engine, vault)
    with Session(engine) as session:
        opened.forget(session)
    assert not opened._masters.know(key_id)


def test_somebody_unknown_is_nobody(engine: Engine, vault: MasterFile, db: str) -> None:
    keys_of(engine, "", vault)
    before = everything(db)
    done = erased(engine, vault, "U404")
    assert (done.keys, done.requests, done.usage) == (0, 0, 0)
    assert everything(db) == before
