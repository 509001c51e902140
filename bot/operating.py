"""What operators do in Slack: pause the work, let it go on, have asked again what failed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.delivery.delivery import Delivery
from bot.intake.meanings import Press
from bot.ledger.pausing import Switch
from bot.roles import Roles
from bot.views.home import switch
from bot.views.notices import Notice
from bot.views.render import Block
from generators.draft import Destination, UserId
from generators.sentences import language

OPERATED: Final = frozenset({"again", "pause", "resume"})
"""The presses that are for here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """The operators' buttons; who asked may also press the one that asks again."""

    switch: Switch
    roles: Roles
    delivery: Delivery
    wake: Callable[[], None]
    """Called when there may be something to claim."""

    async def press(self, press: Press, show_home: Callable[[UserId], Awaitable[object]]) -> None:
        """Do what a button says, if this person may; `show_home` shows them what came of it."""
        if press.what == "again":
            await self._again(press)
        elif await self._operates(press):
            act = self.switch.pause if press.what == "pause" else self.switch.resume
            await act(press.person)
            self.wake()
            await show_home(press.person)
        else:
            here = Destination(channel=press.here.channel or press.person)
            await self.delivery.whisper(here, Notice.NOT_AN_OPERATOR, press.person, "en")

    async def blocks(self, person: UserId) -> Sequence[Block]:
        """Return the part of an operator's home that pauses the work; nothing for anybody else."""
        if not await self.roles.may(person, "operate"):
            return ()
        return switch(paused=await self.switch.paused())

    async def _operates(self, press: Press) -> bool:
        if self.roles.is_outsider(press.team):
            return False
        return await self.roles.may(press.person, "operate", fresh=True)

    async def _again(self, press: Press) -> None:
        failed = await self.switch.failed(press.request_id)
        theirs = failed is not None and failed.user == press.person
        may = failed is not None and (theirs or await self._operates(press))
        if may and await self.switch.again(press.request_id, press.person):
            self.wake()
            return
        speech = language(failed.prompt) if failed else "en"
        here = press.here if press.here.channel else Destination(channel=press.person)
        await self.delivery.whisper(here, Notice.NOT_AGAIN, press.person, speech)
