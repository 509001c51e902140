"""files.getUploadURLExternal, completeUploadExternal, info, delete."""

import asyncio
import functools

from workspace import checks, files, messages
from workspace.args import Call
from workspace.methods import chat
from workspace.people import Channel
from workspace.state import StoredFile
from workspace.text import sent
from workspace.wire import Json, SlackError

_SIZE_LIMIT = 1 << 30
_ALT_LIMIT = 1000


def get_upload_url(call: Call) -> Json:
    """Return where to post the bytes of a new file."""
    name = call.text("filename")
    if call.number("length", 0, _SIZE_LIMIT + 1) > _SIZE_LIMIT:
        raise SlackError("file_upload_size_restricted")
    alt_txt = str(call.given.get("alt_txt") or "")
    if len(alt_txt) > _ALT_LIMIT:
        raise SlackError("alt_txt_too_large")
    snippet_type = str(call.given.get("snippet_type") or "")
    labels = files.Labels(alt_txt=alt_txt, snippet_type=snippet_type)
    stored = files.create(call.ws, call.caller, name, labels)
    token = call.ws.ids.secret()
    call.ws.uploads[token] = stored.info["id"]
    return {"file_id": stored.info["id"], "upload_url": f"{call.ws.base_url}/upload/{token}"}


def complete_upload(call: Call) -> Json:
    """Finish uploads, and share them where asked; the message appears after the answer."""
    shared = [_completed(call, each) for each in _entries(call)]
    channels = _channels(call)
    body = _comment(call) if channels else {}
    for channel in channels:
        _share_later(call, channel, body, shared)
    return {"files": [{"id": each.info["id"], "title": each.info["title"]} for each in shared]}


def info(call: Call) -> Json:
    """Describe a file that the caller may see."""
    return {
        "file": _file(call, call.text("file")).info,
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def delete(call: Call) -> Json:
    """Delete a file of the caller's own."""
    stored = _file(call, call.text("file"))
    if stored.info["user"] != call.caller.id:
        raise SlackError("cant_delete_file")
    files.delete(call.ws, stored)
    return {}


def _entries(call: Call) -> list[Json]:
    entries = call.given.get("files")
    if not isinstance(entries, list) or not entries:
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: files"])
    if not all(isinstance(each, dict) for each in entries):
        raise SlackError("invalid_arguments", ["[ERROR] files must be objects"])
    return entries


def _completed(call: Call, entry: Json) -> StoredFile:
    stored = _file(call, str(entry.get("id", "")))
    if stored.info["user"] != call.caller.id or not stored.has_content:
        raise SlackError("file_not_found")
    labels = files.Labels(
        title=str(entry.get("title") or ""), alt_txt=str(entry.get("alt_txt") or "")
    )
    files.complete(stored, labels)
    return stored


def _file(call: Call, identity: str) -> StoredFile:
    stored = call.ws.files.get(identity)
    if stored is None or not files.may_see(call.ws, call.caller, stored):
        raise SlackError("file_not_found")
    return stored


def _channels(call: Call) -> list[Channel]:
    names = str(call.given.get("channels") or call.given.get("channel_id") or "").split(",")
    found = [call.ws.directory.channel(name.strip()) for name in names if name.strip()]
    for channel in found:
        if channel is None:
            raise SlackError("channel_not_found")
        if call.caller.id not in channel.members:
            hidden = channel.is_im or channel.is_private
            raise SlackError("channel_not_found" if hidden else "not_in_channel")
    return [channel for channel in found if channel is not None]


def _comment(call: Call) -> Json:
    body = messages.signed_by(call.ws, call.caller)
    body["text"] = sent(str(call.given.get("initial_comment") or ""))
    if call.given.get("blocks"):
        body["blocks"] = checks.message_blocks(
            call.ws, call.given["blocks"], too_long="invalid_blocks"
        )
    return body


def _share_later(call: Call, channel: Channel, body: Json, shared: list[StoredFile]) -> None:
    """Share after the answer; a fault may make it late, or never."""
    if call.drop:
        return
    thread_ts = str(call.given.get("thread_ts") or "")
    if thread_ts:
        body = body | {"thread_ts": chat.thread_root(channel, thread_ts)}
    share = functools.partial(files.share, call.ws, channel, body, shared)
    if call.late_s:
        call.ws.clock.after(call.late_s, share)
    else:
        asyncio.get_running_loop().call_soon(share)
