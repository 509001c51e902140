"""What is to be learnt of replies, and of messages that had no draft."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    words = "customer place state reason head article"
    op.create_table(
        "lesson",
        sa.Column("request_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in words.split()),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("question", "answer")),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("code", "decided_by")),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index("ix_lesson_state", "lesson", ["state", "asked_ms"])
    op.create_index("ix_lesson_head", "lesson", ["head"])
    op.create_index("ix_lesson_customer", "lesson", ["customer"])


def downgrade() -> None:
    """Undo."""
    for name in ("customer", "head", "state"):
        op.drop_index(f"ix_lesson_{name}", "lesson")
    op.drop_table("lesson")
