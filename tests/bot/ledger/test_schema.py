from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine
from sqlmodel import SQLModel

from bot.ledger import tables
from bot.ledger.rows import accepted
from bot.ledger.schema import upgrade
from tests.bot.builders import execute, request, rows


def test_the_migrations_lead_to_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_table_that_no_migration_makes_would_be_seen(engine: Engine, path: Path) -> None:
    execute(path, "DROP TABLE usage")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert [change[0] for change in compare_metadata(context, SQLModel.metadata)] == [
            "add_table",
            "add_index",
        ]


def test_upgrading_again_keeps_what_is_there(engine: Engine, path: Path) -> None:
    row = accepted(request("kept"))
    execute(
        path,
        """INSERT INTO request (id, verb, prompt, flags, user, channel, state, lease_until_ms,
           attempt, created_ms, usage_rows, verdict_rows)
           VALUES (?, 'ask', 'kept', '{}', 'U1', 'C1', 'accepted', 0, 0, 1, 0, 0)""",
        row["id"],
    )
    upgrade(engine)
    assert rows(path, "SELECT prompt FROM request") == [("kept",)]


def test_every_state_of_the_tables_is_one_that_the_ledger_writes() -> None:
    assert tables.Request.model_fields["state"].default == tables.STATES[0]
    assert tables.STATES[-1] == "done"
