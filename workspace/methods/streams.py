"""chat.startStream, appendStream, stopStream.

A stream takes either `markdown_text` or `chunks` from its first content to its last. What a chunk
does is in `workspace.chunks`, how a stream ends in `workspace.live`.
"""

from workspace import chunks, live, messages, threads
from workspace.args import Call
from workspace.blocks import MARKDOWN_LIMIT
from workspace.methods import chat, content
from workspace.people import TEAM_ID, Channel
from workspace.state import Stream
from workspace.text import sent
from workspace.wire import Json, SlackError

_DISPLAYS = frozenset({"timeline", "plan"})


def start(call: Call) -> Json:
    """Start a stream; in channels it needs the recipient's user and team, in DMs a thread."""
    _check_streaming(call)
    channel = call.own_channel()
    place = _place(call, channel)
    if not channel.is_im:
        _check_recipient(call)
    display = call.text("task_display_mode", "timeline")
    if display not in _DISPLAYS:
        raise _wrong("must be a valid enum value: task_display_mode")
    mode, given = _content(call)
    body = messages.signed_by(call.ws, call.caller) | content.custom_author(call) | place
    body |= _appended(call, [], given, display)
    message = live.begin(call.ws, channel, body, display=display, mode=mode)
    _start_session(call, channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def append(call: Call) -> Json:
    """Append Markdown text or chunks."""
    channel, message, stream = _open_stream(call, stopped="stopped_by_user")
    given = _next_content(call, stream)
    if not given:
        raise SlackError("no_text")
    changes = _appended(call, message.get("blocks") or [], given, stream.display)
    messages.change(call.ws, channel, message["ts"], changes, quiet=True)
    return {"channel": channel.id, "ts": message["ts"]}


def stop(call: Call) -> Json:
    """Append what is left; finish the message with blocks and metadata, and set the session."""
    channel, message, stream = _open_stream(call, stopped="message_not_in_streaming_state")
    status = call.text("session_status", "active")
    if status not in threads.STATUSES:
        raise _wrong("must be a valid enum value: session_status")
    given = _next_content(call, stream)
    streamed = chunks.added(call.ws, message.get("blocks") or [], given, stream.display)
    tail = call.given.get("blocks")
    closing = live.Closing(
        blocks=streamed,
        tail=chunks.part_blocks(call.ws, tail) if tail else [],
        changes=content.metadata(call.given),
    )
    new = live.end(call.ws, channel, message["ts"], closing)
    if threads.is_agent(call.ws):
        threads.set_session(call.ws, channel, stream.thread_ts, status)
    return {"channel": channel.id, "ts": new["ts"], "message": new}


def check_bot(call: Call) -> None:
    """Refuse a person's token: `not_allowed_token_type`."""
    if not call.caller.is_bot:
        raise SlackError("not_allowed_token_type")


def _check_streaming(call: Call) -> None:
    """Refuse people, and everybody in a workspace without streaming: `unknown_method`."""
    if not call.ws.faults.streaming:
        raise SlackError("unknown_method")
    check_bot(call)


def _place(call: Call, channel: Channel) -> Json:
    """Return the thread's part of the message; a DM's stream always is a reply."""
    given = str(call.given.get("thread_ts") or "")
    if not given:
        if channel.is_im:
            raise _wrong("missing required field: thread_ts")
        return {}
    root = chat.thread_root(channel, given)
    parent = channel.messages.get(root, {}).get("user")
    return {"thread_ts": root} | ({"parent_user_id": parent} if parent else {})


def _check_recipient(call: Call) -> None:
    if not call.given.get("recipient_user_id"):
        raise SlackError("missing_recipient_user_id")
    if not call.given.get("recipient_team_id"):
        raise SlackError("missing_recipient_team_id")
    call.user("recipient_user_id")
    if call.given["recipient_team_id"] != TEAM_ID:
        raise SlackError("missing_recipient_team_id")


def _start_session(call: Call, channel: Channel, message: Json) -> None:
    """Show that an agent works: its session is processing, and begins if there is none."""
    if not threads.is_agent(call.ws):
        return
    thread_ts = str(message.get("thread_ts") or message["ts"])
    initiator = str(call.given.get("recipient_user_id") or channel.user)
    threads.set_session(call.ws, channel, thread_ts, "processing", initiator=initiator)


def _open_stream(call: Call, *, stopped: str) -> tuple[Channel, Json, Stream]:
    """Return the live stream the call names; SlackError, `stopped` after the stop button."""
    _check_streaming(call)
    channel = call.own_channel()
    message = chat.found(channel, call.text("ts"))
    if message.get("user") != call.caller.id:
        raise SlackError("message_not_owned_by_app")
    stream = live.stream_at(call.ws, channel, message["ts"])
    if stream is None or stream.state == "completed":
        raise SlackError("message_not_in_streaming_state")
    if stream.state == "stopped":
        raise SlackError(stopped)
    return channel, message, stream


def _content(call: Call) -> tuple[str, list[Json]]:
    """Return how the call gives its content (text, chunks or ''), and the content as chunks."""
    text, given = str(call.given.get("markdown_text") or ""), call.given.get("chunks") or []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise SlackError("invalid_chunks")
    if text and given:
        raise _wrong("markdown_text and chunks cannot be used together")
    if len(text) > MARKDOWN_LIMIT:
        raise SlackError("msg_too_long")
    if text:
        return "text", [{"type": "markdown_text", "text": text}]
    return "chunks" if given else "", given


def _next_content(call: Call, stream: Stream) -> list[Json]:
    """Return the call's content; the stream's first decides which of the two forms it takes.

    Slack answers the code `streaming_mode_mismatch`, which no page of its lists; so that every code
    here is a documented one, it stands in the words.
    """
    mode, given = _content(call)
    if mode and stream.mode and mode != stream.mode:
        raise _wrong("streaming_mode_mismatch: the stream began in the other form")
    stream.mode = stream.mode or mode
    return given


def _appended(call: Call, blocks: list[Json], given: list[Json], display: str) -> Json:
    """Return the changes that the content makes to a live message."""
    made = chunks.added(call.ws, blocks, given, display)
    return {"text": sent(chunks.live_text(made))} | ({"blocks": made} if made else {})


def _wrong(problem: str) -> SlackError:
    return SlackError("invalid_arguments", [f"[ERROR] {problem}"])
