"""Brings a database to the schema of `bot.ledger.tables`; the migrations are the only way there.

They run in one transaction, and nobody else writes meanwhile: two bots that start at once wait for
each other, and a migration that fails leaves everything as it was.
"""

from contextlib import nullcontext
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from bot.ledger.alone import alone
from bot.ledger.database import DatabaseRefused, changing, reading
from bot.ledger.guards import migrating

WAIT_S = 10.0
"""How long a command waits for another one that migrates the same file."""
NOTHING = "nothing"
"""The revision of a database without tables."""


def upgrade(engine: Engine, *, resident: bool = False) -> tuple[str, str]:
    """Run every migration that the database has not seen; return its revision before and after.

    Where there are some, a SQLite file must be nobody else's: an older bot may be at work on it.
    `resident` says that this process has seen to that already. Raises DatabaseRefused.
    """
    before, newest = revision(engine), _scripts().get_current_head() or NOTHING
    if before == newest:
        return before, newest
    _known(before, newest)
    sole = nullcontext() if resident else alone(engine.url, wait_s=WAIT_S)
    with sole, changing(engine) as connection:
        orphans = _orphans(connection)
        with migrating(connection):
            command.upgrade(_config(connection), newest)
        if _orphans(connection) > orphans:
            raise DatabaseRefused(f"Migrating from {before} would lose rows; nothing was changed.")
    return before, newest


def downgrade(engine: Engine, to: str) -> None:
    """Undo migrations until the database is at the revision `to`. Raises DatabaseRefused."""
    with alone(engine.url), changing(engine) as connection:
        command.downgrade(_config(connection), to)


def revision(engine: Engine) -> str:
    """Return the revision that a database is at. Raises DatabaseRefused."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision() or NOTHING


def _known(before: str, newest: str) -> None:
    if before not in {NOTHING, *(script.revision for script in _scripts().walk_revisions())}:
        raise DatabaseRefused(
            f"The database is at revision {before}, and this Atelier knows nothing after {newest}: "
            "start the newer one that made it, or restore a backup."
        )


def _orphans(connection: Connection) -> int:
    """Count the rows whose parents are missing, where the database did not look itself."""
    if connection.dialect.name != "sqlite":
        return 0
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
