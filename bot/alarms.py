"""The buttons under an alert: who acknowledges it gives the channel a day, who mutes it a week."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.delivery.delivery import Delivery
from bot.digests.speech import speech
from bot.intake.meanings import ACKNOWLEDGE, MUTE, Press
from bot.ledger.memory import Memory
from bot.ledger.reviewing import Desk
from bot.ledger.rows import now_ms
from bot.ledger.schedules import Scheduled, Schedules
from bot.roles import Roles
from bot.views.notices import Notice
from generators.draft import Destination

PRESSES: Final = frozenset({ACKNOWLEDGE, MUTE})
_HOUR_MS: Final = 3_600_000
HUSHED_MS: Final[Mapping[str, int]] = MappingProxyType(
    {ACKNOWLEDGE: 24 * _HOUR_MS, MUTE: 7 * 24 * _HOUR_MS}
)
"""How long the watch says nothing after each button."""
PARTS: Final[Mapping[str, int]] = MappingProxyType({ACKNOWLEDGE: -7001, MUTE: -7002})
"""Which message of an alert says that it was pressed."""
_DONE: Final[Mapping[str, Notice]] = MappingProxyType(
    {ACKNOWLEDGE: Notice.ALERT_ACKNOWLEDGED, MUTE: Notice.ALERT_MUTED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Takes the presses; anybody who may ask acknowledges, the owner and operators mute."""

    schedules: Schedules
    memory: Memory
    desk: Desk
    roles: Roles
    delivery: Delivery

    async def press(self, press: Press) -> None:
        """Do what a button says, if this person may, and say in the thread who did it."""
        identity = await self.memory.schedule_of(press.request_id)
        one = await self.schedules.get(identity) if identity else None
        if one is None or one.state == "deleted":
            await self._tell(press, Notice.ALERT_GONE, one)
        elif not await self._may(press, one):
            await self._tell(press, Notice.ALERT_NOT_YOURS, one)
        else:
            await self._hush(press, one)

    async def _hush(self, press: Press, one: Scheduled) -> None:
        # Whole hours, so that a press that Slack tells of twice asks for no later moment.
        until_ms = (now_ms() // _HOUR_MS) * _HOUR_MS + HUSHED_MS[press.what]
        if await self.memory.hush(one, until_ms, press.person, press.what.replace("_", ".")):
            await self._say(press)
        else:
            await self._tell(press, Notice.ALERT_KNOWN, one)

    async def _may(self, press: Press, one: Scheduled) -> bool:
        direct = press.here.channel.startswith("D")  # where others read the channel, too
        if self.roles.is_outsider(press.team) or not (direct or press.here.channel == one.channel):
            return False
        if press.what == ACKNOWLEDGE:
            return await self.roles.may(press.person, "ask", fresh=True)
        own = press.person == one.owner
        return own or await self.roles.may(press.person, "operate", fresh=True)

    async def _say(self, press: Press) -> None:
        """Say in the alert's thread what became of it; nothing where the alert was erased."""
        alert = await self.desk.asked(press.request_id)
        if alert is not None:
            part = PARTS[press.what]
            await self.delivery.answer_alert(alert, _DONE[press.what], press.person, part)

    async def _tell(self, press: Press, item: Notice, one: Scheduled | None) -> None:
        """Say why not, in the language in which the watch was asked for."""
        here = Destination(channel=press.here.channel or press.person)
        await self.delivery.whisper(here, item, press.person, speech(one.phrase if one else ""))
