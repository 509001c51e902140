"""The tables of knowledge bases, for bots that share a database. Nothing in them is sealed.

Where the database is a file they are empty: the bases are files, too.
"""

from sqlalchemy import BigInteger, LargeBinary, UniqueConstraint
from sqlmodel import Column, Field, SQLModel


class KbBase(SQLModel, table=True):
    """A knowledge base that was made."""

    __tablename__ = "kb_base"  # pyrefly: ignore[bad-override] - SQLModel's own way to name it

    name: str = Field(primary_key=True)
    stamp: int = Field(sa_type=BigInteger)
    """Goes up by one with each import and each removal."""


class KbArticle(SQLModel, table=True):
    """A document of a base, or what is left of one that was taken out."""

    __tablename__ = "kb_article"  # pyrefly: ignore[bad-override] - SQLModel's own way to name it

    base: str = Field(primary_key=True, foreign_key="kb_base.name")
    key: str = Field(primary_key=True)
    """The SHA-256 of its id in hex: an id may be longer than an index takes."""
    place: int = Field(sa_type=BigInteger)
    live: bool
    chars: int = Field(sa_type=BigInteger)
    """What it counts for in a base's limit."""
    entry: str
    """The JSON object that would be its line in a file."""


class KbVector(SQLModel, table=True):
    """A vector of one text of a base, made by an embedding model.

    Where the extension pgvector can be used, `bot.ledger.vectors` adds a column `embedding`, and
    the vector is there.
    """

    __tablename__ = "kb_vector"  # pyrefly: ignore[bad-override] - SQLModel's own way to name it
    __table_args__ = (UniqueConstraint("base", "key", name="uq_kb_vector"),)

    id: int | None = Field(default=None, primary_key=True)
    base: str
    key: str
    """The SHA-256 of model and text in hex."""
    model: str
    row: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """Little-endian float32."""
