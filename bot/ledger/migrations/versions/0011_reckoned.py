"""What is given back to a schedule whose digest was asked for, and came to nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_NUMBERS = {"due_ms": sa.BigInteger(), "since_ms": sa.BigInteger(), "failures": sa.Integer()}


def upgrade() -> None:
    """Apply."""
    for name, kind in _NUMBERS.items():
        op.add_column("fire", sa.Column(name, kind, nullable=False, server_default="0"))
    # What was asked for before this was counted is left as it is.
    op.execute("UPDATE fire SET outcome = 'posted' WHERE outcome = 'asked'")
    op.create_index("ix_fire_outcome", "fire", ["outcome"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_fire_outcome", "fire")
    op.execute("UPDATE fire SET outcome = 'asked' WHERE outcome = 'posted'")
    for name in _NUMBERS:
        op.drop_column("fire", name)
