"""The vectors of knowledge bases in PostgreSQL, and who compares them with a question's.

Where the extension pgvector can be used they lie in a column of its type, and bases from
`ASKED_FROM` pieces on are compared by the database, every vector, by no index: the cosines are
numpy's to float32 (docs/adr/0025-vectors-of-bases.md has the measure). Elsewhere they lie as bytes.
"""

import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from bot.ledger.database import DatabaseRefused, beside, reading
from generators.support.bases import Ask, BasesUnreachable, Matrix

log = logging.getLogger(__name__)

ASKED_FROM: Final = 100_000
"""Pieces of a search: from so many on the database compares their vectors."""
BATCH: Final = 1_000
EXTENDING: Final = 0x6B62766563
"""The advisory lock of whoever adds the column: "kbvec"."""

_PAIR = np.dtype([("id", ">i8"), ("cosine", ">f4")])
_HAS_COLUMN = text(
    "SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('kb_vector')"
    " AND attname = 'embedding' AND NOT attisdropped)"
)
_AVAILABLE = text("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
_INSTALLED = text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
_EXTEND = "CREATE EXTENSION IF NOT EXISTS vector"
_COLUMN = "ALTER TABLE kb_vector ADD COLUMN IF NOT EXISTS embedding vector"
_READ = "SELECT key, row FROM kb_vector WHERE base = :base"
_READ_BOTH = "SELECT key, row, vector_send(embedding) FROM kb_vector WHERE base = :base"
_KEYS = text("SELECT key FROM kb_vector WHERE base = :base")
_DELETE = text("DELETE FROM kb_vector WHERE base = :base AND key = :key")
_BYTES = text("""INSERT INTO kb_vector (base, key, model, row)
VALUES (:base, :key, :model, :row) ON CONFLICT (base, key) DO NOTHING""")
_EMBEDDING = text("""INSERT INTO kb_vector (base, key, model, embedding)
VALUES (:base, :key, :model, CAST(:row AS vector)) ON CONFLICT (base, key) DO NOTHING""")
_PLAIN = text("SELECT id, row FROM kb_vector WHERE embedding IS NULL")
_RAISE = text("UPDATE kb_vector SET embedding = CAST(:row AS vector), row = NULL WHERE id = :id")
_IDS = text("SELECT key, id FROM kb_vector WHERE model = :model AND base = ANY(:bases)")
_COSINES = text("""SELECT string_agg(int8send(id) || float4send((-(embedding <#> CAST(:question
AS vector)))::real), ''::bytea) FROM kb_vector WHERE model = :model AND base = ANY(:bases)""")


class VectorTable:
    """The table of vectors in one database. All methods raise DatabaseRefused."""

    def __init__(self, engine: Engine) -> None:
        """Take the database; nothing is asked of it before vectors are."""
        self._engine = engine
        self._is_extended: bool | None = None

    def ready(self) -> bool:
        """Say whether vectors are of the extension's type, having tried for it the first time."""
        if self._is_extended is None:
            self._is_extended, why = extended(self._engine)
            log.info("%(why)s", {"why": why})
        return self._is_extended

    def read(self, base: str) -> dict[str, Matrix]:
        """Return the vectors of a base, (d,) each, by their keys."""
        both = self.ready()
        query = text(_READ_BOTH if both else _READ)
        with reading(self._engine) as connection:
            found = connection.execute(query, {"base": base}).all()
        return {one[0]: _vector(one[1], one[2] if both else None) for one in found}

    def write(
        self, connection: Connection, base: str, model: str, rows: Mapping[str, Matrix]
    ) -> None:
        """Keep these vectors of a base and no others."""
        there = set(connection.execute(_KEYS, {"base": base}).scalars())
        gone = [{"base": base, "key": key} for key in there - rows.keys()]
        if gone:
            connection.execute(_DELETE, gone)
        put, form = (_EMBEDDING, _told) if self.ready() else (_BYTES, _bytes)
        new = iter([key for key in rows if key not in there])
        while batch := list(islice(new, BATCH)):
            given = [{"key": key, "row": form(rows[key])} for key in batch]
            connection.execute(put, [{**one, "base": base, "model": model} for one in given])

    def nearest(self, bases: Sequence[str], model: str, keys: Sequence[str]) -> Ask | None:
        """Return what asks the database for the cosines of these vectors, in their order.

        None where one of them is not there. The vectors are of the extension's type.
        """
        among = {"model": model, "bases": list(bases)}
        with beside(self._engine, EXTENDING) as connection:
            plain = connection.execute(_PLAIN).all()
            if plain:  # they are older than the extension
                raised = [{"id": one, "row": _told(_vector(row, None))} for one, row in plain]
                connection.execute(_RAISE, raised)
            known = {one.key: one.id for one in connection.execute(_IDS, among)}
        if not known.keys() >= set(keys):
            return None
        ids = np.array([known[key] for key in keys], np.int64)
        return lambda question: self._cosines(among, ids, question)

    def _cosines(
        self, among: Mapping[str, object], ids: NDArray[np.int64], question: Matrix
    ) -> Matrix:
        """Return the cosines of vectors with a question's, (d,); all have length 1."""
        try:
            with reading(self._engine) as connection:
                given = {**among, "question": _told(question)}
                found = connection.execute(_COSINES, given).scalar_one()
        except DatabaseRefused as error:
            raise BasesUnreachable(str(error)) from error
        pairs = np.sort(np.frombuffer(found or b"", _PAIR), order="id")
        at = np.searchsorted(pairs["id"], ids)
        if not len(pairs) or not (pairs["id"][np.minimum(at, len(pairs) - 1)] == ids).all():
            raise BasesUnreachable("The vectors of a knowledge base were made anew meanwhile.")
        return pairs["cosine"][at].astype(np.float32)


def extended(engine: Engine) -> tuple[bool, str]:
    """Return whether vectors can be of pgvector's type, made so if need be; and a sentence of it.

    Raises DatabaseRefused.
    """
    if engine.dialect.name == "sqlite":
        return False, "Vectors are compared by numpy: the database is a file."
    with reading(engine) as connection:
        there = bool(connection.execute(_HAS_COLUMN).scalar_one())
        available = connection.execute(_AVAILABLE).scalar()
        installed = connection.execute(_INSTALLED).scalar()
    if there:
        return True, _with(installed)
    if available is None:
        return False, "Vectors are compared by numpy: the server has no extension vector."
    return _extended(engine, available)


def _extended(engine: Engine, version: str) -> tuple[bool, str]:
    try:
        with beside(engine, EXTENDING) as connection:
            for statement in (_EXTEND, _COLUMN):
                connection.exec_driver_sql(statement)
    except (DatabaseError, DatabaseRefused):
        return False, (
            "Vectors are compared by numpy: CREATE EXTENSION vector was refused; an admin of the "
            "database can do it, and the next start of the bot uses it."
        )
    return True, _with(version)


def _with(version: str | None) -> str:
    return f"Vectors are of pgvector {version}; it compares those of {ASKED_FROM} pieces and more."


def _vector(row: bytes | None, sent: bytes | None) -> Matrix:
    """Return a vector from its bytes, or from what pgvector sends: two counts, and the numbers."""
    if row is not None:
        return np.frombuffer(row, "<f4").astype(np.float32)
    return np.frombuffer(sent or b"", ">f4", offset=4).astype(np.float32)


def _bytes(row: Matrix) -> bytes:
    return np.asarray(row, "<f4").tobytes()


def _told(row: Matrix) -> str:
    """Return a vector as pgvector reads it, exactly: more digits than float32 has."""
    return str(np.asarray(row, np.float32).tolist())
