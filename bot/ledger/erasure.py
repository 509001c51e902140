"""Erases a person: their key first, then their words, then their name.

Wherever this is interrupted, the key is gone from the first commit on, and to run it again finishes
the rest. A copy of the database from before holds that key, too, wrapped; the master keys forget
it, so that nobody can unwrap it there either.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, case, func, literal
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.guards import door
from bot.ledger.keys import Keys
from bot.ledger.retention import BATCH, SIZED, bounded, empty
from bot.ledger.rows import now_ms
from bot.ledger.sealing import scrub
from bot.ledger.usage import DAY_MS, rebuild

WAIT_S = 30.0
"""How long a bot gets to tell the person that their open requests ended."""
LOOK_S = 0.2
_REQUEST, _USAGE, _VERDICT, _KEY = tables.Request, tables.Usage, tables.Verdict, tables.DataKey
_OPEN = col(_REQUEST.state) != "done"
_LIVE = col(_KEY.destroyed_ms).is_(None)
_PLACES = (
    col(_REQUEST.user),
    col(_REQUEST.only_for),
    col(_USAGE.user),
    col(_VERDICT.reviewer),
    col(_KEY.user),
    col(tables.Flow.user),
    col(tables.Warned.user),
    col(tables.Review.claimed_by),
    col(tables.Review.decided_by),
    col(tables.Reply.decided_by),
    col(tables.Lesson.customer),
    col(tables.Lesson.decided_by),
    col(tables.Schedule.owner),
)
"""Where the database names people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did."""

    pseudonym: str
    """What stands for the person from now on."""
    keys: int = 0
    requests: int = 0
    """Requests whose words were taken out."""
    usage: int = 0
    """Usage rows that name the pseudonym from now on."""
    open: int = 0
    """Requests that ended, but of which nobody was told yet: the name is still there for that."""
    forgotten: bool = False
    """Whether the master keys have forgotten the key, so that old copies are unreadable, too."""
    scrubbed: bool = False
    """Whether the database's own log holds nothing of it any more."""

    @property
    def told(self) -> str:
        """What was done, in a line for the operator."""
        keys = "1 key" if self.keys == 1 else f"{self.keys} keys"
        done = f"{keys} destroyed, the words of {self.requests} requests erased"
        if self.open:
            return (
                f"{done}; {self.open} requests ended, and their person was not told yet. Run this "
                "again while a bot is at work, or with --unseen."
            )
        if not self.forgotten:
            done += (
                "; the master keys are in no file and forget nothing, so older copies of the "
                "database stay readable with them"
            )
        if not self.scrubbed:
            done += "; somebody reads the database, so run this again to clean its log"
        return f"{done}; {self.usage} usage rows name {self.pseudonym} from now on."


def erase(
    engine: Engine, keys: Keys, user: str, *, wait_s: float = WAIT_S, unseen: bool = False
) -> Erased:
    """Erase a person; what they ask from now on is kept under a new key.

    Open requests end, and their person is told so by a bot that is at work; `unseen` does not wait
    for that. Where nothing is left to erase, nothing changes.
    """
    return _Erasure(engine, keys, user, now_ms()).run(wait_s, unseen=unseen)


@dataclass(frozen=True, slots=True)
class _Erasure:
    engine: Engine
    keys: Keys
    user: str
    at_ms: int

    def run(self, wait_s: float, *, unseen: bool) -> Erased:
        """Take the steps, each in transactions of its own."""
        with self._transaction(read=True) as session:
            pseudonym = self.keys.pseudonym(session, self.user)
            named = (session.exec(one.limit(1)).first() for one in self._named())
            if not any(named):
                forgotten = self.keys.forget(session)
                return Erased(pseudonym=pseudonym, forgotten=forgotten, scrubbed=True)
        destroyed = self._one(lambda session: self._destroy(session, pseudonym))
        with self._transaction(read=True) as session:
            forgotten = self.keys.forget(session)
        emptied = self._repeated(self._empty)
        left = self._one(self._close) if unseen else self._unseen(wait_s)
        renamed = 0 if left else self._renamed(pseudonym)
        return Erased(
            pseudonym=pseudonym,
            keys=destroyed,
            requests=emptied,
            usage=renamed,
            open=left,
            forgotten=forgotten,
            scrubbed=scrub(self.engine),
        )

    def _named(self) -> Iterator[SelectOfScalar[int]]:
        """Yield a query for each place where the database may name them."""
        for place in _PLACES:
            yield select(literal(1)).where(place == self.user)

    def _destroy(self, session: Session, pseudonym: str) -> int:
        """Make the words unreadable at once, and end what is open."""
        ended = update(_REQUEST).where(*self._asked(), _OPEN)
        session.execute(
            ended.values(
                state="ready", outcome="failed", notice="ERASED", owner=None, lease_until_ms=0
            )
        )
        self._unschedule(session)
        self._unlearn(session, pseudonym)
        mine = update(_KEY).where(col(_KEY.user) == self.user)
        when = func.coalesce(col(_KEY.destroyed_ms), self.at_ms)
        gone = mine.values(wrapped=b"", destroyed_ms=when).returning(col(_KEY.id))
        entry = Entry(actor="operator", action="erase", object=pseudonym)
        self.keys.log(session, entry, self.at_ms)
        return len(session.execute(gone).all())

    def _empty(self, session: Session) -> int:
        full = SIZED.where(*self._asked(), col(_REQUEST.kept) < tables.EMPTIED).limit(BATCH)
        return empty(session, bounded(session.exec(full).all()), self.at_ms)

    def _close(self, session: Session) -> int:
        """End what is open without telling anybody."""
        unseen = update(_REQUEST).where(*self._asked(), _OPEN)
        ends = {"state": "done", "outcome": "undeliverable", "finished_ms": self.at_ms}
        session.execute(unseen.values(**ends))
        return 0

    def _unseen(self, wait_s: float) -> int:
        """Return how many requests nobody was told of yet, after waiting for a bot to do so."""
        until = time.monotonic() + wait_s
        while True:
            with self._transaction(read=True) as session:
                left = len(session.exec(select(_REQUEST.id).where(*self._asked(), _OPEN)).all())
            if not left or time.monotonic() >= until:
                return left
            time.sleep(LOOK_S)

    def _renamed(self, pseudonym: str) -> int:
        """Put the pseudonym wherever the name stands; return in how many usage rows."""
        self._repeated(lambda session: self._rename_requests(session, pseudonym))
        usage = self._repeated(lambda session: self._rename_day(session, pseudonym))
        with self._transaction() as session, door(session, "erase"):
            decided = update(_VERDICT).where(col(_VERDICT.reviewer) == self.user)
            session.execute(decided.values(reviewer=pseudonym))
            for column in (col(tables.Review.claimed_by), col(tables.Review.decided_by)):
                named = update(tables.Review).where(column == self.user)
                session.execute(named.values({column: pseudonym}))
            sent = update(tables.Reply).where(col(tables.Reply.decided_by) == self.user)
            session.execute(sent.values(decided_by=pseudonym))
            taught = update(tables.Lesson).where(col(tables.Lesson.decided_by) == self.user)
            session.execute(taught.values(decided_by=pseudonym))
            session.execute(delete(tables.Flow).where(col(tables.Flow.user) == self.user))
            session.execute(delete(tables.Warned).where(col(tables.Warned.user) == self.user))
            gone = update(_KEY).where(col(_KEY.user) == self.user, ~_LIVE)
            session.execute(gone.values(user=pseudonym))
            entry = Entry(actor="operator", action="erased", object=pseudonym)
            self.keys.log(session, entry, self.at_ms)
        return usage

    def _unschedule(self, session: Session) -> None:
        """Let nothing run in their name any more."""
        theirs = select(tables.Schedule.id).where(col(tables.Schedule.owner) == self.user)
        for rows in (tables.Fire, tables.ToldEntry, tables.WatchState):
            session.execute(delete(rows).where(col(rows.schedule_id).in_(theirs)))
        session.execute(delete(tables.Schedule).where(col(tables.Schedule.owner) == self.user))

    def _unlearn(self, session: Session, pseudonym: str) -> None:
        """Let nothing be learnt any more of what they wrote to others who drafted an answer."""
        theirs = update(tables.Lesson).where(col(tables.Lesson.customer) == self.user)
        session.execute(theirs.values(customer=pseudonym, question=b"", answer=b""))

    def _rename_requests(self, session: Session, pseudonym: str) -> int:
        theirs = select(_REQUEST.id).where(*self._asked()).limit(BATCH)
        ids = session.exec(theirs).all()
        sent = update(tables.Send).where(col(tables.Send.request_id).in_(ids))
        session.execute(sent.values(channel=self._public(col(tables.Send.channel), pseudonym)))
        only_for = case((col(_REQUEST.only_for).is_not(None), pseudonym))
        named = update(_REQUEST).where(col(_REQUEST.id).in_(ids))
        channel = self._public(col(_REQUEST.channel), pseudonym)
        session.execute(named.values(user=pseudonym, only_for=only_for, channel=channel))
        return len(ids)

    def _rename_day(self, session: Session, pseudonym: str) -> int:
        """Rename the usage rows of one day, and make that day's sums anew."""
        theirs = col(_USAGE.user) == self.user, col(_USAGE.at_ms) <= self.at_ms
        when = select(_USAGE.at_ms).where(*theirs).order_by(col(_USAGE.at_ms))
        oldest = session.exec(when.limit(1)).first()
        if oldest is None:
            return 0
        day = oldest // DAY_MS
        of_day = update(_USAGE).where(*theirs, col(_USAGE.at_ms) < (day + 1) * DAY_MS)
        channel = self._public(col(_USAGE.channel), pseudonym)
        with door(session, "erase"):
            renamed = session.execute(
                of_day.values(user=pseudonym, channel=channel).returning(col(_USAGE.id))
            ).all()
        rebuild(session, {day})
        return len(renamed)

    def _public(self, channel: Mapped[str], pseudonym: str) -> ColumnElement[str]:
        """Return a channel; in place of direct messages, which name their person, a pseudonym.

        They stand there by the person's own id until they are opened.
        """
        direct = channel.startswith("D") | (channel == self.user)
        return case((direct, pseudonym), else_=channel)

    def _asked(self) -> tuple[ColumnElement[bool], ...]:
        return col(_REQUEST.user) == self.user, col(_REQUEST.created_ms) <= self.at_ms

    def _repeated(self, batch: Callable[[Session], int]) -> int:
        count = 0
        while done := self._one(batch):
            count += done
        return count

    def _one(self, batch: Callable[[Session], int]) -> int:
        with self._transaction() as session:
            return batch(session)

    @contextmanager
    def _transaction(self, *, read: bool = False) -> Iterator[Session]:
        engine = self.engine.execution_options(atelier_read=read)
        with Session(engine) as session, session.begin():
            yield session
