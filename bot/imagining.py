"""The form about pictures: it is opened by the command alone, and checked before it is taken.

What it holds when it is sent is a request like a typed one (`bot.intake.imagined`), so that it is
moderated, accounted and answered the one way there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.delivery.delivery import Delivery
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.intake.imagined import FIELDS, FORM, PROMPT, About, filled, styles_of
from bot.intake.meanings import Press
from bot.settings import Verb
from bot.views.imagining import form
from bot.views.notices import Notice
from generators.asked import problems
from generators.sentences import language


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagining:
    """Opens the form; it keeps nothing."""

    slack: Slack
    delivery: Delivery
    verbs: Mapping[str, Verb]

    async def press(self, press: Press) -> None:
        """Open the form for the verb that was typed alone."""
        about = About(press.request_id, press.here.channel)
        view = form(about, styles_of(self.verbs[about.verb]))
        try:
            await self.slack.open_form(press.trigger_id, view)
        except (SlackRefused, OutcomeUnknown):
            await self.delivery.whisper(press.here, Notice.FORM_LOST, press.person, "en")

    def checked(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what is wrong with a form, as Slack shows it beside its fields; None: nothing is.

        docs.slack.dev/surfaces/modals#displaying_errors
        """
        if body.get("type") != "view_submission" or body["view"].get("callback_id") != FORM:
            return None
        about = About.read(str(body["view"].get("private_metadata", "")))
        prompt, flags = filled(body["view"])
        styles = styles_of(self.verbs[about.verb])
        found = problems(prompt, flags, styles, language(prompt))
        names = {"prompt": PROMPT, **FIELDS}
        told = {names[flag]: text for flag, text in found.items() if flag in names}
        return {"response_action": "errors", "errors": told} if told else None
