"""Lets things expire: words first, then verdicts and messages, then the rows of what was used.

In batches of at most 500 requests and 4 MB, a transaction each, with pauses: the writer serves
everybody else in between. Each batch stands in the audit log, under the time that its rows carry.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sqlalchemy import Table, Update, func
from sqlmodel import Session, SQLModel, col, delete, select, update

from bot.ledger import tables
from bot.ledger.chain import Entry, cut
from bot.ledger.guards import door
from bot.ledger.keys import Keys
from bot.ledger.rows import now_ms
from bot.ledger.usage import DAY_MS, rebuild
from bot.ledger.writer import LedgerUnavailable, Writer

log = logging.getLogger(__name__)

BATCH = 500
BATCH_BYTES = 4_000_000
PAUSE_S = 0.1
"""Between two batches."""
EVERY_S = 3600.0
_ROW = tables.Request
_DONE = col(_ROW.state) == "done"
_GONE = (
    tables.Verdict,
    tables.Output,
    tables.Send,
    tables.Review,
    tables.Reply,
    tables.Lesson,
)
"""Tables of which nothing is kept of a request that is older than its metadata may be."""

_BYTES = select(func.coalesce(func.sum(func.length(col(tables.Output.blob))), 0))
SIZED = select(_ROW.id, _BYTES.where(tables.Output.request_id == _ROW.id).scalar_subquery())
"""Requests, and how many bytes of pictures or speech each has."""

Batch = Callable[[Session, Sequence[str], int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept, in days since the request was made."""

    contents_days: int
    metadata_days: int
    usage_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep did, in requests, and in rows of the audit log."""

    ended: int = 0
    """Held answers that nobody decided on in time."""
    emptied: int = 0
    trimmed: int = 0
    removed: int = 0
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Looks every hour for what has expired."""

    writer: Writer
    keys: Keys
    retention: Retention

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep(now_ms())
            except LedgerUnavailable as error:
                log.warning("what has expired waits for the next sweep: %s", error)
            await asyncio.sleep(EVERY_S)

    async def sweep(self, now: int) -> Swept:
        """Let everything expire that is too old at a moment."""
        days = self.retention
        words, metadata, used = (
            now - count * DAY_MS
            for count in (days.contents_days, days.metadata_days, days.usage_days)
        )
        await self.writer.read(self.keys.forget)
        return Swept(
            ended=await self.writer.write(lambda session: _end(session, words)),
            emptied=await self._each(tables.WHOLE, words, self._empty),
            trimmed=await self._each(tables.EMPTIED, metadata, self._trim),
            removed=await self._each(tables.TRIMMED, used, self._remove),
            cut=await self.writer.write(lambda s: self._cut(s, used)),
        )

    async def _each(self, kept: int, before_ms: int, batch: Batch) -> int:
        count = 0
        while ids := await self.writer.read(lambda session: _old(session, kept, before_ms)):
            done = await self.writer.write(lambda session, ids=ids: batch(session, ids, now_ms()))
            count += done
            if not done:
                break
            await asyncio.sleep(PAUSE_S)
        return count

    def _empty(self, session: Session, ids: Sequence[str], now: int) -> int:
        emptied = empty(session, ids, now)
        return self._logged(session, "empty", emptied, now)

    def _trim(self, session: Session, ids: Sequence[str], now: int) -> int:
        with door(session, "retention"):
            for table in _GONE:
                session.execute(delete(table).where(col(table.request_id).in_(ids)))
        nothing = {"thread_ts": None, "only_for": None, "refusal": None, "verdict_rows": 0}
        less = update(_ROW).where(col(_ROW.id).in_(ids), col(_ROW.kept) == tables.EMPTIED)
        changed = less.values(kept=tables.TRIMMED, swept_ms=now, **nothing)
        return self._logged(session, "trim", len(_ids(session, changed)), now)

    def _remove(self, session: Session, ids: Sequence[str], now: int) -> int:
        still = select(_ROW.id).where(col(_ROW.id).in_(ids), col(_ROW.kept) == tables.TRIMMED)
        old = session.exec(still).all()
        used = select(tables.Usage.at_ms).where(col(tables.Usage.request_id).in_(old))
        days = {at_ms // DAY_MS for at_ms in session.exec(used)}
        with door(session, "retention"):
            for table in _referring():
                session.execute(table.delete().where(table.c.request_id.in_(old)))
            session.execute(delete(_ROW).where(col(_ROW.id).in_(old)))
        rebuild(session, days)
        return self._logged(session, "remove", len(old), now)

    def _cut(self, session: Session, before_ms: int) -> int:
        session.execute(delete(tables.Warned).where(col(tables.Warned.since_ms) < before_ms))
        with door(session, "retention"):
            return cut(session, self.keys.chain(session), before_ms)

    def _logged(self, session: Session, action: str, count: int, now: int) -> int:
        entry = Entry(actor="retention", action=action, object="request", detail=f"{count}")
        if count:
            self.keys.log(session, entry, now)
        return count


def empty(session: Session, ids: Sequence[str], now: int) -> int:
    """Take the words out of these requests and their outputs; return how many had any."""
    words = update(_ROW).where(col(_ROW.id).in_(ids), col(_ROW.kept) < tables.EMPTIED)
    changed = words.values(prompt=b"", flags=b"", refusal=None, kept=tables.EMPTIED, swept_ms=now)
    emptied = _ids(session, changed)
    outputs = update(tables.Output).where(col(tables.Output.request_id).in_(emptied))
    session.execute(outputs.values(text=b"", blob=b"", details=b""))
    reviews = update(tables.Review).where(col(tables.Review.request_id).in_(emptied))
    session.execute(reviews.values(note=b"", original=b""))
    replies = update(tables.Reply).where(col(tables.Reply.request_id).in_(emptied))
    session.execute(replies.values(text=b""))
    lessons = update(tables.Lesson).where(col(tables.Lesson.request_id).in_(emptied))
    session.execute(lessons.values(question=b"", answer=b""))
    return len(emptied)


def bounded(found: Sequence[tuple[str, int]]) -> Sequence[str]:
    """Return the first ids whose sizes are together within a batch's, and at least one."""
    sums = list(accumulate(size for _, size in found))
    within = bisect_right(sums, BATCH_BYTES)
    return [request_id for request_id, _ in found[: max(1, within)]]


def _old(session: Session, kept: int, before_ms: int) -> Sequence[str]:
    old = col(_ROW.kept) == kept, col(_ROW.created_ms) < before_ms, _DONE
    found = session.exec(SIZED.where(*old).order_by(col(_ROW.created_ms)).limit(BATCH))
    return bounded(found.all())


def _end(session: Session, before_ms: int) -> int:
    held = update(_ROW).where(col(_ROW.state) == "held", col(_ROW.created_ms) < before_ms)
    ended = held.values(state="ready", outcome="expired", notice="EXPIRED", lease_until_ms=0)
    return len(_ids(session, ended))


def _ids(session: Session, changed: Update) -> Sequence[str]:
    return session.scalars(changed.returning(col(_ROW.id))).all()


def _referring() -> Sequence[Table]:
    """Return every table that refers to a request, those first that others do not refer to."""
    known = reversed(SQLModel.metadata.sorted_tables)
    return [table for table in known if "request_id" in table.c]
