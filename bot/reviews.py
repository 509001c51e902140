"""What reviewers decide: held answers go to their channel, and come back approved or rejected.

What counts is one compare-and-set in the ledger (`bot.ledger.reviewing`); what is shown of it here
may get lost and is shown again.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from bot.delivery.delivery import Delivery
from bot.delivery.posting import Undeliverable
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.intake.meanings import Decision, Press
from bot.ledger.ledger import Ledger
from bot.ledger.reviewing import REPORT, Desk, Ruling, Taken
from bot.ledger.rows import now_ms
from bot.ledger.writer import LedgerUnavailable
from bot.roles import Role, Roles
from bot.views.notices import Notice
from bot.views.render import Block
from bot.views.review import REASONS, editing, queue, rejecting
from generators.draft import Cost, Destination, Draft, Request, UserId, reworded, words
from generators.metering import metered
from moderation.gate import Assessment, Cleared, Gate, Held

log = logging.getLogger(__name__)

LOOK_S = 60.0
"""How often it is looked for what expired, and for what no reviewer was told of."""
_WHY: Final[Mapping[Taken, Notice]] = MappingProxyType(
    {
        "decided": Notice.NOT_YOURS,
        "own": Notice.NOT_YOURS,
        "elsewhere": Notice.CLAIMED_ELSEWHERE,
        "again": Notice.DECIDED_BEFORE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """The reviewers' queue: one channel, and who may decide on what is not their own."""

    slack: Slack
    delivery: Delivery
    ledger: Ledger
    desk: Desk
    gate: Gate
    channel: str
    """Name or id."""
    roles: Roles
    expire_h: float = 72.0
    """Older than this, what nobody decided on is rejected."""
    team_url: str = ""
    """Of the Slack workspace, with a slash at the end."""

    async def ask(self, held: Held) -> None:
        """Show a held answer to the reviewers, once in each round."""
        channel = await self.place()
        if not channel:
            return
        who = f"<@{held.draft.request.user}>"
        number = await self.desk.round(held.draft.request.id.hex)
        try:
            await self.delivery.ask_reviewers(held, channel, who, number)
        except Undeliverable:
            log.exception(
                "no reviewer can be asked: is the app in #%(channel)s?", {"channel": self.channel}
            )

    async def place(self) -> str:
        """Return the reviewers' channel; empty where people of other workspaces read it."""
        channel = await self.slack.channel_id(self.channel)
        if channel and await self.roles.is_shared(channel):
            about = {"channel": self.channel}
            log.error("no reviewer is asked: other workspaces read #%(channel)s", about)
            return ""
        return channel or self.channel

    async def decide(self, decision: Decision) -> bool:
        """Take a reviewer's decision; tell them if it is not theirs to take."""
        request = await self._theirs(decision.request_id, decision.reviewer, decision.team)
        if request is None:
            return False
        reason = decision.reason if decision.reason in REASONS else ""
        ruling = Ruling(approve=decision.approve, reason=reason, note=decision.note)
        if decision.edit is not None:
            edit = await self._edited(request, decision.edit)
            if edit is None:
                form = editing(request.id.hex, decision.edit, Notice.EDIT_REFUSED.text("en"))
                await self.open(decision.trigger_id, form, decision.reviewer)
                return False
            ruling = replace(ruling, edit=edit)
        number = await self.desk.round(request.id.hex)
        taken = await self.desk.decide(request.id.hex, decision.reviewer, ruling)
        if taken != "taken":
            await self.whisper(_WHY[taken], decision.reviewer)
            return False
        await self.delivery.close_card(request, _closing(ruling), number)
        return True

    async def press(self, press: Press) -> None:
        """Claim a held answer, open the form that decides on it, or appeal."""
        if press.what == "appeal":
            await self._appeal(press)
            return
        request = await self._theirs(press.request_id, press.person, press.team)
        made = await self.ledger.output(request) if request else None
        if request is None or made is None:
            return
        match press.what:
            case "claim":
                await self._claim(request, press.person)
            case "reject":
                await self.open(press.trigger_id, rejecting(request.id.hex), press.person)
            case _:
                form = editing(request.id.hex, words(made.content))
                await self.open(press.trigger_id, form, press.person)

    async def queue(self, person: UserId) -> Sequence[Block]:
        """Return what a reviewer's home lists of what waits; nothing for anybody else."""
        if not await self.may_review(person):
            return ()
        return queue(await self.desk.waiting(), self.team_url, now_ms())

    async def may_review(self, person: UserId, team: str = "") -> bool:
        """Tell whether a person may decide, by what is true now.

        Members of the channel may where the settings name no reviewer.
        """
        channel = await self.slack.channel_id(self.channel)
        if self.roles.is_outsider(team):
            return False
        member: tuple[Role, ...] = ()
        if channel and not self.roles.granted.reviewer:
            members = await self.slack.members(channel)
            member = ("reviewer",) if person in members else ()
        return await self.roles.may(person, "review", also=member, fresh=True)

    async def watch(self) -> None:
        """Reject what expired, and ask again where nobody could be asked, until cancelled."""
        while True:
            try:
                await self.look(now_ms())
            except (LedgerUnavailable, SlackRefused, OutcomeUnknown) as error:
                about = {"error": type(error).__name__}
                log.warning("held answers are looked after later: %(error)s", about)
            await asyncio.sleep(LOOK_S)

    async def look(self, now: int) -> None:
        """Reject what nobody decided on in time; ask about what reviewers have no card of."""
        for request in await self.desk.expire(now - int(self.expire_h * 3_600_000)):
            number = await self.desk.round(request.id.hex)
            await self.delivery.close_card(request, Notice.EXPIRED_CARD, number)
        for item in await self.desk.waiting():
            skipped = item.ts or item.round == REPORT
            request = None if skipped else await self.ledger.held(item.request_id)
            if request is not None:
                await self._ask_again(request)

    async def _claim(self, request: Request, reviewer: UserId) -> None:
        taken = await self.desk.claim(request.id.hex, reviewer)
        if taken != "taken":
            await self.whisper(_WHY[taken], reviewer)
            return
        number = await self.desk.round(request.id.hex)
        await self.delivery.mark_card(request, reviewer, number)
        await self.delivery.progress(await self.delivery.place(request), Notice.REVIEWING)

    async def _appeal(self, press: Press) -> None:
        if not await self.desk.appeal(press.request_id, press.person):
            here = press.here if press.here.channel else Destination(channel=press.person)
            await self.delivery.whisper(here, Notice.NOT_APPEALABLE, press.person, "en")
            return
        request = await self.ledger.held(press.request_id)
        if request is not None:
            await self._ask_again(request)
            await self.delivery.show(await self.delivery.place(request), Notice.APPEALED, "")

    async def _ask_again(self, request: Request) -> None:
        made = await self.ledger.output(request)
        if made is not None:
            draft = Draft(request=request, content=made.content, cost=Cost(model=made.model))
            with metered() as calls:
                seen = (await self.gate.review(draft)).assessment
            await self.desk.spent(request.id.hex, calls)
            # What is stored has a verdict, and what today's rules make of it has none.
            await self.ask(Held(draft, replace(seen, content=made.content)))

    async def _edited(self, request: Request, text: str) -> tuple[Draft, Assessment] | None:
        """Return an edit as the gate clears it; None where it would be held, too."""
        made = await self.ledger.output(request)
        if made is None or not text.strip():
            return None
        draft = Draft(
            request=request, content=reworded(made.content, text), cost=Cost(model=made.model)
        )
        with metered() as calls:
            verdict = await self.gate.review(draft)
        billed = replace(draft, cost=replace(draft.cost, calls=tuple(calls)))
        if not isinstance(verdict, Cleared):
            await self.desk.refused(request.id.hex, billed, verdict.assessment)
            return None
        return billed, verdict.assessment

    async def _theirs(self, request_id: str, person: UserId, team: str) -> Request | None:
        """Return a held answer's request if this person may decide on it; or tell them why not."""
        if not await self.may_review(person, team):
            await self.whisper(Notice.NOT_A_REVIEWER, person)
            return None
        request = await self.ledger.held(request_id)
        if request is None:
            await self.whisper(Notice.NOT_YOURS, person)
        return request

    async def open(self, trigger_id: str, form: dict[str, object], person: UserId) -> None:
        """Open a form for whoever pressed a button; tell them if that came too late."""
        try:
            await self.slack.open_form(trigger_id, form)
        except (SlackRefused, OutcomeUnknown):
            await self.whisper(Notice.FORM_LOST, person)

    async def whisper(self, item: Notice, person: UserId) -> None:
        """Tell a reviewer a fixed sentence in their channel."""
        to = Destination(channel=await self.slack.channel_id(self.channel))
        await self.delivery.whisper(to, item, person, "en")


def _closing(ruling: Ruling) -> Notice:
    if ruling.edit is not None:
        return Notice.EDITED_CARD
    return Notice.APPROVED_CARD if ruling.approve else Notice.REJECTED_CARD
