"""chat.postMessage, update, delete, postEphemeral, getPermalink.

The workspace has no setting that closes the window for edits (`edit_window_closed`) or keeps people
from posting (`restricted_action`), and unfurls nothing, so `unfurl_links` and `unfurl_media` are
taken and change nothing. `link_names` links user groups only, which apps write as `<!subteam^…>`.
"""

from workspace import messages, threads
from workspace.args import Call
from workspace.methods import content
from workspace.people import Channel
from workspace.wire import Json, SlackError

_UPDATE_TEXT = 4000
_NO_THREADS = frozenset(
    {"channel_archive", "channel_unarchive", "group_archive", "group_unarchive", "tombstone"}
)


def post_message(call: Call) -> Json:
    """Post to a channel the caller is in, to a person's DM, or into a thread."""
    if call.caller.is_bot and call.flag("as_user"):
        raise SlackError("as_user_not_supported")
    channel = call.own_channel()
    _check_tab(call, channel)
    body = content.read(call) | content.custom_author(call) | _thread(call, channel)
    message = messages.post(call.ws, channel, messages.signed_by(call.ws, call.caller) | body)
    threads.answered(call.ws, channel, message)
    answer = {"channel": channel.id, "ts": message["ts"], "message": message}
    return answer | content.truncation(call)


def update(call: Call) -> Json:
    """Replace text and blocks; text without blocks removes the blocks, metadata stays."""
    channel = call.own_channel(outside="cant_update_message", archived="is_inactive")
    old = _own_message(call, channel, "cant_update_message")
    content.check_text(call, _UPDATE_TEXT)
    stream = call.ws.streams.get((channel.id, old["ts"]))
    if stream is not None and stream.state == "in_progress":
        raise SlackError("streaming_state_conflict")
    if call.flag("reply_broadcast"):
        return _broadcast(call, channel, old)
    changes = _edited(call)
    new = messages.change(call.ws, channel, old["ts"], changes)
    return {"channel": channel.id, "ts": new["ts"], "text": new["text"], "message": new}


def delete(call: Call) -> Json:
    """Delete a message of the caller's own."""
    code = "cant_delete_message"
    channel = call.own_channel(outside=code, archived=code)
    old = _own_message(call, channel, code)
    messages.delete(call.ws, channel, old["ts"])
    return {"channel": channel.id, "ts": old["ts"]}


def post_ephemeral(call: Call) -> Json:
    """Show a message to one member only; in a thread only once the thread has replies."""
    channel = call.own_channel()
    _check_tab(call, channel)
    user = call.user(code="user_not_in_channel")
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content.check_text(call)
    codes = content.Codes("msg_too_long", "invalid_attachments")
    body = content.made(call.ws, call.given, codes) | content.custom_author(call)
    body = messages.signed_by(call.ws, call.caller) | body
    thread_ts = _parent(call, channel)
    if thread_ts and not channel.replies.get(thread_ts):
        return {"message_ts": call.ws.ids.ts()}
    place = {"thread_ts": thread_ts} if thread_ts else {}
    message = messages.whisper(call.ws, channel, user.id, body | place)
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


def _edited(call: Call) -> Json:
    """Return what an edit changes; None takes a part away."""
    changes: Json = {"blocks": None, "attachments": None}
    changes |= content.read(call, too_long="msg_too_long", attachments="invalid_attachments")
    if call.given.get("metadata") == {}:
        changes["metadata"] = None
    if isinstance(call.given.get("file_ids"), list):
        changes["files"] = _files(call, call.given["file_ids"])
    edited = {"user": call.caller.id, "ts": call.ws.ids.ts()}
    return changes | {"edited": edited}


def _files(call: Call, names: list[object]) -> list[Json] | None:
    stored = [call.ws.files.get(str(name)) for name in names]
    if any(each is None or not each.is_complete for each in stored):
        raise SlackError("file_not_found")
    return [each.info for each in stored if each is not None] or None


def _broadcast(call: Call, channel: Channel, old: Json) -> Json:
    """Show an earlier reply in the channel too; its content cannot change at the same time."""
    if any(call.given.get(name) for name in ("text", "blocks", "attachments", "markdown_text")):
        raise SlackError("no_dual_broadcast_content_update")
    root = old.get("thread_ts", old["ts"])
    if root == old["ts"] or old.get("subtype") == "thread_broadcast":
        raise SlackError("cant_broadcast_message")
    changes = {"subtype": "thread_broadcast", "root": channel.messages.get(root, {})}
    new = messages.change(call.ws, channel, old["ts"], changes)
    return {"channel": channel.id, "ts": new["ts"], "text": new["text"], "message": new}


def _check_tab(call: Call, channel: Channel) -> None:
    """Refuse to write to people when the manifest turns the Messages tab off."""
    features = call.ws.manifest.get("features") or {}
    is_off = (features.get("app_home") or {}).get("messages_tab_enabled") is False
    if is_off and channel.is_im and call.caller.is_bot:
        raise SlackError("messages_tab_disabled")


def _parent(call: Call, channel: Channel) -> str:
    """Return the thread that a call names, '' without one; some messages take no replies."""
    thread_ts = str(call.given.get("thread_ts") or "")
    root = thread_root(channel, thread_ts) if thread_ts else ""
    parent = channel.messages.get(root, {})
    if parent.get("subtype") in _NO_THREADS and not channel.replies.get(root):
        raise SlackError("cannot_reply_to_message")
    return root


def _thread(call: Call, channel: Channel) -> Json:
    root = _parent(call, channel)
    if not root:
        return {}
    place: Json = {"thread_ts": root}
    if root in channel.messages:
        place["parent_user_id"] = channel.messages[root]["user"]
    if call.flag("reply_broadcast"):
        place |= {"subtype": "thread_broadcast", "root": channel.messages.get(root, {})}
    return place
