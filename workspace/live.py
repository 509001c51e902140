"""Streams while they are live: how one begins, and the ways it ends.

A stream lives five minutes, active or not (people have measured that; no page says so). It ends by
`chat.stopStream`, by the person's stop button, or by itself.
"""

from dataclasses import dataclass, field
from functools import partial

from workspace import chunks, messages, threads
from workspace.people import Channel
from workspace.state import Stream, Workspace
from workspace.wire import Json

STREAM_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a stream ends: its `state` then, all it streamed, what follows below, further changes.

    `blocks` None means what the message shows already.
    """

    state: str = "completed"
    blocks: list[Json] | None = None
    tail: list[Json] = field(default_factory=list)
    changes: Json = field(default_factory=dict)


def begin(ws: Workspace, channel: Channel, body: Json, *, display: str, mode: str) -> Json:
    """Post the message of a new stream; return it. `mode` is text, chunks or '' (nothing yet)."""
    message = messages.post(ws, channel, body | {"streaming_state": "in_progress"})
    ts = str(message["ts"])
    ws.streams[channel.id, ts] = Stream(
        channel=channel.id,
        thread_ts=str(message.get("thread_ts") or ts),
        expires=ws.clock.now() + STREAM_S,
        display=display,
        mode=mode,
    )
    ws.clock.after(STREAM_S, partial(_expire, ws, channel, ts))
    threads.answered(ws, channel, message)
    return message


def stream_at(ws: Workspace, channel: Channel, ts: str) -> Stream | None:
    """Return the message's stream, ended if its time is up; None for any other message."""
    stream = ws.streams.get((channel.id, ts))
    if stream is not None and stream.expires <= ws.clock.now():
        _expire(ws, channel, ts)
    return stream


def live_in(ws: Workspace, channel: Channel, thread_ts: str) -> list[str]:
    """Return the timestamps of the thread's live streams, oldest first."""
    here = [ts for name, ts in ws.streams if name == channel.id]
    found = ((ts, stream_at(ws, channel, ts)) for ts in here if ts in channel.messages)
    return [ts for ts, each in found if each is not None and _is_live(each, thread_ts)]


def end(ws: Workspace, channel: Channel, ts: str, closing: Closing | None = None) -> Json:
    """End a stream: the message takes its final form; return it."""
    last = closing or Closing()
    ws.streams[channel.id, ts].state = last.state
    streamed = channel.messages[ts].get("blocks") or [] if last.blocks is None else last.blocks
    final = chunks.finished(ws, streamed)
    final["blocks"] = [*final["blocks"], *last.tail] or None
    changes = last.changes | final | {"streaming_state": "completed"}
    return messages.change(ws, channel, ts, changes)


def _is_live(stream: Stream, thread_ts: str) -> bool:
    return stream.state == "in_progress" and stream.thread_ts == thread_ts


def _expire(ws: Workspace, channel: Channel, ts: str) -> None:
    if ws.streams[channel.id, ts].state != "in_progress":
        return
    if ts in channel.messages:
        end(ws, channel, ts)
    else:
        ws.streams[channel.id, ts].state = "completed"
