"""What reviewers decide: held answers go to their channel, and come back approved or rejected."""

import logging
from dataclasses import dataclass

from bot.delivery.delivery import Delivery, Undeliverable
from bot.delivery.slack import Slack
from bot.intake.events import Decision
from bot.ledger.ledger import Ledger
from bot.roles import Role, Roles
from bot.views.notices import Notice
from generators.draft import Destination
from moderation.gate import Held

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """The reviewers' queue: one channel, and who may decide on what is not their own."""

    slack: Slack
    delivery: Delivery
    ledger: Ledger
    channel: str
    """Name or id."""
    roles: Roles

    async def ask(self, held: Held) -> None:
        """Show a held answer to the reviewers, once."""
        channel = await self.slack.channel_id(self.channel)
        if channel and await self.roles.is_shared(channel):
            about = {"channel": self.channel}
            log.error("no reviewer is asked: other workspaces read #%(channel)s", about)
            return
        who = f"<@{held.draft.request.user}>"
        try:
            await self.delivery.ask_reviewers(held, channel or self.channel, who)
        except Undeliverable:
            log.exception(
                "no reviewer can be asked: is the app in #%(channel)s?", {"channel": self.channel}
            )

    async def decide(self, decision: Decision) -> bool:
        """Take a reviewer's decision; tell them if it is not theirs to take."""
        channel = await self.slack.channel_id(self.channel)
        to = Destination(channel=channel)
        if not await self._is_reviewer(decision, channel):
            await self.delivery.whisper(to, Notice.NOT_A_REVIEWER, decision.reviewer, "en")
            return False
        request = await self.ledger.held(decision.request_id)
        if request is None or not await self._taken(decision):
            await self.delivery.whisper(to, Notice.NOT_YOURS, decision.reviewer, "en")
            return False
        card = Notice.APPROVED_CARD if decision.approve else Notice.REJECTED_CARD
        await self.delivery.close_card(request, card)
        return True

    async def _is_reviewer(self, decision: Decision, channel: str) -> bool:
        """Tell whether the person who pressed may decide, by what is true now.

        Members of the channel may where the settings name no reviewer.
        """
        if self.roles.is_outsider(decision.team):
            return False
        member: tuple[Role, ...] = ()
        if channel and not self.roles.granted.reviewer:
            members = await self.slack.members(channel)
            member = ("reviewer",) if decision.reviewer in members else ()
        return await self.roles.may(decision.reviewer, "review", also=member, fresh=True)

    async def _taken(self, decision: Decision) -> bool:
        return await self.ledger.decide(
            decision.request_id, decision.reviewer, approve=decision.approve
        )
