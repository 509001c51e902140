import asyncio
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bot.ledger.audit import mismatches
from bot.ledger.backup import backup
from bot.ledger.database import DatabaseRefused, connect
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from tests.bot.builders import LEASE_S, execute, keys, request, rows
from tests.bot.ledger.working import claimed, finished


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite:///{file}"


def test_a_backup_is_one_file_that_only_its_owner_reads(url: str, tmp_path: Path) -> None:
    to = tmp_path / "backups"
    to.mkdir()
    counts = backup(url, to / "ledger.db")
    assert counts["request"] == 0
    assert [path.name for path in to.iterdir()] == ["ledger.db"]
    assert stat.S_IMODE((to / "ledger.db").stat().st_mode) == 0o600


async def test_a_backup_has_what_was_committed_and_not_what_was_deleted(
    url: str, tmp_path: Path
) -> None:
    writer = Writer(connect(url))
    ledger, kept = Ledger(writer, LEASE_S, keys()), request("kept")
    await ledger.accept(kept)
    await ledger.accept(request("canary-7f3a " * 1000))
    execute(url, "DELETE FROM request WHERE id <> ?", kept.id.hex)
    counts = backup(url, tmp_path / "ledger.db")
    assert counts["request"] == 1
    assert rows(tmp_path / "ledger.db", "SELECT id FROM request") == [(kept.id.hex,)]
    assert b"canary" not in tmp_path.joinpath("ledger.db").read_bytes()
    writer.close()


@pytest.mark.thorough
async def test_a_backup_under_load_restores_and_audits_clean(url: str, tmp_path: Path) -> None:
    writer = Writer(connect(url))
    ledger, stop, made = Ledger(writer, LEASE_S, keys()), threading.Event(), list[Path]()

    async def load() -> None:
        while not stop.is_set():
            lease = await claimed(ledger)
            await ledger.sending(lease.request, 0, "C1")
            await ledger.sent(lease.request, 0, "C1", "1.5")
            await finished(ledger, lease)

    def back_up() -> None:
        for number in range(5):
            made.append(tmp_path / f"backup-{number}.db")
            backup(url, made[-1])
        stop.set()

    await asyncio.gather(load(), asyncio.to_thread(back_up))
    writer.close()
    counts = list[int]()
    for path in made:
        restored = connect(f"sqlite:///{path}")
        assert list(mismatches(restored, keys())) == []
        restored.dispose()
        counts += [rows(path, "SELECT count(*) FROM usage")[0][0]]
    assert counts == sorted(counts)
    assert counts[-1] <= rows(url, "SELECT count(*) FROM usage")[0][0]


def test_nothing_is_overwritten(url: str, tmp_path: Path) -> None:
    tmp_path.joinpath("taken").write_text("mine")
    with pytest.raises(DatabaseRefused, match=r"exists already"):
        backup(url, tmp_path / "taken")
    assert tmp_path.joinpath("taken").read_text() == "mine"


def test_a_folder_that_is_not_there_is_one_sentence(url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match=r"cannot be written: .*No such file"):
        backup(url, tmp_path / "nowhere" / "ledger.db")


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="There is no database at"):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "ledger.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
async def test_a_damaged_database_gives_no_backup(url: str, file: Path, tmp_path: Path) -> None:
    writer = Writer(connect(url))
    ledger = Ledger(writer, LEASE_S, keys())
    for _ in range(50):
        await ledger.accept(request("word " * 200))
    writer.close()
    damage(file)
    with pytest.raises(DatabaseRefused):
        backup(url, tmp_path / "ledger.db")
    assert present(tmp_path) == [file.name]


def present(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def damage(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(file.read_bytes())
    for page in range(len(whole) // 2 // 4096 * 4096, len(whole), 4096):
        whole[page : page + 64] = b"\xff" * 64
    file.write_bytes(whole)


def test_postgresql_is_backed_up_by_its_own_tool(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused) as refused:
        backup("postgresql://ana:hunter2@db.example:5433/atelier", tmp_path / "a b.dump")
    said = str(refused.value)
    assert said.endswith(
        f"pg_dump --format=custom '--file={tmp_path / 'a b.dump'}' "
        "postgresql://ana@db.example:5433/atelier"
    )
    assert "hunter2" not in said
