"""pins.add, list."""

from workspace import messages
from workspace.args import Call
from workspace.methods import objects
from workspace.people import BOT_USER, Channel
from workspace.wire import Json, SlackError

MOST_PINS = 100
"""How many messages a channel may have pinned (Slack's `too_many_pins`)."""
_TS_LENGTH = len("1700000000.000000")


def add(call: Call) -> Json:
    """Pin a message to its channel, and tell the app."""
    channel = _channel(call)
    message = _message(call, channel)
    ts = message["ts"]
    if ts in channel.pins:
        raise SlackError("already_pinned")
    if len(channel.pins) >= MOST_PINS:
        raise SlackError("too_many_pins")
    channel.pins[ts] = {"created": int(call.ws.clock.now()), "created_by": call.caller.id}
    channel.messages[ts] = message | {"pinned_to": [channel.id]}
    messages.show(call.ws, channel, "message_changed", channel.messages[ts], None)
    if BOT_USER in channel.members:
        call.ws.announce(_event(call, channel, message))
    return {}


def list_pins(call: Call) -> Json:
    """List what is pinned to a channel, the newest pin first."""
    channel = call.channel()
    return {"items": [_item(call, channel, ts) for ts in reversed(_present(channel))]}


def _present(channel: Channel) -> list[str]:
    return [ts for ts in channel.pins if ts in channel.messages]


def _channel(call: Call) -> Channel:
    channel = call.channel()
    if call.caller.id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("restricted_action")
    return channel


def _message(call: Call, channel: Channel) -> Json:
    ts = str(call.given.get("timestamp") or "")
    if not ts:
        raise SlackError("no_item_specified")
    if len(ts) != _TS_LENGTH or not ts.replace(".", "", 1).isdecimal():
        raise SlackError("bad_timestamp")
    message = channel.messages.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.get("subtype") == "tombstone":
        raise SlackError("not_pinnable")
    return message


def _item(call: Call, channel: Channel, ts: str) -> Json:
    message = channel.messages[ts]
    shown = message | {"permalink": objects.permalink(call, channel, message)}
    return {"type": "message", "channel": channel.id, "message": shown, **channel.pins[ts]}


def _event(call: Call, channel: Channel, message: Json) -> Json:
    pin = channel.pins[message["ts"]]
    return {
        "type": "pin_added",
        "user": call.caller.id,
        "channel_id": channel.id,
        "item": _item(call, channel, message["ts"]),
        "item_user": message["user"],
        "pin_count": str(len(_present(channel))),
        "pinned_info": {
            "channel": channel.id,
            "pinned_by": pin["created_by"],
            "pinned_ts": pin["created"],
        },
        "event_ts": call.ws.ids.ts(),
    }
