"""The presses under a picture that ask for no other one: delete it, or describe a change of it."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from bot.delivery.delivery import Delivery
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.intake.meanings import Press
from bot.intake.pictured import CHANGE, DELETE, read
from bot.ledger.deleting import Deleting
from bot.ledger.reviewing import Desk
from bot.ledger.writer import LedgerUnavailable
from bot.roles import Roles
from bot.views.notices import Notice
from bot.views.pictured import changing
from generators.draft import Destination
from generators.sentences import Language, language

log = logging.getLogger(__name__)

PRESSES: Final = frozenset({DELETE, CHANGE})
LOOK_S: Final = 600.0
"""How often it is looked for messages that could not be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The way from a press to what comes of it."""

    deleting: Deleting
    desk: Desk
    roles: Roles
    slack: Slack
    delivery: Delivery

    async def press(self, press: Press) -> None:
        """Delete an answer for who asked for it, or show the form; say why where neither can be."""
        request = await self.desk.asked(press.request_id)
        speech: Language = language(request.prompt) if request else "en"
        if self.roles.is_outsider(press.team):
            await self._tell(press, Notice.NOT_YOURS_TO_DELETE, speech)
        elif press.what == CHANGE:
            place = press.here.channel, press.here.thread_ts or press.ts
            form = changing(read(press.said), place, speech)
            await self.slack.open_form(press.trigger_id, form)
        else:
            await self._delete(press, speech)

    async def watch(self) -> None:
        """Delete what could not be deleted at once, until cancelled."""
        while True:
            try:
                await self.clear()
            except LedgerUnavailable as error:
                about = {"error": type(error).__name__}
                log.warning("deleted answers are looked after later: %(error)s", about)
            await asyncio.sleep(LOOK_S)

    async def clear(self) -> None:
        """Delete in Slack what is left of deleted answers, and of half-made pictures."""
        for message in await self.deleting.left():
            try:
                await self.slack.delete(message.channel, message.ts)
            except (SlackRefused, OutcomeUnknown):
                log.warning("a message or file that was to be deleted is still there")
            else:
                await self.deleting.removed(message)

    async def _delete(self, press: Press, speech: Language) -> None:
        operator = await self.roles.may(press.person, "operate", fresh=True)
        done = await self.deleting.delete(press.request_id, press.person, operator=operator)
        if done == "not theirs":
            await self._tell(press, Notice.NOT_YOURS_TO_DELETE, speech)
        elif done == "deleted":
            await self.clear()

    async def _tell(self, press: Press, item: Notice, speech: Language) -> None:
        here = press.here if press.here.channel else Destination(channel=press.person)
        await self.delivery.whisper(here, item, press.person, speech)
