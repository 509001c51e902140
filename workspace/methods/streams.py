"""chat.startStream, appendStream, stopStream.

A stream lives five minutes, active or not; afterwards, and after the person pressed stop, it takes
nothing more. Streamed text is standard Markdown, shown as one `markdown` block between task cards.
"""

from workspace import checks, messages
from workspace.args import Call
from workspace.blocks import MARKDOWN_LIMIT, MESSAGE_BLOCKS
from workspace.methods import chat
from workspace.people import TEAM_ID, Channel
from workspace.state import Stream
from workspace.text import sent
from workspace.wire import Json, SlackError

STREAM_S = 300.0


def start(call: Call) -> Json:
    """Start a stream in a thread; channels need the recipient's user and team."""
    channel = call.own_channel()
    root = chat.thread_root(channel, call.text("thread_ts"))
    if not channel.is_im:
        _check_recipient(call)
    body = messages.signed_by(call.ws, call.caller) | _appended(call, {}, required=False)
    body |= {"thread_ts": root, "streaming_state": "in_progress"}
    message = messages.post(call.ws, channel, body)
    expires = call.ws.clock.now() + STREAM_S
    stream = Stream(channel=channel.id, thread_ts=root, expires=expires)
    call.ws.streams[channel.id, message["ts"]] = stream
    return {"channel": channel.id, "ts": message["ts"]}


def append(call: Call) -> Json:
    """Append Markdown text or chunks."""
    channel, message = _open_stream(call)
    changes = _appended(call, message, required=True)
    messages.change(call.ws, channel, message["ts"], changes, quiet=True)
    return {"channel": channel.id, "ts": message["ts"]}


def stop(call: Call) -> Json:
    """Append what is left and finish the message with blocks and metadata."""
    channel, message = _open_stream(call)
    changes = _appended(call, message, required=False) | {"streaming_state": "completed"}
    if call.given.get("blocks"):
        more = checks.message_blocks(call.ws, call.given["blocks"])
        changes["blocks"] = [*changes.get("blocks", message.get("blocks", [])), *more]
    if call.given.get("metadata"):
        changes["metadata"] = call.mapping("metadata", "invalid_metadata_format")
    call.ws.streams[channel.id, message["ts"]].state = "completed"
    new = messages.change(call.ws, channel, message["ts"], changes)
    return {"channel": channel.id, "ts": new["ts"], "message": new}


def _check_recipient(call: Call) -> None:
    if not call.given.get("recipient_user_id"):
        raise SlackError("missing_recipient_user_id")
    if not call.given.get("recipient_team_id"):
        raise SlackError("missing_recipient_team_id")
    call.user("recipient_user_id")
    if call.given["recipient_team_id"] != TEAM_ID:
        raise SlackError("missing_recipient_team_id")


def _open_stream(call: Call) -> tuple[Channel, Json]:
    channel = call.own_channel()
    message = chat.found(channel, call.text("ts"))
    if message["user"] != call.caller.id:
        raise SlackError("message_not_owned_by_app")
    stream = call.ws.streams.get((channel.id, message["ts"]))
    if stream is not None and stream.state == "stopped":
        raise SlackError("stopped_by_user")
    if stream is None or stream.state != "in_progress" or _has_expired(call, stream):
        raise SlackError("message_not_in_streaming_state")
    return channel, message


def _has_expired(call: Call, stream: Stream) -> bool:
    if call.ws.clock.now() <= stream.expires:
        return False
    stream.state = "completed"
    return True


def _appended(call: Call, message: Json, *, required: bool) -> Json:
    """Return the changes that the call's text and chunks make to the message."""
    chunks = _chunks(call)
    if required and not chunks:
        raise SlackError("no_text")
    blocks: list[Json] = list(message.get("blocks", ()))
    for chunk in chunks:
        _add(call, blocks, chunk)
    if len(blocks) > MESSAGE_BLOCKS:
        raise SlackError("msg_blocks_too_many")
    written = [str(block["text"]) for block in blocks if block["type"] == "markdown"]
    return {"text": sent("\n".join(written)), "blocks": blocks}


def _chunks(call: Call) -> list[Json]:
    chunks = call.given.get("chunks") or []
    if not isinstance(chunks, list) or not all(isinstance(each, dict) for each in chunks):
        raise SlackError("invalid_chunks")
    if call.given.get("markdown_text"):
        chunks = [*chunks, {"type": "markdown_text", "text": str(call.given["markdown_text"])}]
    texts = [str(each.get("text", "")) for each in chunks if each.get("type") == "markdown_text"]
    if sum(map(len, texts)) > MARKDOWN_LIMIT:
        raise SlackError("msg_too_long")
    return chunks


def _add(call: Call, blocks: list[Json], chunk: Json) -> None:
    match chunk:
        case {"type": "markdown_text", "text": str(text)}:
            _add_text(call, blocks, text)
        case {"type": "task_update", "id": str(task_id), "title": str()}:
            _replace(blocks, {**chunk, "type": "task_card", "task_id": task_id}, "task_id")
        case {"type": "plan_update", "title": str()}:
            _replace(blocks, {**chunk, "type": "plan"}, "type")
        case {"type": "blocks", "blocks": list(more)}:
            blocks.extend(checks.message_blocks(call.ws, more))
        case _:
            raise SlackError("invalid_chunks")


def _add_text(call: Call, blocks: list[Json], text: str) -> None:
    if blocks and blocks[-1]["type"] == "markdown":
        blocks[-1] = blocks[-1] | {"text": blocks[-1]["text"] + text}
    else:
        blocks.append({"type": "markdown", "text": text, "block_id": call.ws.ids.short()})


def _replace(blocks: list[Json], block: Json, key: str) -> None:
    """Put the block in the place of the earlier one with the same `key`, or at the end."""
    for index, earlier in enumerate(blocks):
        if earlier["type"] == block["type"] and earlier.get(key) == block[key]:
            blocks[index] = earlier | block
            return
    blocks.append(block)
