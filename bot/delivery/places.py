"""What Slack says of channels and of who reads them: facts that others decide by. Writes nothing.

None stands for what Slack does not tell, or what there is too much of to be sure.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.sources import Census, Place
from generators.draft import EngineUnavailable

PAGE: Final = 1000
"""What the lists of Slack give at a time, at most."""
PAGES: Final = 20
"""Longer lists are not read to their end, and count as unknown."""
BUSY: Final = 429
_KINDS: Final = "public_channel,private_channel"

_Page = Callable[[str], Awaitable[AsyncSlackResponse]]


@dataclass(frozen=True, slots=True)
class Places:
    """Reads facts. Every call raises EngineUnavailable where Slack does not answer."""

    client: AsyncWebClient
    directs: dict[str, str] = field(default_factory=dict)
    """The channels of direct messages by person; they never change."""

    async def find(self, name: str) -> str:
        """Return the id of a channel by its name; nothing where the app sees none of it."""
        found = await self._all(
            "channels",
            lambda cursor: self.client.conversations_list(
                types=_KINDS, limit=PAGE, cursor=cursor, exclude_archived=True
            ),
        )
        return next((str(one["id"]) for one in found or () if one.get("name") == name), "")

    async def place(self, channel: str) -> Place | None:
        """Say what a channel is."""
        answer = await _told(self.client.conversations_info(channel=channel))
        return _place(answer.get("channel") or {}) if answer else None

    async def readers(self, channel: str) -> frozenset[str] | None:
        """Say who is in a channel."""
        found = await self._all(
            "members",
            lambda cursor: self.client.conversations_members(
                channel=channel, limit=PAGE, cursor=cursor
            ),
        )
        return None if found is None else frozenset(map(str, found))

    async def census(self) -> Census | None:
        """Say who is a full member of the workspace, and who is no person."""
        found = await self._all(
            "members", lambda cursor: self.client.users_list(limit=PAGE, cursor=cursor)
        )
        if found is None:
            return None
        known = [one for one in found if not one.get("deleted")]
        bots = frozenset(str(one["id"]) for one in known if one.get("is_bot"))
        full = frozenset(str(one["id"]) for one in known if _is_full(one))
        return Census(full=full - bots, bots=bots)

    async def shared_with(self, person: str) -> Sequence[Place] | None:
        """Say in which channels a person and the app both are."""
        theirs, ours = await self._of(person), await self._of(None)
        if theirs is None or ours is None:
            return None
        return [place for place in theirs if place.id in {one.id for one in ours}]

    async def direct(self, person: str) -> str:
        """Return the channel of the app's direct messages with a person; nothing if none opens."""
        if person not in self.directs:
            answer = await _told(self.client.conversations_open(users=person))
            if answer is None:
                return ""
            opened: Mapping[str, Any] = answer.get("channel") or {}
            self.directs[person] = str(opened.get("id") or "")
        return self.directs[person]

    async def _of(self, person: str | None) -> Sequence[Place] | None:
        who = {"user": person} if person else {}
        found = await self._all(
            "channels",
            lambda cursor: self.client.users_conversations(
                types=_KINDS, limit=PAGE, cursor=cursor, exclude_archived=True, **who
            ),
        )
        return None if found is None else [_place(one) for one in found]

    async def _all(self, key: str, page: _Page) -> list[Any] | None:
        """Return a whole list; None where Slack refuses it, or where it is too long."""
        found, cursor = list[Any](), ""
        for _ in range(PAGES):
            answer = await _told(page(cursor))
            if answer is None:
                return None
            found += answer.get(key) or []
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found
        return None


async def _told(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse | None:
    """Return an answer; None where Slack says no. Raises EngineUnavailable."""
    try:
        return await call
    except SlackApiError as error:
        if error.response.status_code >= BUSY:  # or 5xx: it is not about this channel
            raise EngineUnavailable("slack did not answer") from error
        return None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise EngineUnavailable("slack did not answer") from error


def _place(described: Mapping[str, Any]) -> Place:
    """Return what a conversation object says (docs.slack.dev/reference/objects)."""
    return Place(
        id=str(described.get("id") or ""),
        name=str(described.get("name") or ""),
        is_private=bool(described.get("is_private")),
        is_inside=bool(described.get("is_member")),
        is_archived=bool(described.get("is_archived")),
    )


def _is_full(described: Mapping[str, Any]) -> bool:
    limits = ("is_restricted", "is_ultra_restricted", "is_stranger")
    return not any(described.get(limit) for limit in limits)
