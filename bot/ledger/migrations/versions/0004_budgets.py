"""Reservations, what calls cost, the sums of each day, and who was warned."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

RESERVED = ("requests", "tokens", "images", "gpu_ms", "money_micro")
SUMS = (
    "requests",
    "prompt_tokens",
    "output_tokens",
    "images",
    "gpu_ms",
    "queue_ms",
    "cost_micro",
)


def upgrade() -> None:
    """Apply; what was used before gets its team, and counts as free of charge."""
    with op.batch_alter_table("request", schema=None) as batch_op:
        for name in RESERVED:
            batch_op.add_column(_zero(f"reserved_{name}", sa.BigInteger()))
        batch_op.add_column(sa.Column("refusal", sa.String(), nullable=True))
    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.String(), server_default="", nullable=False))
        batch_op.add_column(_zero("requests", sa.Integer()))
        batch_op.add_column(_zero("queue_ms", sa.BigInteger()))
        batch_op.add_column(_zero("cost_micro", sa.BigInteger()))
        batch_op.create_index("ix_usage_at", ["at_ms"], unique=False)
    op.create_table(
        "usage_day",
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.PrimaryKeyConstraint("day", "team", "channel", "user", "model"),
    )
    with op.batch_alter_table("usage_day", schema=None) as batch_op:
        batch_op.create_index("ix_usage_day_user", ["user", "day"], unique=False)
        batch_op.create_index("ix_usage_day_channel", ["channel", "day"], unique=False)
    op.create_table(
        "warned",
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user", "budget", "since_ms"),
    )
    _fill()


def downgrade() -> None:
    """Undo."""
    op.drop_table("warned")
    with op.batch_alter_table("usage_day", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_day_channel")
        batch_op.drop_index("ix_usage_day_user")
    op.drop_table("usage_day")
    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_at")
        for name in ("cost_micro", "queue_ms", "requests", "team"):
            batch_op.drop_column(name)
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_column("refusal")
        for name in reversed(RESERVED):
            batch_op.drop_column(f"reserved_{name}")


def _zero(name: str, kind: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column(name, kind, server_default="0", nullable=False)


def _fill() -> None:
    op.execute(
        "UPDATE usage SET team = (SELECT r.team FROM request r WHERE r.id = usage.request_id)"
        " WHERE EXISTS (SELECT 1 FROM request r WHERE r.id = usage.request_id)"
    )
    op.execute(
        "UPDATE usage SET requests = 1 WHERE id IN (SELECT min(id) FROM usage"
        " WHERE model NOT IN ('', 'atelier') GROUP BY request_id)"
    )
    op.execute(
        """INSERT INTO usage_day (day, team, channel, "user", model, calls, requests, prompt_tokens,
           output_tokens, images, gpu_ms, queue_ms, cost_micro)
           SELECT at_ms / 86400000, team, channel, "user", model, count(*), sum(requests),
           sum(prompt_tokens), sum(output_tokens), sum(images), sum(gpu_ms), sum(queue_ms),
           sum(cost_micro) FROM usage GROUP BY at_ms / 86400000, team, channel, "user", model"""
    )
