"""What people press and send, and what takes each: one table."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.alarms import PRESSES as ALARMED
from bot.alarms import Alarms
from bot.deleting import PRESSES as PICTURED
from bot.deleting import Pictures
from bot.homes import Home
from bot.imagining import Imagining
from bot.intake.imagined import OPEN as IMAGINED
from bot.intake.meanings import Decision, Press
from bot.learning import PRESSES as LEARNT
from bot.learning import Learning
from bot.life.run import Work
from bot.objections import PRESSES as REPORTED
from bot.objections import Reporting
from bot.operating import OPERATED, Operating
from bot.planning import PRESSES as PLANNED
from bot.planning import Planning, checked
from bot.reviews import Reviews


@dataclass(frozen=True, slots=True, kw_only=True)
class Presses:
    """Everything behind a button or a form, and the home that some of it changes."""

    home: Home
    reviews: Reviews
    reporting: Reporting
    learning: Learning
    operating: Operating
    alarms: Alarms
    pictures: Pictures
    planning: Planning
    imagining: Imagining

    async def press(self, pressed: Press) -> None:
        """Give a press to what takes it; a press that nothing else takes is a reviewer's."""
        await self._takers().get(pressed.what, self.reviews.press)(pressed)

    async def decide(self, decision: Decision) -> bool:
        """Give a decision to where its answer lies: held, or shown and reported."""
        return await (self.reporting if decision.reported else self.reviews).decide(decision)

    def checked(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what is wrong with a form that is sent, as Slack shows it; None: nothing is."""
        return checked(body) or self.imagining.checked(body)

    @property
    def watching(self) -> Mapping[str, Work]:
        """What looks again after what was pressed, until cancelled, by name."""
        return {
            "reviews": self.reviews.watch,
            "reports": self.reporting.watch,
            "deleted": self.pictures.watch,
            "replies": self.learning.replying.watch,
            "learning": self.learning.watch,
        }

    def _takers(self) -> Mapping[str, Callable[[Press], Awaitable[None]]]:
        return {
            **dict.fromkeys(OPERATED, partial(self.operating.press, show_home=self.home.show)),
            **dict.fromkeys(LEARNT, partial(self.learning.press, show_home=self.home.show)),
            **dict.fromkeys(ALARMED, self.alarms.press),
            **dict.fromkeys(PICTURED, self.pictures.press),
            **dict.fromkeys(REPORTED, self.reporting.press),
            **dict.fromkeys(PLANNED, self.planning.press),
            IMAGINED: self.imagining.press,
        }
