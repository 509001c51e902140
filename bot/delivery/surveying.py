"""Looks whether a digest could be posted in a channel, and at what was said there."""

from dataclasses import dataclass
from typing import Final, Protocol

from bot.delivery.codes import FAILED
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.roles import Roles
from generators.draft import ContextUnavailable, EngineUnavailable, Request

_AWAY: Final = "slack did not answer"


class Reading(Protocol):
    """Where the messages come from."""

    async def gather(self, request: Request) -> Request:
        """Return the request with its messages. Raises GenerationError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Looks at a channel on behalf of who scheduled something there."""

    slack: Slack
    reading: Reading
    roles: Roles

    async def gather(self, request: Request) -> Request:
        """Return the request with what was said.

        Raises ContextUnavailable where the bot is not in the channel, the channel is archived or
        gone, or its owner may not ask any more; EngineUnavailable where Slack does not answer.
        """
        try:
            denied = await self.roles.denial(request, fresh=True)
            if denied or not await self._open(request.reply_to.channel):
                raise ContextUnavailable(denied or "closed")
        except SlackRefused as error:
            if error.code in FAILED:
                raise EngineUnavailable(_AWAY) from error
            raise ContextUnavailable(error.code) from error
        except OutcomeUnknown as error:
            raise EngineUnavailable(_AWAY) from error
        return await self.reading.gather(request)

    async def _open(self, channel: str) -> bool:
        """Tell whether a message can be posted there."""
        described = await self.slack.channel(channel)
        inside = bool(described.get("is_im")) or bool(described.get("is_member"))
        return inside and not described.get("is_archived")
