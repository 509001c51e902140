"""Sealed columns, data keys, the audit log, and what is kept for how long.

What is there already is marked, and sealed at the next start (`bot.ledger.sealing`): a migration
has no keys.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SEALED = {"request": ("prompt", "flags"), "output": ("text", "details")}
BYTES = (
    "UPDATE request SET prompt = CAST(prompt AS BLOB), flags = CAST(flags AS BLOB)",
    "UPDATE output SET text = CAST(text AS BLOB), details = CAST(details AS BLOB)",
)
"""SQLite keeps the old values as text otherwise."""
EMPTY = (
    "UPDATE request SET prompt = '', flags = '{}'",
    "UPDATE output SET text = '', details = '{}'",
)


def upgrade() -> None:
    """Apply."""
    for table, columns in SEALED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                using = f"convert_to({column}, 'UTF8')"
                batch_op.alter_column(column, type_=sa.LargeBinary(), postgresql_using=using)
    for statement in BYTES if op.get_bind().dialect.name == "sqlite" else ():
        op.execute(statement)
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kept", sa.Integer(), server_default="-1", nullable=False))
        batch_op.add_column(sa.Column("swept_ms", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.alter_column("kept", server_default="0")
        batch_op.create_index("ix_request_kept", ["kept", "created_ms"], unique=False)
    op.create_table(
        "data_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_data_key_live",
        "data_key",
        ["user"],
        unique=True,
        sqlite_where=sa.text("destroyed_ms IS NULL"),
        postgresql_where=sa.text("destroyed_ms IS NULL"),
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "door", sa.Column("why", sa.String(), nullable=False), sa.PrimaryKeyConstraint("why")
    )


def downgrade() -> None:
    """Undo; what is sealed cannot be opened without the keys, and is emptied."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in ("verdict", "usage"):
        for change in ("update", "delete"):
            where = "" if sqlite else f" ON {table}"
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{change}{where}")
    op.drop_table("door")
    op.drop_table("audit_log")
    op.drop_table("data_key")
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_index("ix_request_kept")
        batch_op.drop_column("swept_ms")
        batch_op.drop_column("kept")
    op.execute("UPDATE output SET blob = ''" if sqlite else "UPDATE output SET blob = ''::bytea")
    for table, columns in SEALED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.alter_column(column, type_=sa.String(), postgresql_using="''")
    for statement in EMPTY:
        op.execute(statement)
