"""files.getUploadURLExternal, completeUploadExternal, info, delete."""

from workspace import checks, files, filetypes, messages, processing
from workspace.args import Call
from workspace.methods import chat
from workspace.people import Channel, User
from workspace.state import StoredFile
from workspace.text import sent
from workspace.wire import Json, SlackError

_ALT_LIMIT = 1000
_HIGHLIGHT_LIMIT = 10
_MOST_CHANNELS = 100


def get_upload_url(call: Call) -> Json:
    """Return where to post the bytes of a new file."""
    files.prune(call.ws)
    length, snippet_type = _length(call), str(call.given.get("snippet_type") or "")
    alt_txt = str(call.given.get("alt_txt") or "")
    if len(alt_txt) > _ALT_LIMIT:
        raise SlackError("alt_txt_too_large")
    if snippet_type:
        _check_snippet(snippet_type, length)
    labels = files.Labels(alt_txt=alt_txt, snippet_type=snippet_type)
    stored = files.create(call.ws, call.caller, call.text("filename"), labels)
    secret = call.ws.uploads.open(stored.info["id"], length)
    return {"file_id": stored.info["id"], "upload_url": f"{call.ws.base_url}/upload/{secret}"}


def complete_upload(call: Call) -> Json:
    """Finish uploads: they are processed, then shared where asked, after this answer."""
    entries = _entries(call)
    shared = [_uploaded(call, entry) for entry in entries]
    channels = _channels(call)
    body = _comment(call, channels)
    for stored, entry in zip(shared, entries, strict=True):
        title, alt_txt = str(entry.get("title") or ""), str(entry.get("alt_txt") or "")
        files.complete(stored, files.Labels(title=title, alt_txt=alt_txt))
        processing.start(call.ws, stored, processing.PROCESSING_S + call.late_s)
    if channels and not call.drop:
        call.ws.chore(call.ws.ids.next("share"), _share(call, channels, body, shared))
    return {"files": [stored.info for stored in shared]}


def info(call: Call) -> Json:
    """Describe a file that the caller may see; a snippet with its text."""
    stored = _file(call)
    found: Json = {"file": stored.info, "comments": [], "response_metadata": {"next_cursor": ""}}
    if stored.is_processed and stored.info["mode"] == "snippet":
        found["content"] = filetypes.text_of(stored.content) or ""
    return found


def delete(call: Call) -> Json:
    """Delete a file: the caller's own, or, for an admin, anybody's."""
    stored = _file(call)
    if stored.info["user"] != call.caller.id and not call.caller.is_admin:
        raise SlackError("cant_delete_file")
    files.delete(call.ws, stored)
    return {}


def _length(call: Call) -> int:
    """Return the length asked for; SlackError when it is no size, or nothing that large fits."""
    try:
        length = int(str(call.given.get("length")))
    except ValueError as error:
        raise SlackError("invalid_arguments", ["[ERROR] must be an integer: length"]) from error
    if length == 0:
        raise SlackError("missing_argument")
    if length < 0:
        raise SlackError("invalid_arguments", ["[ERROR] must be greater than 0: length"])
    if length > call.ws.uploads.limits.file_bytes:
        raise SlackError("file_upload_size_restricted")
    if length > files.room_bytes(call.ws):
        raise SlackError("storage_limit_reached")
    return length


def _check_snippet(snippet_type: str, length: int) -> None:
    if snippet_type not in filetypes.SNIPPET_TYPES:
        raise SlackError("unknown_snippet_type")
    if length > filetypes.SNIPPET_BYTES:
        raise SlackError("snippet_too_large")


def _entries(call: Call) -> list[Json]:
    entries = call.given.get("files")
    if not isinstance(entries, list) or not entries:
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: files"])
    if not all(isinstance(each, dict) and each.get("id") for each in entries):
        raise SlackError("invalid_arguments", ["[ERROR] files must be objects with an id"])
    if any(len(str(each.get("highlight_type") or "")) > _HIGHLIGHT_LIMIT for each in entries):
        raise SlackError("invalid_arguments", ["[ERROR] highlight_type is too long"])
    return entries


def _uploaded(call: Call, entry: Json) -> StoredFile:
    """Return a file of the caller's own whose bytes have arrived."""
    stored = call.ws.files.get(str(entry["id"]))
    if stored is None or not stored.has_content:
        raise SlackError("file_not_found")
    if stored.info["user"] != call.caller.id:
        raise SlackError("access_denied")
    return stored


def _file(call: Call) -> StoredFile:
    identity = call.text("file")
    stored = call.ws.files.get(identity)
    if stored is None and identity in call.ws.deleted_files:
        raise SlackError("file_deleted")
    if stored is None or not stored.is_complete:
        raise SlackError("file_not_found")
    if not files.may_see(call.ws, call.caller, stored):
        raise SlackError("file_not_found")
    return stored


def _channels(call: Call) -> list[Channel]:
    """Return where to share: `channel_id`, or `channels` by id (a person's id is their DM)."""
    single = str(call.given.get("channel_id") or "")
    several = [each.strip() for each in str(call.given.get("channels") or "").split(",")]
    named = list(dict.fromkeys(each for each in several if each))
    if len(named) > _MOST_CHANNELS:
        raise SlackError("channels_limit_exceeded")
    if single and not named:
        return [_channel(call, single, "channel_not_found")]
    return [_channel(call, each, "invalid_channel") for each in named]


def _channel(call: Call, name: str, unknown: str) -> Channel:
    """Return a channel that the caller may post to."""
    directory = call.ws.directory
    person: User | None = directory.users.get(name)
    channel = directory.channel(name) if person is not None else directory.channels.get(name)
    if channel is None:
        raise SlackError(unknown)
    if call.caller.id not in channel.members:
        raise SlackError("not_in_channel" if channel.type == "channel" else unknown)
    if channel.is_archived:
        raise SlackError("posting_to_channel_denied")
    return channel


def _comment(call: Call, channels: list[Channel]) -> Json:
    """Return the message that the files go with; a comment makes Slack ignore `blocks`."""
    text = str(call.given.get("initial_comment") or "")
    body = messages.signed_by(call.ws, call.caller) | {"text": sent(text)}
    if channels and not text and call.given.get("blocks"):
        body["blocks"] = _rich_text(call)
    thread_ts = str(call.given.get("thread_ts") or "")
    if channels and thread_ts:
        body["thread_ts"] = _thread(channels, thread_ts)
    return body


def _rich_text(call: Call) -> list[Json]:
    try:
        parts = checks.message_blocks(call.ws, call.given["blocks"], too_long="invalid_blocks")
    except SlackError as error:
        raise SlackError("invalid_blocks", error.messages) from error
    if any(each["type"] != "rich_text" for each in parts):
        raise SlackError("invalid_blocks", ["[ERROR] only rich_text blocks are supported"])
    return parts


def _thread(channels: list[Channel], thread_ts: str) -> str:
    if len(channels) > 1:
        raise SlackError("invalid_arguments", ["[ERROR] thread_ts needs a single channel"])
    return chat.thread_root(channels[0], thread_ts)


async def _share(call: Call, channels: list[Channel], body: Json, shared: list[StoredFile]) -> None:
    """Share the files once they are processed."""
    await processing.finished(call.ws, [stored.info["id"] for stored in shared])
    left = [stored for stored in shared if stored.info["id"] in call.ws.files]
    for channel in channels if left else ():
        files.share(call.ws, channel, body, left)
