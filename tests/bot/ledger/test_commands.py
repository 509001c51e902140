"""`atelier db`, and which commands may run beside a bot."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.ledger.alone import alone
from bot.ledger.database import connect
from bot.ledger.schema import downgrade, revision
from generators.support.article import Article
from generators.support.library import Library
from tests.bot.builders import execute, migrated, rows
from tests.bot.databases import served_only

pytestmark = pytest.mark.thorough

Run = Callable[..., tuple[int, str, str]]
ECHO = '[verbs.ask]\nuse = "generators.echo:Echo"\n'


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command in a folder of its own; return its status and what it wrote."""
    for name in os.environ:
        if name.startswith(("SLACK_", "ATELIER_")):
            monkeypatch.delenv(name)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        monkeypatch.setenv(name, "x-local")
    monkeypatch.setenv("ATELIER_ENGINE__URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("atelier.toml").write_text(ECHO)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["atelier", *arguments, "--data", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0, said.out, said.err)

    return run


@pytest.fixture
def ledger(run: Run, tmp_path: Path) -> Path:
    """A ledger in which one question was answered."""
    assert run("ask", "hello")[0] == 0
    return tmp_path / "atelier.db"


def test_an_upgrade_says_from_where_to_where(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("db", "upgrade")
    newest = revision(connect(f"sqlite:///{tmp_path / 'atelier.db'}"))
    assert (code, out) == (0, f"Schema: nothing to {newest}.\n")
    assert run("db", "upgrade") == (0, f"The schema is at {newest} already.\n", "")


def test_a_backup_restores_and_audits_clean(run: Run, ledger: Path, tmp_path: Path) -> None:
    code, out, _ = run("db", "backup", "saved.db")
    assert code == 0
    assert out.startswith("saved.db: ")
    assert out.endswith(", verified.\n")
    execute(ledger, "DELETE FROM usage")
    assert run("audit")[0] == 1
    for left in tmp_path.glob("atelier.db*"):
        left.unlink()
    tmp_path.joinpath("saved.db").rename(ledger)
    code, out, err = run("audit")
    assert (code, out.splitlines()[-1], err) == (0, "Everything agrees.", "")


def test_a_backup_overwrites_nothing(run: Run, ledger: Path) -> None:
    code, out, err = run("db", "backup", str(ledger))
    assert (code, out) == (2, "")
    assert "exists already" in err
    assert err.count("\n") == 1


def test_a_copy_says_what_it_copied(run: Run, ledger: Path, tmp_path: Path) -> None:
    to = f"sqlite:///{tmp_path / 'copy.db'}"
    code, out, _ = run("db", "copy", "--to", to)
    assert code == 0
    assert "\nrequest: 1 rows, sha256 " in f"\n{out}"
    assert f"All of it is in {to} now" in out
    counted = rows(ledger, "SELECT count(*) FROM verdict")
    assert rows(tmp_path / "copy.db", "SELECT count(*) FROM verdict") == counted
    code, _, err = run("db", "copy", "--to", to)
    assert code == 2
    assert "is not empty" in err


def test_a_copy_that_is_not_the_same_fails(
    run: Run, ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tampered(copied: object, target: object) -> list[str]:
        del copied, target
        return ["usage has 0 rows, and should have 1"]

    monkeypatch.setattr("bot.ledger.commands.differences", tampered)
    code, out, err = run("db", "copy", "--to", f"sqlite:///{tmp_path / 'copy.db'}")
    assert (code, err) == (1, "usage has 0 rows, and should have 1\n")
    assert "All of it" not in out
    assert rows(ledger, "SELECT count(*) FROM request") == [(1,)]


@served_only
def test_from_sqlite_to_postgresql_and_on_there(
    run: Run, ledger: Path, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kb"
    Library(folder).add("shop", [Article(id="1", title="Boots", text="退货 within five days.")])
    code, out, _ = run("db", "copy", "--to", served)
    assert (code, "Knowledge base shop: 1 documents\n" in out) == (0, True)
    assert f"remove {folder}" in out
    counted = rows(ledger, "SELECT count(*) FROM usage")
    monkeypatch.setenv("ATELIER_DATABASE_URL", served)
    assert run("ask", "and here?")[0] == 0
    code, out, err = run("audit")
    assert (code, out.splitlines()[-1], err) == (0, "Everything agrees.", "")
    assert rows(served, "SELECT count(*) FROM request") == [(2,)]
    assert rows(ledger, "SELECT count(*) FROM usage") == counted
    code, _, err = run("kb", "load", str(folder))
    assert (code, err.partition(":")[0]) == (1, "Skipped shop")
    assert run("kb", "remove", "1", "--kb", "shop")[:2] == (0, "shop: 1 removed\n")
    assert len(Library(folder).articles("shop")) == 1
    code, _, err = run("db", "backup", "saved.dump")
    assert code == 2
    assert "pg_dump --format=custom --file=saved.dump postgresql://atelier@127.0.0.1:" in err


def test_a_database_that_does_not_answer_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATELIER_DATABASE_URL", "postgresql://ana:hunter2@127.0.0.1:9/d")
    for command in (("audit",), ("bot",), ("db", "upgrade"), ("ask", "hello")):
        code, _, err = run(*command)
        assert code == 2
        assert "The database postgresql+psycopg://ana:***@127.0.0.1:9/d cannot be used" in err
        assert "hunter2" not in err


@pytest.mark.parametrize("command", ["bot", "up"])
def test_a_second_bot_on_a_file_is_refused_in_one_sentence(
    run: Run, ledger: Path, command: str
) -> None:
    with alone(f"sqlite:///{ledger}"):
        code, out, err = run(command)
    assert (code, out) == (2, "")
    assert f"process {os.getpid()}" in err
    assert "is at work on" in err
    assert err.count("\n") == 1


def test_a_bot_that_ended_leaves_the_file_to_the_next(run: Run, ledger: Path) -> None:
    for _ in range(2):
        code, _, err = run("bot")
        assert code == 2
        assert "Nothing answers at" in err, "it came as far as Slack"
    assert rows(ledger, "SELECT * FROM instance") == []


def test_what_comes_and_goes_runs_beside_a_bot(run: Run, ledger: Path) -> None:
    with alone(f"sqlite:///{ledger}"):
        assert run("ask", "beside it")[0] == 0
        assert run("audit")[0] == 0
        assert run("db", "backup", "saved.db")[0] == 0
        assert run("db", "upgrade")[0] == 0
        code, _, err = run("db", "copy", "--to", "sqlite:///copy.db")
    assert code == 2
    assert "is at work on" in err


def test_nothing_is_migrated_under_a_bot(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ledger.schema.WAIT_S", 0.0)
    engine = migrated(tmp_path / "atelier.db")
    downgrade(engine, "0001")
    with alone(engine.url):
        code, _, err = run("ask", "hello")
    assert code == 2
    assert "is at work on" in err
    assert revision(engine) == "0001"
    engine.dispose()
