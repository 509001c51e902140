import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlmodel import SQLModel

from bot.ledger import schema, tables
from bot.ledger.alone import alone
from bot.ledger.database import DatabaseRefused, connect
from bot.ledger.schema import NOTHING, downgrade, revision, upgrade
from tests.bot.builders import execute, rows

FIRST = (
    """INSERT INTO request (id, verb, prompt, flags, "user", channel, state, lease_until_ms,
       attempt, created_ms, finished_ms, outcome, usage_rows, verdict_rows)
       VALUES ('r1', 'ask', '退款 🙂', '{}', 'U1', 'C1', 'done', 0, 1, 1, 2, 'delivered', 1, 1),
              ('r2', 'ask', 'waits', '{}', 'U2', 'C1', 'accepted', 0, 0, 1, NULL, NULL, 0, 0)""",
    "INSERT INTO send (request_id, part, channel, sent_ms, ts) VALUES ('r1', 0, 'C1', 1, '1.5')",
    """INSERT INTO output
       (request_id, attempt, kind, text, blob, details, model, sha256, created_ms)
       VALUES ('r1', 1, 'Text', 'Five days.', '', '{}', 'tiny', 'hash', 1)""",
    """INSERT INTO verdict (request_id, attempt, direction, action, sha256, categories,
       policy_sha256, at_ms) VALUES ('r1', 1, 'output', 'allow', 'hash', '', 'policy', 1)""",
    """INSERT INTO usage (request_id, attempt, stage, "user", channel, verb, model, prompt_tokens,
       output_tokens, images, gpu_ms, outcome, at_ms)
       VALUES ('r1', 1, 'generate', 'U1', 'C1', 'ask', 'tiny', 1, 2, 0, 3, 'ok', 86400000)""",
)
"""What a database of the first version holds, in that version's columns."""
KEPT = ("request", "send", "output", "verdict", "usage")


@pytest.fixture
def blank(db: str) -> Iterator[Engine]:
    """A database without tables."""
    engine = connect(db)
    downgrade(engine, "base")
    execute(db, "DROP TABLE alembic_version")
    yield engine
    engine.dispose()


def steps() -> list[str]:
    """Return every revision, the oldest first."""
    scripts = ScriptDirectory.from_config(schema._config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def counts(db: str) -> list[int]:
    return [rows(db, f"SELECT count(*) FROM {table}")[0][0] for table in KEPT]  # noqa: S608 - ours


def test_the_migrations_lead_to_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_table_that_no_migration_makes_would_be_seen(engine: Engine, db: str) -> None:
    execute(db, "DROP TABLE instance")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert [change[0] for change in compare_metadata(context, SQLModel.metadata)] == [
            "add_table"
        ]


def test_upgrading_says_from_where_to_where(blank: Engine) -> None:
    newest = steps()[-1]
    assert revision(blank) == NOTHING
    assert upgrade(blank) == (NOTHING, newest)
    assert revision(blank) == newest
    assert upgrade(blank) == (newest, newest)


def test_what_the_first_version_wrote_is_kept_to_the_last_and_back(blank: Engine, db: str) -> None:
    upgrade(blank)
    downgrade(blank, "0001")
    for statement in FIRST:
        execute(db, statement)
    assert counts(db) == [2, 1, 1, 1, 1]
    upgrade(blank)
    assert counts(db) == [2, 1, 1, 1, 1]
    assert rows(db, "SELECT id, state, usage_rows FROM request ORDER BY id") == [
        ("r1", "done", 1),
        ("r2", "accepted", 0),
    ]
    downgrade(blank, "0001")
    assert counts(db) == [2, 1, 1, 1, 1]
    assert rows(db, "SELECT gpu_ms, at_ms FROM usage") == [(3, 86400000)]
    upgrade(blank)
    assert counts(db) == [2, 1, 1, 1, 1]
    with pytest.raises(Exception, match=r"(?i)foreign key|violates"), blank.begin() as connection:
        connection.exec_driver_sql("DELETE FROM request WHERE id = 'r1'")


@pytest.mark.thorough
def test_every_step_can_be_undone_and_done_again_with_what_is_there(blank: Engine, db: str) -> None:
    upgrade(blank)
    downgrade(blank, "0001")
    for statement in FIRST:
        execute(db, statement)
    for to in steps():
        upgrade(blank)
        downgrade(blank, to)
        assert revision(blank) == to
        assert counts(db) == [2, 1, 1, 1, 1]


@pytest.mark.thorough
def test_several_that_start_at_once_migrate_once(blank: Engine, db: str) -> None:
    together = threading.Barrier(4)

    def start() -> tuple[str, str]:
        engine = connect(db)
        together.wait()
        try:
            return upgrade(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as threads:
        started = [threads.submit(start) for _ in range(4)]
    assert {one.result()[1] for one in started} == {steps()[-1]}
    assert revision(blank) == steps()[-1]


def test_a_migration_that_fails_leaves_everything_as_it_was(blank: Engine, db: str) -> None:
    execute(db, "CREATE TABLE instance (id INTEGER)")
    with pytest.raises(Exception, match="instance"):
        upgrade(blank)
    assert revision(blank) == NOTHING
    execute(db, "DROP TABLE instance")
    assert upgrade(blank) == (NOTHING, steps()[-1])


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine, db: str) -> None:
    execute(db, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseRefused, match=f"9999.*nothing after {steps()[-1]}"):
        upgrade(engine)
    execute(db, "UPDATE alembic_version SET version_num = ?", steps()[-1])


def test_a_file_that_a_bot_has_is_not_migrated_under_it(
    blank: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "WAIT_S", 0.0)
    with alone(blank.url):
        if blank.dialect.name == "sqlite":
            with pytest.raises(DatabaseRefused, match="is at work on"):
                upgrade(blank)
        assert upgrade(blank, resident=True) == (NOTHING, steps()[-1])
        assert upgrade(blank) == (steps()[-1], steps()[-1])


def test_every_state_of_the_tables_is_one_that_the_ledger_writes() -> None:
    assert tables.Request.model_fields["state"].default == tables.STATES[0]
    assert tables.STATES[-1] == "done"
