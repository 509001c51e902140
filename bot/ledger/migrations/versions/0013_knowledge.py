"""Knowledge bases of bots that share a database; where it is a file, they stay in files."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kb_base",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "kb_article",
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("chars", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["base"], ["kb_base.name"]),
        sa.PrimaryKeyConstraint("base", "key"),
    )
    op.create_table(
        "kb_vector",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("base", "key", name="uq_kb_vector"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("kb_vector")
    op.drop_table("kb_article")
    op.drop_table("kb_base")
