"""chat.postMessage, update, delete, postEphemeral, getPermalink."""

from workspace import messages
from workspace.args import Call
from workspace.methods import content
from workspace.people import Channel
from workspace.wire import Json, SlackError

_UPDATE_TEXT = 4000


def post_message(call: Call) -> Json:
    """Post to a channel the caller is in, to a person's DM, or into a thread."""
    channel = call.own_channel()
    body = content.read(call) | _thread(call, channel)
    message = messages.post(call.ws, channel, messages.signed_by(call.ws, call.caller) | body)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def update(call: Call) -> Json:
    """Replace text and blocks; text without blocks removes the blocks."""
    channel = call.own_channel()
    old = _own_message(call, channel, "cant_update_message")
    content.check_text(call, _UPDATE_TEXT)
    stream = call.ws.streams.get((channel.id, old["ts"]))
    if stream is not None and stream.state == "in_progress":
        raise SlackError("streaming_state_conflict")
    body: Json = {"blocks": None, "attachments": None}
    body |= content.read(call, too_long="msg_too_long")
    edited = {"user": call.caller.id, "ts": call.ws.ids.ts()}
    new = messages.change(call.ws, channel, old["ts"], body | {"edited": edited})
    return {"channel": channel.id, "ts": new["ts"], "text": new["text"], "message": new}


def delete(call: Call) -> Json:
    """Delete a message of the caller's own."""
    channel = call.own_channel()
    old = _own_message(call, channel, "cant_delete_message")
    messages.delete(call.ws, channel, old["ts"])
    return {"channel": channel.id, "ts": old["ts"]}


def post_ephemeral(call: Call) -> Json:
    """Show a message to one member only."""
    channel = call.own_channel()
    user = call.user(code="user_not_in_channel")
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content.check_text(call)
    body = content.read(call, too_long="msg_too_long")
    if call.given.get("thread_ts"):
        body["thread_ts"] = call.text("thread_ts")
    author = messages.signed_by(call.ws, call.caller)
    message = messages.whisper(call.ws, channel, user.id, author | body)
    return {"message_ts": message["ts"]}


def get_permalink(call: Call) -> Json:
    """Return the address of a message on the workspace's page; a reply's names its thread."""
    channel = call.channel()
    message = found(channel, call.text("message_ts"))
    path = f"/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    if message.get("thread_ts", message["ts"]) != message["ts"]:
        path += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": call.ws.base_url + path}


def found(channel: Channel, ts: str, code: str = "message_not_found") -> Json:
    """Return a message by its timestamp."""
    if ts not in channel.messages:
        raise SlackError(code)
    return channel.messages[ts]


def thread_root(channel: Channel, thread_ts: str) -> str:
    """Return the parent's timestamp, also when a reply's was given."""
    return str(channel.messages.get(thread_ts, {}).get("thread_ts", thread_ts))


def _own_message(call: Call, channel: Channel, code: str) -> Json:
    message = found(channel, call.text("ts"))
    if message.get("user") != call.caller.id or message.get("subtype") == "tombstone":
        raise SlackError(code)
    return message


def _thread(call: Call, channel: Channel) -> Json:
    thread_ts = str(call.given.get("thread_ts") or "")
    if not thread_ts:
        return {}
    root = thread_root(channel, thread_ts)
    place: Json = {"thread_ts": root}
    if root in channel.messages:
        place["parent_user_id"] = channel.messages[root]["user"]
    if call.flag("reply_broadcast"):
        place |= {"subtype": "thread_broadcast", "root": channel.messages.get(root, {})}
    return place
