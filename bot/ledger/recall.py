"""What was made before and people still see: the material of what is asked about it."""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from bot.ledger import tables
from bot.ledger.keys import Keys
from bot.ledger.reviewing import newest
from bot.ledger.rows import SEEN, Made, requested, restored, seen
from bot.ledger.sealed import Unreadable
from bot.ledger.spares import ASIDE, PLACEHOLDER
from bot.ledger.writer import Writer
from generators.draft import Content, Request

_TS: Final = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_DAY_MS: Final = 24 * 3_600_000
"""Within so long of a message's time its request was accepted, whoever's clock is wrong."""
_PICTURES: Final = frozenset({"Image", "Grid"})


@dataclass(frozen=True, slots=True)
class Recall:
    """The part of the ledger for answers that others build on."""

    writer: Writer
    keys: Keys

    async def shown(self, request_id: str) -> tuple[Request, Content] | None:
        """Return a request and its answer; None where nobody sees it any more, or can read it."""
        found = await self.made(request_id)
        return None if found is None else (found[0], found[1].content)

    async def made(self, request_id: str) -> tuple[Request, Made] | None:
        """Return a request, and its answer with the model that made it; None as above."""
        return await self.writer.read(lambda session: self._made(session, request_id))

    async def at(self, channel: str, ts: str) -> str:
        """Return the id of the request whose answer a message is, or nothing."""

        def work(session: Session) -> str:
            here = tables.Send.channel == channel, tables.Send.ts == ts, col(tables.Send.part) >= 0
            return session.exec(select(tables.Send.request_id).where(*here)).first() or ""

        return await self.writer.read(work)

    async def is_pictured(self, channel: str, thread_ts: str) -> bool:
        """Tell whether a thread begins with a picture of ours, or our last answer in it is one."""
        if not _TS.fullmatch(thread_ts):
            return False
        about_ms = int(thread_ts.partition(".")[0]) * 1000
        return await self.writer.read(
            lambda session: any(
                _is_picture(session, request_id)
                for find in (_begun, _last)
                if (request_id := find(session, channel, thread_ts, about_ms))
            )
        )

    def _made(self, session: Session, request_id: str) -> tuple[Request, Made] | None:
        row = session.get(tables.Request, request_id)
        if row is None or not seen(row):
            return None
        output, key = newest(session, request_id), self.keys.find(session, row.user)
        if output is None or key is None or row.kept != tables.WHOLE:
            return None
        with suppress(Unreadable):
            return requested(row, key), Made(restored(output, key), output.model)
        return None


def _begun(session: Session, channel: str, thread_ts: str, about_ms: int) -> str | None:
    """Return the request whose answer a thread begins with."""
    row, sent = tables.Request, tables.Send
    here = sent.channel == channel, sent.ts == thread_ts, col(sent.part).in_((ASIDE, PLACEHOLDER))
    then = col(row.created_ms).between(about_ms - _DAY_MS, about_ms + _DAY_MS)
    query = select(row.id).join(sent).where(row.kept == tables.WHOLE, then, *here)
    return session.exec(query.limit(1)).first()


def _last(session: Session, channel: str, thread_ts: str, about_ms: int) -> str | None:
    """Return the request of our last answer in a thread."""
    row = tables.Request
    states, outcomes = SEEN
    here = row.channel == channel, row.thread_ts == thread_ts, col(row.only_for).is_(None)
    there = col(row.state).in_(states), col(row.outcome).in_(outcomes)
    since = row.kept == tables.WHOLE, row.created_ms >= about_ms - _DAY_MS
    latest = col(row.created_ms).desc(), col(row.id).desc()
    query = select(row.id).where(*since, *here, *there).order_by(*latest)
    return session.exec(query.limit(1)).first()


def _is_picture(session: Session, request_id: str) -> bool:
    row, output = session.get(tables.Request, request_id), tables.Output
    kinds = select(output.kind).where(output.request_id == request_id)
    kind = session.exec(kinds.order_by(col(output.attempt).desc()).limit(1)).first()
    return row is not None and seen(row) and kind in _PICTURES
