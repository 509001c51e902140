"""What channels get again and again, and which of their periods are settled."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    words = "id kind team channel owner phrase zone options state first_day"
    op.create_table(
        "schedule",
        *(sa.Column(name, sa.String(), nullable=False) for name in words.split()),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("number", "failures")),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "number", name="uq_schedule_number"),
    )
    op.create_index("ix_schedule_state", "schedule", ["state"])
    op.create_table(
        "fire",
        sa.Column("schedule_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"]),
        sa.PrimaryKeyConstraint("schedule_id", "period"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("fire")
    op.drop_index("ix_schedule_state", "schedule")
    op.drop_table("schedule")
