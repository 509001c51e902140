"""Half-made pictures that a message shows for a while: which file each is, and what let it go.

The part of such a file names the verdict over exactly what is in it: `SKETCH` and the verdict's id.
So none is uploaded that the gate has not let go, and an audit can ask for each (P2). The row is
written before the first byte is sent; what a crash leaves behind is found by it
(`bot.ledger.deleting`).
"""

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from bot.ledger import sends, tables
from bot.ledger.keys import Keys
from bot.ledger.posted import Posted, taken_back
from bot.ledger.writer import Writer
from generators.draft import Request

SKETCH: Final = 1 << 24
"""The parts from here on are such files; no answer has so many pages."""


class Unjudged(Exception):  # noqa: N818 - reads as the state it names
    """No verdict lets this picture go, or the one that did has let it go already."""


@dataclass(frozen=True, slots=True)
class Sketched:
    """The part of the ledger for half-made pictures."""

    writer: Writer
    keys: Keys

    async def uploading(self, request: Request, sha256: str, spot: tuple[str, str]) -> Posted:
        """Write down which file (channel, id) is about to get what has this fingerprint.

        Raises Unjudged, LedgerUnavailable.
        """
        channel, file_id = spot

        def work(session: Session) -> Posted:
            part = SKETCH + self._verdict(session, request, sha256)
            if sends.sending(session, request.id.hex, part, channel) is not None:
                raise Unjudged(request.name)
            sends.sent(session, request.id.hex, part, spot)
            return Posted(request.id.hex, part, channel, file_id)

        return await self.writer.write(work)

    async def removed(self, file: Posted) -> None:
        """Write down that a file is no more."""
        await self.writer.write(lambda session: taken_back(session, file))

    def _verdict(self, session: Session, request: Request, sha256: str) -> int:
        """Return the id of the newest verdict that lets this go."""
        row, key = tables.Verdict, self.keys.of(session, request.user)
        same = row.request_id == request.id.hex, row.sha256 == key.mark(sha256)
        let = row.direction == "output", col(row.action).in_(("allow", "redact"))
        newest = select(row.id).where(*same, *let).order_by(col(row.id).desc())
        found = session.exec(newest.limit(1)).first()
        if found is None:
            raise Unjudged(request.name)
        return found
