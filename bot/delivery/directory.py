"""What Slack says of people, user groups and channels, as facts that roles are decided by."""

from collections.abc import Mapping
from typing import Any

from bot.delivery.slack import Slack, SlackRefused
from bot.roles import Person

SLACKBOT = "USLACKBOT"
"""Not a bot in its user object, and yet nobody."""


class Directory:
    """Reads facts; None where Slack refuses to tell. Raises OutcomeUnknown."""

    def __init__(self, slack: Slack) -> None:
        """Take the way to Slack."""
        self._slack = slack

    async def person(self, user: str) -> Person | None:
        """Say who somebody is (docs.slack.dev/reference/objects/user-object)."""
        try:
            return person(user, await self._slack.person(user))
        except SlackRefused:
            return None

    async def members(self, group: str) -> frozenset[str] | None:
        """Say who is in a user group; nobody is in one that is switched off."""
        try:
            return await self._slack.group(group)
        except SlackRefused:
            return None

    async def outside(self, channel: str) -> frozenset[str] | None:
        """Say which workspaces share a channel over Slack Connect; None if Slack names none."""
        try:
            described = await self._slack.channel(channel)
        except SlackRefused:
            return None
        if not described.get("is_ext_shared"):
            return frozenset()
        return frozenset(map(str, described.get("shared_team_ids") or ())) or None


def person(user: str, described: Mapping[str, Any]) -> Person:
    """Return what a user object says; a field that is missing is false, a missing team no team."""
    is_guest = described.get("is_restricted") or described.get("is_ultra_restricted")
    return Person(
        id=user,
        team=str(described.get("team_id") or ""),
        is_guest=bool(is_guest),
        is_stranger=bool(described.get("is_stranger")),
        is_bot=bool(described.get("is_bot")) or user == SLACKBOT,
        is_gone=bool(described.get("deleted")),
        tz=str(described.get("tz") or ""),
    )
