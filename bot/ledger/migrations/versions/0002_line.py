"""A line that is fair: places in virtual time, and whom the engine broke for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("faults", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("vtime", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.drop_index("ix_request_claim")
        batch_op.create_index("ix_request_line", ["state", "vtime", "created_ms"], unique=False)
    op.create_table(
        "flow",
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("finish", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "user"),
    )


def downgrade() -> None:
    """Undo; who waits in line waits to be greeted again."""
    op.execute("UPDATE request SET state = 'accepted' WHERE state = 'queued'")
    op.drop_table("flow")
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_index("ix_request_line")
        batch_op.create_index(
            "ix_request_claim", ["state", "lease_until_ms", "created_ms"], unique=False
        )
        batch_op.drop_column("vtime")
        batch_op.drop_column("faults")
        batch_op.drop_column("team")
