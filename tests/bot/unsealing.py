"""Reads what a ledger has sealed, as only somebody with the master keys can."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from bot.ledger import tables
from bot.ledger.database import connect
from bot.ledger.keys import Keys
from bot.ledger.rows import requested, restored
from bot.ledger.sealed import DataKey
from generators.draft import Content, Request, Text, fingerprint, words
from tests.bot.builders import keys


@contextmanager
def _read(where: Path | str) -> Iterator[Session]:
    engine = connect(where if isinstance(where, str) else f"sqlite:///{where}")
    try:
        with Session(engine.execution_options(atelier_read=True)) as session:
            yield session
    finally:
        engine.dispose()


def _key(session: Session, user: str, given: Keys | None) -> DataKey:
    found = (given or keys()).find(session, user)
    assert found is not None
    return found


def asked(where: Path | str, given: Keys | None = None) -> list[Request]:
    """Return what was asked, the oldest first."""
    with _read(where) as session:
        found = session.exec(select(tables.Request).order_by(col(tables.Request.created_ms))).all()
        known = given or keys()
        return [requested(row, known.find(session, row.user)) for row in found]


def prompts(where: Path | str, given: Keys | None = None) -> list[str]:
    """Return only the prompts."""
    return [one.prompt for one in asked(where, given)]


def allowed(
    where: Path | str, given: Keys | None = None, actions: tuple[str, ...] = ("allow", "redact")
) -> set[str]:
    """Return the words of every output that has a verdict which lets it be shown."""
    return set(map(words, outputs(where, given, actions)))


def outputs(
    where: Path | str, given: Keys | None = None, actions: tuple[str, ...] = ("allow", "redact")
) -> list[Content]:
    """Return every output that has a verdict of these, and can be read."""
    let = col(tables.Verdict.action).in_(actions), tables.Verdict.direction == "output"
    same = col(tables.Verdict.sha256) == col(tables.Output.sha256)
    query = select(tables.Output, tables.Request.user).join(tables.Request).distinct()
    known = given or keys()
    with _read(where) as session:
        found = session.exec(query.join(tables.Verdict, same).where(*let)).all()
        opened = ((row, known.find(session, user)) for row, user in found)
        made = [restored(row, key) for row, key in opened if key is not None and row.text]
        return [*made, *_replies(session, known, let)]


def _replies(
    session: Session, known: Keys, let: tuple[ColumnElement[bool] | bool, ...]
) -> Iterator[Content]:
    """Yield every reply to a customer whose exact words have such a verdict."""
    marks = set(session.exec(select(tables.Verdict.sha256).where(*let)).all())
    for row, user in session.exec(select(tables.Reply, tables.Request.user).join(tables.Request)):
        key = known.find(session, user)
        if key is not None and row.text:
            said = Text(key.read(f"reply.text:{row.request_id}", row.text))
            if key.mark(fingerprint(said)) in marks:
                yield said


def emptied(where: Path | str) -> set[str]:
    """Return the requests whose words have expired or were erased, or whose key is gone."""
    with _read(where) as session:
        gone = select(tables.Request.id).where(col(tables.Request.kept) != tables.WHOLE)
        return set(session.exec(gone).all())


def lets(
    where: Path | str,
    hashes: list[str],
    given: Keys | None = None,
    actions: tuple[str, ...] = ("allow", "redact"),
) -> bool:
    """Tell whether some verdict of these is about a content that has one of these hashes."""
    known = given or keys()
    query = select(tables.Verdict).where(
        col(tables.Verdict.action).in_(actions), tables.Verdict.direction == "output"
    )
    with _read(where) as session:
        users = session.exec(select(tables.DataKey.user)).all()
        found = [key for user in users if (key := known.find(session, user))]
        marks = [key.mark(sha256) for key in found for sha256 in hashes]
        return session.exec(query.where(col(tables.Verdict.sha256).in_(marks))).first() is not None
