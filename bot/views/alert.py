"""The buttons under an alert of the watch. Pure."""

from dataclasses import replace
from typing import Final

from bot.intake.meanings import ACKNOWLEDGE, MUTE
from bot.views.forms import actions, button
from bot.views.notices import Notice
from bot.views.render import Block, Page
from generators.draft import Request
from generators.sentences import Language

FLAG: Final = "turn"
"""The flag of a request that is an alert; people cannot type it."""
_LABELS: Final = {ACKNOWLEDGE: Notice.ALERT_ACKNOWLEDGE, MUTE: Notice.ALERT_MUTE}


def alerting(page: Page, request: Request, speech: Language) -> Page:
    """Return the message of an alert with its buttons; any other message as it is."""
    if FLAG not in request.flags:
        return page
    row = [_button(name, request.id.hex, speech) for name in _LABELS]
    return replace(page, blocks=[*page.blocks, actions(row)])


def _button(action_id: str, request_id: str, speech: Language) -> Block:
    return button(_LABELS[action_id].text(speech), action_id, request_id)
