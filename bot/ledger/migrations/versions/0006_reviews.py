"""The rounds in which reviewers look at held answers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    review = op.create_table(
        "review",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_ms", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "round"),
    )
    op.create_index("ix_review_open", "review", ["decision", "opened_ms"])
    request = sa.table(
        "request", sa.column("id"), sa.column("state"), sa.column("created_ms", sa.BigInteger())
    )
    held = sa.select(
        request.c.id,
        sa.literal(1),
        request.c.created_ms,
        sa.literal(""),
        sa.literal(b"", sa.LargeBinary()),
        sa.literal(b"", sa.LargeBinary()),
    ).where(request.c.state == "held")
    columns = ["request_id", "round", "opened_ms", "reason", "note", "original"]
    op.execute(sa.insert(review).from_select(columns, held))


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_review_open", "review")
    op.drop_table("review")
