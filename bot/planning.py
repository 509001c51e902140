"""The form about schedules: it is opened, shows what was chosen and the next runs, and is checked.

What it holds when it is sent is a request like a typed one (`bot.intake.planned`), so that it is
moderated, accounted and answered the one way there is.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.delivery.delivery import Delivery
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.digests import own
from bot.digests.holidays import region
from bot.digests.phrases import Refused, following, read
from bot.digests.zones import named
from bot.intake.meanings import Press
from bot.intake.planned import (
    CHANNELS,
    FORM,
    HOLIDAYS,
    NOT_SKIPPED,
    OPEN,
    WHEN,
    WHICH,
    About,
    Filled,
)
from bot.ledger.schedules import Schedules
from bot.roles import Roles
from bot.views.notices import Notice
from bot.views.planning import coming, form
from generators.sentences import Language

PRESSES: Final = frozenset({OPEN, WHICH, WHEN})
SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """Opens the form and changes it; it keeps nothing."""

    slack: Slack
    delivery: Delivery
    schedules: Schedules
    roles: Roles

    async def press(self, press: Press) -> None:
        """Do what a button, or a field that tells of itself, asks for."""
        opened = press.what == OPEN
        about = None if opened else About.read(press.request_id)
        speech = about.speech if about else _speech(press)
        if not await self._may(press):
            await self.delivery.whisper(press.here, Notice.DENIED, press.person, speech)
            return
        try:
            await (self._change(press, about) if about else self._open(press))
        except (SlackRefused, OutcomeUnknown):
            await self.delivery.whisper(press.here, Notice.FORM_LOST, press.person, speech)

    async def _may(self, press: Press) -> bool:
        """Tell whether this person may ask at all; what they may keep is asked once it is sent."""
        stranger = self.roles.is_outsider(press.team)
        return not stranger and await self.roles.may(press.person, "ask")

    async def _open(self, press: Press) -> None:
        person = await self.roles.people.person(press.person)
        zone = (named(person.tz) if person and person.tz else None) or "UTC"
        about = About(speech=_speech(press), channel=press.here.channel, zone=zone)
        await self.slack.open_form(press.trigger_id, await self._form(press, about))
        await asyncio.to_thread(region, "")  # loaded before a form is sent, which waits for it

    async def _change(self, press: Press, about: About) -> None:
        echo = ""
        if press.what == WHICH:
            about = replace(about, number=int(press.said))
        else:
            echo = echoed(press.said, about)
        await self.slack.update_form(press.ts, await self._form(press, about, echo))

    async def _form(self, press: Press, about: About, echo: str = "") -> dict[str, object]:
        here = await self.schedules.of(about.channel)
        forms = (one for one in here if one.kind not in own.KINDS)  # those have no field for theirs
        mine = [one for one in forms if one.owner == press.person]
        chosen = next((one for one in mine if one.number == about.number), None)
        return form(about, mine, chosen, echo)


def _speech(press: Press) -> Language:
    return "zh" if press.request_id == "zh" else "en"


def checked(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what is wrong with a form, as Slack shows it beside its fields; None: nothing is.

    docs.slack.dev/surfaces/modals#displaying_errors
    """
    if body.get("type") != "view_submission" or body["view"].get("callback_id") != FORM:
        return None
    about = About.read(str(body["view"].get("private_metadata", "")))
    said, errors = Filled.of(body["view"]), dict[str, str]()
    if (said.when or not about.number) and isinstance(read(said.when, about.zone), Refused):
        errors[WHEN] = Notice.PLAN_UNCLEAR.text(about.speech)
    if said.channels and said.kind not in {"digest", "mine"}:
        errors[CHANNELS] = Notice.PLAN_NO_CHANNELS.text(about.speech)
    where = said.flags["holidays"]
    if where != NOT_SKIPPED and not region(where):
        errors[HOLIDAYS] = Notice.PLAN_NO_REGION.text(about.speech)
    told = {f"{name}-{about.number}": text for name, text in errors.items()}
    return {"response_action": "errors", "errors": told} if told else None


def echoed(phrase: str, about: About) -> str:
    """Return when a phrase runs next, or that it is not clear; it is not repeated."""
    made = read(phrase, about.zone)
    if isinstance(made, Refused):
        return Notice.PLAN_UNCLEAR.text(about.speech)
    zone = ZoneInfo(made.zone)
    runs = (run.astimezone(zone) for run in following(made, datetime.now(UTC), SHOWN))
    return coming(list(runs), about.speech)
