"""What a person's home in Slack shows: what can be asked, what they used, and what a role sees."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.budgets import month_span
from bot.delivery.delivery import Delivery
from bot.intake.meanings import HomeOpened
from bot.ledger.ledger import Ledger
from bot.roles import Roles
from bot.settings import Verb
from bot.views.home import home
from bot.views.render import Block
from generators.draft import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Shows each person their own home; it keeps nothing."""

    verbs: Mapping[str, Verb]
    ledger: Ledger
    roles: Roles
    delivery: Delivery
    more: Sequence[Callable[[UserId], Awaitable[Sequence[Block]]]] = ()
    """What some roles see there; nothing for anybody else."""

    async def opened(self, opened: HomeOpened) -> None:
        """Show a person the home that they look at."""
        await self.show(opened.user)

    async def show(self, user: UserId) -> None:
        """Show a person their home as it is now, if they may ask at all."""
        if not await self.roles.may(user, "ask"):
            return
        span = month_span(f"{datetime.now(UTC):%Y-%m}")
        totals = await self.ledger.totals("user", user, span)
        load = await self.ledger.load(user)
        own = [await blocks(user) for blocks in self.more]
        view = home(self.verbs, totals, load.own, own)
        await self.delivery.publish_home(user, view)
