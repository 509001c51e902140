"""What people report: an answer goes to the reviewers, who take it back or let it stay.

What counts is in the ledger (`bot.ledger.objections`); what is taken back is shown anew by a worker
like what was rejected. What else there is of an answer is removed here, or later where that fails.
"""

import asyncio
import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.delivery.delivery import Delivery
from bot.delivery.posting import Undeliverable
from bot.delivery.slack import OutcomeUnknown, SlackRefused
from bot.intake.meanings import Decision, Press
from bot.ledger.objections import REPORTERS, Objections
from bot.ledger.posted import Posted
from bot.ledger.reviewing import REPORT, Taken
from bot.ledger.writer import LedgerUnavailable
from bot.reviews import LOOK_S, Reviews
from bot.views.notices import Notice
from bot.views.review import REASONS, reporting
from generators.draft import Destination, Request, UserId
from generators.sentences import language

log = logging.getLogger(__name__)

PRESSES: Final = frozenset({"report", "reported"})
_WHY: Final[Mapping[Taken, Notice]] = MappingProxyType(
    {
        "decided": Notice.NOT_YOURS,
        "own": Notice.NOT_YOURS,
        "elsewhere": Notice.CLAIMED_ELSEWHERE,
        "again": Notice.DECIDED_BEFORE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The way from a person who reports an answer to a reviewer, and back."""

    objections: Objections
    reviews: Reviews
    delivery: Delivery

    async def press(self, press: Press) -> None:
        """Ask a person why they report an answer, or take their report."""
        request_id = press.request_id
        if not request_id:
            request_id = await self.objections.at(press.here.channel, press.ts) or ""
        request = await self.reviews.desk.asked(request_id) if request_id else None
        if request is None or self.reviews.roles.is_outsider(press.team):
            await self._refuse(press)
        elif press.what == "report":
            form = reporting(request_id, language(request.prompt))
            await self.reviews.open(press.trigger_id, form, press.person)
        else:
            await self._file(press, request)

    async def decide(self, decision: Decision) -> bool:
        """Take a reviewer's decision on a report; tell them if it is not theirs to take."""
        who, request_id = decision.reviewer, decision.request_id
        if not await self.reviews.may_review(who, decision.team):
            await self.reviews.whisper(Notice.NOT_A_REVIEWER, who)
            return False
        back = not decision.approve
        taken = await self.objections.rule(request_id, who, take_back=back)
        if taken != "taken":
            await self.reviews.whisper(_WHY[taken], who)
            return False
        request = await self.reviews.desk.asked(request_id)
        if request is not None:
            await self._tell(request, Notice.REPORT_UPHELD if back else Notice.REPORT_DISMISSED)
            closing = Notice.TAKEN_BACK_CARD if back else Notice.DISMISSED_CARD
            await self.delivery.close_card(request, closing, REPORT)
        await self.clear()
        return True

    async def watch(self) -> None:
        """Ask where nobody could be asked, and remove what could not be, until cancelled."""
        while True:
            try:
                await self.look()
            except (LedgerUnavailable, SlackRefused, OutcomeUnknown) as error:
                about = {"error": type(error).__name__}
                log.warning("reports are looked after later: %(error)s", about)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Show reviewers what they have no card of, and remove what is left of answers."""
        for item in await self.reviews.desk.waiting():
            request = await self.reviews.desk.asked(item.request_id)
            if item.round == REPORT and not item.ts and request is not None:
                await self._show(request, "")
        await self.clear()

    async def clear(self) -> None:
        """Remove what is left of answers that were taken back, beside their one message."""
        for message in await self.objections.left():
            if await self._removed(message):
                await self.objections.removed(message)

    async def _file(self, press: Press, request: Request) -> None:
        reason = press.reason if press.reason in REASONS else "other"
        part = part_for(press.person)
        told = {one.part for one in await self.objections.told(request.id.hex)}
        if part in told:
            return  # a form that was sent twice
        filed = await self.objections.file(request.id.hex, press.person, reason)
        if filed == "closed":
            await self._refuse(press)
            return
        try:
            await self.delivery.tell_reporter(request, part, press.person)
        except Undeliverable:
            log.warning("who reported %(request)s cannot be told", {"request": request.name})
        if filed == "opened":
            await self._show(request, Notice[f"REASON_{reason.upper()}"].text("en"))

    async def _show(self, request: Request, reason: str) -> None:
        made = await self.reviews.ledger.output(request)
        channel = await self.reviews.place()
        if made is None or not channel:
            return
        try:
            await self.delivery.show_report(request, made, channel, reason)
        except Undeliverable:
            about = {"channel": self.reviews.channel}
            log.exception("no reviewer can be asked: is the app in #%(channel)s?", about)

    async def _tell(self, request: Request, item: Notice) -> None:
        for message in await self.objections.told(request.id.hex):
            try:
                await self.delivery.retell_reporter(request, (message.channel, message.ts), item)
            except (SlackRefused, OutcomeUnknown):
                log.warning("who reported %(request)s is not told", {"request": request.name})

    async def _refuse(self, press: Press) -> None:
        here = press.here if press.here.channel else Destination(channel=press.person)
        await self.delivery.whisper(here, Notice.NOT_REPORTABLE, press.person, "en")

    async def _removed(self, message: Posted) -> bool:
        try:
            await self.reviews.slack.delete(message.channel, message.ts)
        except (SlackRefused, OutcomeUnknown):
            log.warning("a part of an answer that was taken back is still there")
            return False
        return True


def part_for(person: UserId) -> int:
    """Return which message of a request is the one to a person who reported it."""
    return REPORTERS - zlib.crc32(person.encode()) % (1 << 30)
