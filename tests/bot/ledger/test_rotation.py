import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.ledger import rotation as module
from bot.ledger.audit import mismatches
from bot.ledger.keys import Keys, MasterMissing
from bot.ledger.ledger import Ledger
from bot.ledger.masters import Foreign, KeysUnusable, MasterFile, Masters, new_master
from bot.ledger.opening import keys_of
from bot.ledger.rotation import Rotated, rotate
from bot.ledger.writer import Writer
from generators.draft import UserId
from tests.bot.builders import LEASE_S, execute, request, rows
from tests.bot.unsealing import prompts

ROOT = Path(__file__).parents[3]
LOG = "SELECT actor, object, detail FROM audit_log WHERE action = 'rotate' ORDER BY seq"
BASE64 = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="


@pytest.fixture
def vault(tmp_path: Path) -> MasterFile:
    return MasterFile(tmp_path / "secret" / "master.key")


@pytest.fixture
def ledger(writer: Writer, engine: Engine, vault: MasterFile) -> Ledger:
    """A bot that is at work, and read the master key at its start."""
    return Ledger(writer, LEASE_S, keys_of(engine, "", vault))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.0)


async def asked(ledger: Ledger, *people: str) -> None:
    for user in people:
        await ledger.accept(request(f"of {user}", user=UserId(user)))


def command(vault: MasterFile) -> Keys:
    """Return what another process knows that opens the database now."""
    there = vault.read()
    assert there is not None
    return Keys(there, vault)


def marks(db: str) -> set[bytes]:
    """Return by which master keys the data keys are wrapped."""
    return {bytes(one)[:4] for (one,) in rows(db, "SELECT wrapped FROM data_key")}


def first(vault: MasterFile) -> bytes:
    return command(vault).masters.marks[0]


async def test_everything_is_wrapped_anew_and_the_old_key_stays_for_old_copies(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await asked(ledger, "U1", "U2")
    before = first(vault)
    done = rotate(engine, command(vault))
    assert done == Rotated(is_new=True, keys=3, older=1)
    assert marks(db) == {first(vault)} != {before}
    assert rows(db, LOG) == [
        ("operator", "master_key", f"begun {first(vault).hex()}"),
        ("operator", "data_key", "3 keys"),
        ("operator", "master_key", "done"),
    ]
    assert sorted(prompts(db, command(vault))) == ["of U1", "of U2"]
    assert list(mismatches(engine, command(vault))) == []


async def test_older_keys_can_be_dropped(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await asked(ledger, "U1")
    rotate(engine, command(vault))
    done = rotate(engine, command(vault), drop=True)
    assert (done.is_new, done.older, done.dropped) == (True, 0, 2)
    there = vault.read()
    assert there is not None
    assert len(there.keys) == 1
    assert prompts(db, command(vault)) == ["of U1"]
    assert list(mismatches(engine, command(vault))) == []


async def test_a_bot_that_is_at_work_goes_on_with_old_people_and_with_new_ones(
    ledger: Ledger, writer: Writer, engine: Engine, vault: MasterFile, db: str
) -> None:
    await asked(ledger, "U1")
    other = Ledger(writer, LEASE_S, command(vault))
    rotate(engine, command(vault), drop=True)
    await asked(ledger, "U1", "U2")
    await asked(other, "U1", "U2", "U3")
    assert marks(db) == {first(vault)}
    expected = ["of U1", "of U1", "of U1", "of U2", "of U2", "of U3"]
    assert sorted(prompts(db, command(vault))) == expected
    claimed = await other.claim()
    assert claimed is not None
    assert claimed.request.prompt == "of U1"
    assert list(mismatches(engine, command(vault))) == []


async def test_what_a_bot_wraps_in_between_is_wrapped_by_the_new_key(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process has read the file before, and makes a key after the pass over all rows."""
    await asked(ledger, "U1")
    passed = module.rewrap

    def rewrap(engine: Engine, keys: Keys, actor: str) -> int:
        count = passed(engine, keys, actor)
        asyncio.run_coroutine_threadsafe(asked(ledger, "U2"), loop).result()
        return count

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(module, "rewrap", rewrap)
    await asyncio.to_thread(rotate, engine, command(vault), drop=True)
    assert marks(db) == {first(vault)}
    assert sorted(prompts(db, command(vault))) == ["of U1", "of U2"]


@pytest.mark.parametrize("step", ["add", "rewrap", "drop"])
async def test_it_goes_on_where_it_was_interrupted(
    ledger: Ledger,
    engine: Engine,
    vault: MasterFile,
    db: str,
    *,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await asked(ledger, "U1", "U2", "U3")
    where = Keys if step == "rewrap" else MasterFile
    before, calls = getattr(where, step), list[str]()

    def killed(*given: object) -> object:
        calls.append(step)
        if step != "rewrap" or len(calls) > 2:
            raise KeyboardInterrupt
        return before(*given)

    monkeypatch.setattr(module, "BATCH", 1)
    monkeypatch.setattr(where, step, killed)
    with pytest.raises(KeyboardInterrupt):
        rotate(engine, command(vault), drop=True)
    assert len(marks(db)) == (2 if step == "rewrap" else 1)
    monkeypatch.undo()
    assert sorted(prompts(db, command(vault))) == ["of U1", "of U2", "of U3"]
    await asked(ledger, "U4")  # with what it knows by then
    done = rotate(engine, command(vault), drop=True)
    assert done == Rotated(is_new=step == "add", keys=5, older=0, dropped=1)
    assert marks(db) == {first(vault)}
    assert sorted(prompts(db, command(vault))) == ["of U1", "of U2", "of U3", "of U4"]
    assert list(mismatches(engine, command(vault))) == []


@pytest.mark.thorough
async def test_a_killed_rotation_is_finished_by_the_next_one(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await asked(ledger, "U1", "U2", "U3")
    arguments = ("-m", "tests.bot.ledger.rotating", db, str(vault.path))
    with subprocess.Popen(  # noqa: ASYNC220, S603 - our own
        (sys.executable, *arguments),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"one\n"
        await asked(ledger, "U4")
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"one\n"
        process.kill()
    assert len(marks(db)) == 2
    await asked(ledger, "U1", "U5")
    done = rotate(engine, command(vault), drop=True)
    assert done == Rotated(is_new=False, keys=6, older=0, dropped=1)
    assert marks(db) == {first(vault)}
    assert len(prompts(db, command(vault))) == 6
    assert list(mismatches(engine, command(vault))) == []


async def test_without_the_new_key_a_bot_waits_and_destroys_nothing(
    ledger: Ledger, writer: Writer, engine: Engine, vault: MasterFile, db: str
) -> None:
    """One on another machine, whose file nobody has changed."""
    await asked(ledger, "U1")
    old = vault.read()
    assert old is not None
    stale = Ledger(writer, LEASE_S, Keys(old))
    rotate(engine, command(vault))
    before = rows(db, "SELECT * FROM data_key ORDER BY id")
    with pytest.raises(MasterMissing):
        await asked(stale, "U1")
    with pytest.raises(MasterMissing):
        await stale.claim()
    assert rows(db, "SELECT * FROM data_key ORDER BY id") == before
    with pytest.raises(KeysUnusable, match="is not the one"):
        keys_of(engine, BASE64, vault)
    taken = await ledger.claim()
    assert taken is not None
    assert taken.request.prompt == "of U1"


async def test_the_audit_says_what_it_cannot_open_for_want_of_a_master_key(
    ledger: Ledger, engine: Engine, vault: MasterFile
) -> None:
    await asked(ledger, "U1")
    known = command(vault)
    with engine.begin() as connection:
        strange = new_master().mark + bytes(60)
        change = text("UPDATE data_key SET wrapped = :wrapped WHERE \"user\" = 'U1'")
        connection.execute(change, {"wrapped": strange})
    assert any("cannot be unwrapped" in sentence for sentence in mismatches(engine, known))


async def test_while_a_bot_elsewhere_is_at_work_it_is_refused(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await asked(ledger, "U1")
    before = vault.path.read_bytes()
    beat = "INSERT INTO instance VALUES ('x', 'elsewhere', '', 0, ?)"
    execute(db, beat, 2**50)
    with pytest.raises(KeysUnusable, match=r"\(elsewhere\)"):
        rotate(engine, command(vault))
    assert vault.path.read_bytes() == before
    assert rotate(engine, command(vault), shared=True).is_new


def test_masters_of_a_setting_are_rotated_there(engine: Engine, vault: MasterFile) -> None:
    with pytest.raises(KeysUnusable, match="setting master_keys"):
        rotate(engine, keys_of(engine, BASE64, vault))


async def test_what_was_wrapped_before_there_were_marks_gets_one(
    ledger: Ledger, engine: Engine, vault: MasterFile, db: str
) -> None:
    await asked(ledger, "U1")
    execute(db, "UPDATE data_key SET wrapped = substr(wrapped, 5)")
    assert {len(one) for (one,) in rows(db, "SELECT wrapped FROM data_key")} == {60}
    assert prompts(db, command(vault)) == ["of U1"]
    opened = keys_of(engine, "", vault)
    assert marks(db) == {first(vault)}
    assert prompts(db, opened) == ["of U1"]


def test_a_data_key_says_which_master_key_is_wanted() -> None:
    one, other = Masters((new_master(),)), Masters((new_master(),))
    wrapped = one.wrap("8" * 16, bytes(32))
    with pytest.raises(Foreign):
        other.unwrap("8" * 16, wrapped)
    assert one.newest_wraps(wrapped)
    assert not other.newest_wraps(wrapped)
    assert other.know("8" * 16, wrapped)
    forgotten = one.without(["8" * 16])
    assert not forgotten.know("8" * 16, wrapped)
    both = Masters((*other.keys, *forgotten.keys))
    assert not both.know("8" * 16, wrapped)
    assert both.know("7" * 16, wrapped)
