"""A reviewers' queue over a recorded Slack."""

from dataclasses import dataclass

from bot.delivery.delivery import Delivery
from bot.delivery.directory import Directory
from bot.intake.meanings import Decision, Press
from bot.ledger.ledger import Ledger
from bot.ledger.reviewing import Desk
from bot.reviews import Reviews
from bot.roles import Granted, People, Roles
from generators.draft import Destination, Request, UserId
from moderation.gate import Gate, Held
from tests.bot.builders import draft, gate, request
from tests.bot.recorder import Recorder


@dataclass
class Queue:
    """Held answers, and what reviewers do with them."""

    slack: Recorder
    gate: Gate
    ledger: Ledger
    reviews: Reviews

    async def held(self, asked: Request | None = None, says: str = "something doubtful") -> Held:
        """Bring a request to where a reviewer has to look."""
        await self.ledger.accept(asked or request())
        lease = await self.ledger.claim()
        assert lease is not None
        await self.reviews.delivery.place(lease.request)
        verdict = await self.gate.review(draft(lease.request, says))
        assert isinstance(verdict, Held)
        await self.ledger.settle(lease, verdict.draft, verdict.assessment, None)
        await self.reviews.ask(verdict)
        await self.ledger.hold(lease)
        return verdict

    async def decide(self, held: Held, who: UserId, *, approve: bool = True) -> bool:
        return await self.reviews.decide(Decision(held.draft.request.id.hex, who, approve))

    async def press(self, held: Held, who: UserId, what: str) -> None:
        here = Destination(channel="C9")
        await self.reviews.press(Press(what, held.draft.request.id.hex, who, here, trigger_id="t"))

    async def shown(self, held: Held) -> None:
        """Do what a worker does with what was decided, but for what is shown."""
        lease = await self.ledger.claim()
        assert lease is not None
        assert lease.request.id == held.draft.request.id
        await self.ledger.done(lease, lease.outcome or "delivered")


def queue(ledger: Ledger) -> Queue:
    slack, seals = Recorder(), gate()
    reviews = Reviews(
        slack=slack,
        delivery=Delivery(slack, seals, ledger, settle_s=0),
        ledger=ledger,
        desk=Desk(ledger._writer, ledger._keys),
        gate=seals,
        channel="reviewers",
        roles=known(slack),
        team_url="https://firm.slack.com/",
    )
    return Queue(slack, seals, ledger, reviews)


def known(slack: Recorder, **granted: tuple[str, ...]) -> Roles:
    """Return roles that a recorded Slack is asked about."""
    people = People(Directory(slack), {"T1"})
    return Roles(granted=Granted.model_validate(granted), people=people)
