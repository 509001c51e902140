"""chat.scheduleMessage, chat.scheduledMessages.list, chat.deleteScheduledMessage."""

from workspace import scheduling
from workspace.args import Call
from workspace.methods import chat, content
from workspace.methods.paging import paged
from workspace.people import BOT_ID, Channel
from workspace.state import Scheduled
from workspace.wire import Json, SlackError


def schedule(call: Call) -> Json:
    """Post a message at a later time; answers with the message as it will be."""
    channel = call.own_channel()
    post_at = _post_at(call)
    body = content.read(call, too_long="msg_too_long") | content.custom_author(call)
    body |= _thread(call, channel)
    item = scheduling.schedule(call.ws, channel, call.caller, post_at, body)
    return {
        "channel": channel.id,
        "scheduled_message_id": item.id,
        "post_at": item.post_at,
        "message": _delayed(call, body),
    } | content.truncation(call)


def list_scheduled(call: Call) -> Json:
    """List the caller's messages that wait, soonest first."""
    oldest, latest = _moment(call, "oldest", 0.0), _moment(call, "latest", float("inf"))
    channel = _channel(call)
    mine = (each for each in call.ws.scheduled.values() if each.user == call.caller.id)
    found = [
        each
        for each in sorted(mine, key=lambda each: each.post_at)
        if oldest <= each.post_at <= latest and channel in {"", each.channel}
    ]
    page, metadata = paged(call, found)
    return {"scheduled_messages": [_listed(each) for each in page]} | metadata


def delete(call: Call) -> Json:
    """Forget a message that waits."""
    channel = call.channel()
    item = call.ws.scheduled.get(call.text("scheduled_message_id"))
    if item is None or item.channel != channel.id or item.user != call.caller.id:
        raise SlackError("invalid_scheduled_message_id")
    del call.ws.scheduled[item.id]
    return {}


def _post_at(call: Call) -> int:
    try:
        return int(call.text("post_at"))
    except ValueError as error:
        raise SlackError("invalid_time") from error


def _thread(call: Call, channel: Channel) -> Json:
    if not call.given.get("thread_ts"):
        return {}
    root = chat.thread_root(channel, call.text("thread_ts"))
    place: Json = {"thread_ts": root}
    if root in channel.messages:
        place["parent_user_id"] = channel.messages[root]["user"]
    if call.flag("reply_broadcast"):
        place |= {"subtype": "thread_broadcast", "root": channel.messages.get(root, {})}
    return place


def _delayed(call: Call, body: Json) -> Json:
    """Return the message of the answer: no message yet, so without a time of its own."""
    author: Json = {"user": call.caller.id}
    if call.caller.is_bot:
        author |= {"bot_id": BOT_ID, "subtype": "bot_message", "username": call.caller.name}
    return author | body | {"type": "delayed_message"}


def _channel(call: Call) -> str:
    name = str(call.given.get("channel") or "")
    found = call.ws.directory.channel(name) if name else None
    if name and found is None:
        raise SlackError("invalid_channel")
    return found.id if found is not None else ""


def _moment(call: Call, name: str, default: float) -> float:
    try:
        return float(call.given.get(name) or default)
    except (TypeError, ValueError) as error:
        raise SlackError("invalid_arguments", [f"[ERROR] not a timestamp: {name}"]) from error


def _listed(item: Scheduled) -> Json:
    return {
        "id": item.id,
        "channel_id": item.channel,
        "post_at": item.post_at,
        "date_created": item.created,
        "text": str(item.body.get("text", "")),
    }
