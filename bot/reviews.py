"""What reviewers decide: held answers go to their channel, and come back approved or rejected."""

import logging
from dataclasses import dataclass

from bot.delivery.delivery import Delivery, Undeliverable
from bot.delivery.slack import Slack
from bot.intake.events import Decision
from bot.ledger.ledger import Ledger
from bot.views.notices import Notice
from generators.draft import Destination
from moderation.gate import Held

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """The reviewers' queue: one channel, whose members may decide on what is not their own."""

    slack: Slack
    delivery: Delivery
    ledger: Ledger
    channel: str
    """Name or id."""

    async def ask(self, held: Held) -> None:
        """Show a held answer to the reviewers, once."""
        channel = await self.slack.channel_id(self.channel)
        who = f"<@{held.draft.request.user}>"
        try:
            await self.delivery.ask_reviewers(held, channel or self.channel, who)
        except Undeliverable:
            log.exception("no reviewer can be asked: is the app in #%s?", self.channel)

    async def decide(self, decision: Decision) -> bool:
        """Take a reviewer's decision; tell them if it is not theirs to take."""
        channel = await self.slack.channel_id(self.channel)
        request = await self.ledger.held(decision.request_id)
        member = channel and decision.reviewer in await self.slack.members(channel)
        if request is None or not member or not await self._taken(decision):
            to = Destination(channel=channel)
            await self.delivery.whisper(to, Notice.NOT_YOURS, decision.reviewer, "en")
            return False
        card = Notice.APPROVED_CARD if decision.approve else Notice.REJECTED_CARD
        await self.delivery.close_card(request, card)
        return True

    async def _taken(self, decision: Decision) -> bool:
        return await self.ledger.decide(
            decision.request_id, decision.reviewer, approve=decision.approve
        )
