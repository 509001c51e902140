"""reactions.add, reactions.remove."""

import re

from workspace import messages
from workspace.args import Call
from workspace.methods.chat import found
from workspace.people import Channel
from workspace.wire import Json, SlackError

_NAME = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")


def add(call: Call) -> Json:
    """Add the caller's reaction to a message."""
    channel, message, name = _target(call)
    reactions = _by_name(message)
    if call.caller.id in reactions.get(name, []):
        raise SlackError("already_reacted")
    reactions[name] = [*reactions.get(name, []), call.caller.id]
    _store(call, channel, message, reactions)
    _announce(call, "reaction_added", channel, message)
    return {}


def remove(call: Call) -> Json:
    """Take the caller's reaction back."""
    channel, message, name = _target(call)
    reactions = _by_name(message)
    if call.caller.id not in reactions.get(name, []):
        raise SlackError("no_reaction")
    reactions[name] = [each for each in reactions[name] if each != call.caller.id]
    _store(call, channel, message, reactions)
    _announce(call, "reaction_removed", channel, message)
    return {}


def _target(call: Call) -> tuple[Channel, Json, str]:
    if not call.given.get("channel") or not call.given.get("timestamp"):
        raise SlackError("no_item_specified")
    name = call.text("name").strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    channel = call.channel()
    return channel, found(channel, call.text("timestamp")), name


def _by_name(message: Json) -> dict[str, list[str]]:
    return {each["name"]: each["users"] for each in message.get("reactions", ())}


def _store(call: Call, channel: Channel, message: Json, users: dict[str, list[str]]) -> None:
    left = [
        {"name": name, "users": given, "count": len(given)}
        for name, given in users.items()
        if given
    ]
    new = message | {"reactions": left}
    channel.messages[message["ts"]] = new if left else _without_reactions(new)
    event = {"type": "reaction", "channel": channel.id, "ts": message["ts"], "reactions": left}
    call.ws.journal.publish(event, frozenset(channel.members))
    messages.show(call.ws, channel, "message_changed", channel.messages[message["ts"]], None)


def _without_reactions(message: Json) -> Json:
    return {key: value for key, value in message.items() if key != "reactions"}


def _announce(call: Call, kind: str, channel: Channel, message: Json) -> None:
    call.ws.announce(
        {
            "type": kind,
            "user": call.caller.id,
            "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
            "reaction": call.text("name").strip(":"),
            "item_user": message["user"],
            "event_ts": call.ws.ids.ts(),
        }
    )
