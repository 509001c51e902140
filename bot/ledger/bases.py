"""Knowledge bases in the ledger's database, for bots on several machines that share it.

An import is one transaction, and those into one base wait for each other. The ledger's writers do
not wait for them: nothing of the ledger depends on a base.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice

from sqlalchemy import Connection, Engine, func, select, text
from sqlmodel import col

from bot.ledger.database import DatabaseRefused, beside, reading
from bot.ledger.shelves import KbArticle, KbBase
from bot.ledger.vectors import ASKED_FROM, VectorTable
from generators.support.article import Article
from generators.support.bases import (
    Ask,
    BasesUnreachable,
    Entry,
    Import,
    Matrix,
    NoSuchBase,
    Removed,
    Report,
    Room,
    Stamp,
    checked,
    entry,
    missing,
    noted,
    now,
    searched,
    size_chars,
)
from generators.support.fields import Skipped

BATCH = 5_000

_PUT = text("""INSERT INTO kb_article (base, key, place, live, chars, entry)
VALUES (:base, :key, :place, :live, :chars, :entry) ON CONFLICT (base, key)
DO UPDATE SET live = excluded.live, chars = excluded.chars, entry = excluded.entry""")
_STAMP = text("""INSERT INTO kb_base (name, stamp) VALUES (:name, 1)
ON CONFLICT (name) DO UPDATE SET stamp = kb_base.stamp + 1""")


class StoredBases:
    """Every knowledge base of a database. Implements `generators.support.bases.Bases`."""

    def __init__(self, engine: Engine, *, asked_from: int = ASKED_FROM) -> None:
        """Take the database, of the newest schema, and from how many pieces on it compares."""
        self._engine = engine
        self._asked_from = asked_from
        self._vectors = VectorTable(engine)

    def names(self) -> list[str]:
        """Return the names of the bases that hold something; "demo" where nothing was added."""
        return searched(self._made())

    def has(self, name: str) -> bool:
        """Say whether a base was made; the demo that comes along was not."""
        return checked(name) in self._made()

    def stamps(self, name: str = "") -> Mapping[str, Stamp]:
        """Return how often a base, or each, was changed; zeros for the demo that comes along."""
        made = self._made()
        names = [checked(name)] if name else searched(made)
        return {each: (made.get(each, 0), 0) for each in names}

    def articles(self, name: str) -> list[Article]:
        """Return a base's articles in the order in which they were first added."""
        found = self._held(name)
        if found is None:
            return missing(name)
        return [one for one in found if isinstance(one, Article)]

    def removed(self, name: str) -> list[Removed]:
        """Return what is left of the documents that were taken out of a base."""
        return [one for one in self._held(name) or () if isinstance(one, Removed)]

    def add(self, name: str, found: Iterable[Article | Skipped]) -> Report:
        """Add articles to a base; one whose id is there already is replaced in its place.

        Nothing is written before everything was read, and nothing where nothing is new.
        """
        checked(name)
        given = Import.of(found)
        if not given.taken:
            return given.into({}, Room(0, 0))[1]
        with self._changing(name) as connection:
            before = _known(connection, name, list(given.taken))
            written, report = given.into(before, _beside(connection, name, before))
            _write(connection, name, list(written.values()))
        return report

    def remove(self, name: str, ids: Sequence[str]) -> list[str]:
        """Take documents out of a base; return the ids of those that were in it.

        Raises `NoSuchBase` where there is none of this name, or only the demo that comes along.
        """
        if not self.has(name):
            raise NoSuchBase(f"There is no knowledge base named {name}.")
        with self._changing(name) as connection:
            before = _known(connection, name, ids)
            out = [each for each in dict.fromkeys(ids) if isinstance(before.get(each), Article)]
            _write(connection, name, [Removed(one, before[one].version, now()) for one in out])
        return out

    def entries(self, name: str) -> list[Entry]:
        """Return all that is held of a base; raise `NoSuchBase` where it was not made."""
        found = self._held(name)
        if found is None:
            raise NoSuchBase(f"There is no knowledge base named {name}.")
        return found

    def put(self, name: str, entries: Sequence[Entry]) -> bool:
        """Make a base of what another place held; do nothing and return False if it is there."""
        with self._changing(name) as connection:
            if name in _made(connection):
                return False
            connection.execute(_STAMP, {"name": name})
            _write(connection, name, entries)
        return True

    def rows(self, name: str) -> "StoredRows":
        """Return the vectors of a base."""
        return StoredRows(checked(name), self)

    def asks(self, pieces: int) -> bool:
        """Say whether the database compares the vectors of so many pieces."""
        with reached():
            return pieces >= self._asked_from and self._vectors.ready()

    def nearest(self, names: Sequence[str], model: str, keys: Sequence[str]) -> Ask | None:
        """Return what compares vectors in the database; None where it has not all of them."""
        with reached():
            return self._vectors.nearest(names, model, keys)

    def read_rows(self, name: str) -> dict[str, Matrix]:
        """Return the vectors of a base by their keys."""
        with reached():
            return self._vectors.read(name)

    def write_rows(self, name: str, model: str, rows: Mapping[str, Matrix]) -> None:
        """Keep these vectors of a base and no others."""
        with reached():
            self._vectors.ready()
        with self._changing(name) as connection:
            self._vectors.write(connection, name, model, rows)

    def _made(self) -> dict[str, int]:
        with reached(), reading(self._engine) as connection:
            return _made(connection)

    def _held(self, name: str) -> list[Entry] | None:
        """Return a base's entries; None where it was not made."""
        checked(name)
        query = select(col(KbArticle.entry)).where(col(KbArticle.base) == name)
        with reached(), reading(self._engine) as connection:
            if name not in _made(connection):
                return None
            lines = connection.execute(query.order_by(col(KbArticle.place))).scalars().all()
        return [entry(json.loads(line)) for line in lines]

    @contextmanager
    def _changing(self, name: str) -> Iterator[Connection]:
        with reached(), beside(self._engine, _lock(name)) as connection:
            yield connection


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The vectors of one base in a database."""

    name: str
    bases: StoredBases

    def read(self) -> dict[str, Matrix]:
        """Return every vector by its key."""
        return self.bases.read_rows(self.name)

    def write(self, model: str, rows: Mapping[str, Matrix]) -> None:
        """Keep these vectors and no others."""
        self.bases.write_rows(self.name, model, rows)


@contextmanager
def reached() -> Iterator[None]:
    """Let what a database refuses be what generators know: `BasesUnreachable`."""
    try:
        yield
    except DatabaseRefused as error:
        raise BasesUnreachable(str(error)) from error


def _lock(name: str) -> int:
    """Return the number of a base's advisory lock, a signed one of 64 bits."""
    told = hashlib.sha256(f"atelier kb {name}".encode()).digest()[:8]
    return int.from_bytes(told, signed=True)


def _made(connection: Connection) -> dict[str, int]:
    found = connection.execute(select(col(KbBase.name), col(KbBase.stamp)))
    return {one.name: one.stamp for one in found}


def _known(connection: Connection, name: str, ids: Sequence[str]) -> dict[str, Entry]:
    """Return what a base holds of these ids."""
    found: dict[str, Entry] = {}
    keys = iter([_key(one) for one in ids])
    while batch := list(islice(keys, BATCH)):
        among = col(KbArticle.base) == name, col(KbArticle.key).in_(batch)
        for line in connection.execute(select(col(KbArticle.entry)).where(*among)).scalars():
            one = entry(json.loads(line))
            found[one.id] = one
    return found


def _beside(connection: Connection, name: str, before: Mapping[str, Entry]) -> Room:
    """Return what a base holds beside these documents."""
    held = select(func.count(), func.coalesce(func.sum(col(KbArticle.chars)), 0))
    found = connection.execute(held.where(col(KbArticle.base) == name, col(KbArticle.live)))
    documents, chars = found.one()
    ours = [size_chars(one) for one in before.values() if isinstance(one, Article)]
    return Room(documents - len(ours), int(chars) - sum(ours))


def _write(connection: Connection, name: str, entries: Sequence[Entry]) -> None:
    """Write entries, those of new ids at the end, and tell every instance."""
    if not entries:
        return
    connection.execute(_STAMP, {"name": name})
    last = select(func.coalesce(func.max(col(KbArticle.place)), 0))
    places = count(connection.execute(last.where(col(KbArticle.base) == name)).scalar_one() + 1)
    connection.execute(_PUT, [_row(name, next(places), one) for one in entries])


def _row(name: str, place: int, one: Entry) -> dict[str, object]:
    live = isinstance(one, Article)
    return {
        "base": name,
        "key": _key(one.id),
        "place": place,
        "live": live,
        "chars": size_chars(one) if isinstance(one, Article) else 0,
        "entry": json.dumps(noted(one), ensure_ascii=False),
    }


def _key(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
