"""Reactions: emoji that people and the app put on a message; SlackError has Slack's codes."""

import re

from workspace import messages
from workspace.people import BOT_USER, Channel, User
from workspace.state import Workspace
from workspace.wire import Json, SlackError

_NAME = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")
_MOST_EMOJI = 23
"""How many different emoji one message takes (Slack's `too_many_emoji`)."""


def plain_name(name: str) -> str:
    """Return an emoji's name without colons; `invalid_name` when it cannot be one.

    >>> plain_name(":eyes:")
    'eyes'
    """
    bare = name.strip(":")
    if not _NAME.fullmatch(bare):
        raise SlackError("invalid_name")
    return bare


def add(ws: Workspace, channel: Channel, message: Json, user: User, name: str) -> None:
    """Add a person's reaction to a message."""
    given = _by_name(message)
    if channel.is_archived:
        raise SlackError("is_archived")
    if user.id in given.get(name, ()):
        raise SlackError("already_reacted")
    if name not in given and len(given) >= _MOST_EMOJI:
        raise SlackError("too_many_emoji")
    given[name] = [*given.get(name, ()), user.id]
    _store(ws, channel, message, given)
    _announce(ws, "reaction_added", channel, message, (user, name))


def remove(ws: Workspace, channel: Channel, message: Json, user: User, name: str) -> None:
    """Take a person's reaction back."""
    given = _by_name(message)
    if user.id not in given.get(name, ()):
        raise SlackError("no_reaction")
    given[name] = [each for each in given[name] if each != user.id]
    _store(ws, channel, message, given)
    _announce(ws, "reaction_removed", channel, message, (user, name))


def toggle(ws: Workspace, channel: Channel, message: Json, user: User, name: str) -> bool:
    """Add the reaction, or take it back; return whether it is there now."""
    there = user.id in _by_name(message).get(name, ())
    (remove if there else add)(ws, channel, message, user, name)
    return not there


def _by_name(message: Json) -> dict[str, list[str]]:
    return {each["name"]: each["users"] for each in message.get("reactions", ())}


def _store(ws: Workspace, channel: Channel, message: Json, users: dict[str, list[str]]) -> None:
    left = [
        {"name": name, "users": given, "count": len(given)}
        for name, given in users.items()
        if given
    ]
    new = {key: value for key, value in message.items() if key != "reactions"}
    channel.messages[message["ts"]] = new | ({"reactions": left} if left else {})
    event = {"type": "reaction", "channel": channel.id, "ts": message["ts"], "reactions": left}
    ws.journal.publish(event, frozenset(channel.members))
    messages.show(ws, channel, "message_changed", channel.messages[message["ts"]], None)


def _announce(
    ws: Workspace, kind: str, channel: Channel, message: Json, what: tuple[User, str]
) -> None:
    if BOT_USER not in channel.members:
        return
    user, name = what
    ws.announce(
        {
            "type": kind,
            "user": user.id,
            "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
            "reaction": name,
            "item_user": message["user"],
            "event_ts": ws.ids.ts(),
        }
    )
