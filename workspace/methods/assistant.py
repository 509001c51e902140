"""assistant.threads.* and agents.sessions.*: status, title, suggested prompts of a conversation."""

from workspace.args import Call
from workspace.people import Channel
from workspace.wire import Json, SlackError

_STATUSES = frozenset({"active", "processing", "suspended", "closed"})
_MOST_PROMPTS = 4
_TITLE_LIMIT = 200


def set_status(call: Call) -> Json:
    """Show what the app is doing in a thread; an empty status clears it."""
    channel, thread_ts = _thread(call)
    status: Json = {"status": str(call.given.get("status") or "")}
    if call.given.get("loading_messages"):
        status["loading_messages"] = call.given["loading_messages"]
    _show(call, channel, thread_ts, status)
    return {}


def set_title(call: Call) -> Json:
    """Name a thread."""
    channel, thread_ts = _thread(call)
    _show(call, channel, thread_ts, {"title": call.text("title")})
    return {}


def set_suggested_prompts(call: Call) -> Json:
    """Offer up to four prompts in the DM."""
    channel = call.own_channel("channel_id")
    prompts = call.given.get("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= _MOST_PROMPTS:
        raise SlackError("invalid_arguments", ["[ERROR] 1 to 4 prompts"])
    thread_ts = str(call.given.get("thread_ts") or "")
    offered: Json = {"prompts": prompts, "title": call.given.get("title") or ""}
    _show(call, channel, thread_ts, offered)
    return {}


def set_session_status(call: Call) -> Json:
    """Set an agent session's state; `processing` shows as working."""
    channel = call.own_channel("channel_id")
    status = call.text("status")
    if status not in _STATUSES:
        raise SlackError("invalid_status")
    if not call.given.get("thread_ts"):
        raise SlackError("thread_ts_required")
    session: Json = {"session_status": status}
    if call.given.get("title"):
        session["title"] = call.text("title")[:_TITLE_LIMIT]
    _show(call, channel, call.text("thread_ts"), session)
    return {}


def _thread(call: Call) -> tuple[Channel, str]:
    channel = call.channel("channel_id")
    if call.caller.id not in channel.members:
        raise SlackError("channel_not_found")
    thread_ts = call.text("thread_ts")
    if thread_ts not in channel.messages:
        raise SlackError("invalid_thread_ts")
    return channel, thread_ts


def _show(call: Call, channel: Channel, thread_ts: str, shown: Json) -> None:
    """Show it to the members; only `status` itself is an event of its own on the page."""
    kind = "status" if "status" in shown else "session"
    event = {"type": kind, "channel": channel.id, "thread_ts": thread_ts, **shown}
    call.ws.journal.publish(event, frozenset(channel.members), "status")
