"""reactions.add, remove, get."""

from workspace import files, reacting
from workspace.args import Call
from workspace.methods import objects
from workspace.methods.chat import found
from workspace.people import Channel
from workspace.wire import Json, SlackError

_FEW = 10
"""How many people of each reaction are named unless `full` is asked for."""


def add(call: Call) -> Json:
    """Add the caller's reaction to a message."""
    channel, message = _target(call)
    name = reacting.plain_name(call.text("name"))
    reacting.add(call.ws, channel, message, call.caller, name)
    return {}


def remove(call: Call) -> Json:
    """Take the caller's reaction back."""
    channel, message = _target(call)
    name = reacting.plain_name(call.text("name"))
    reacting.remove(call.ws, channel, message, call.caller, name)
    return {}


def get(call: Call) -> Json:
    """Return a message or a file with its reactions; files have none here."""
    if call.given.get("file_comment"):
        raise SlackError("file_comment_not_found")
    if call.given.get("file"):
        return {"type": "file", "file": _file(call)}
    channel, message = _target(call)
    shown = message | {"permalink": objects.permalink(call, channel, message)}
    if "reactions" in shown and not call.flag("full"):
        shown["reactions"] = [each | {"users": each["users"][:_FEW]} for each in shown["reactions"]]
    return {"type": "message", "channel": channel.id, "message": shown}


def _target(call: Call) -> tuple[Channel, Json]:
    if not call.given.get("channel") or not call.given.get("timestamp"):
        raise SlackError("no_item_specified")
    channel = call.channel()
    return channel, found(channel, call.text("timestamp"))


def _file(call: Call) -> Json:
    stored = call.ws.files.get(call.text("file"))
    if stored is None or not files.may_see(call.ws, call.caller, stored):
        raise SlackError("file_not_found")
    return stored.info
