"""agents.sessions.*: the state and the title of an agent's work in a thread.

Sessions belong to threads here; Slack's session channels do not exist in this workspace.
"""

from workspace import threads
from workspace.agents import Session
from workspace.args import Call
from workspace.methods import content
from workspace.methods.streams import check_bot
from workspace.people import Channel
from workspace.wire import Json, SlackError

_TITLE_LIMIT = 200
_WARNING = "missing_agent_session_stopped_event_subscription"


def set_status(call: Call) -> Json:
    """Set a session's state, beginning it if there is none; `processing` shows as working."""
    channel, thread_ts = _thread(call)
    status = call.text("status")
    if status not in threads.STATUSES:
        raise SlackError("invalid_status")
    content.custom_author(call)
    first = {} if threads.session_at(call.ws, channel, thread_ts) else _first(call, channel)
    session = threads.set_session(call.ws, channel, thread_ts, status, **first)
    return {"status": session.status, "agent_status": session.status} | _more(call, session)


def rename(call: Call) -> Json:
    """Give a session another title; the app is told only of titles that people change."""
    channel, thread_ts = _thread(call)
    title = _title(call)
    if threads.session_at(call.ws, channel, thread_ts) is None:
        raise SlackError("session_not_found")
    session = threads.name_session(call.ws, channel, thread_ts, title)
    return {"title": session.title}


def _thread(call: Call) -> tuple[Channel, str]:
    """Return the thread; SlackError `not_authorized` for who is no agent, or not a member."""
    check_bot(call)
    channel = call.channel("channel_id")
    if not threads.is_agent(call.ws) or call.caller.id not in channel.members:
        raise SlackError("not_authorized")
    if not call.given.get("thread_ts"):
        raise SlackError("thread_ts_required")
    thread_ts = call.text("thread_ts")
    if thread_ts not in channel.messages:
        raise SlackError("invalid_arguments", ["[ERROR] no such message: thread_ts"])
    return channel, str(channel.messages[thread_ts].get("thread_ts", thread_ts))


def _first(call: Call, channel: Channel) -> dict[str, str]:
    """Return what counts when the session begins: its title, and who asked for it."""
    first: dict[str, str] = {}
    if call.given.get("title"):
        first["title"] = _title(call)
    if call.given.get("initiator_user_id"):
        first["initiator"] = call.user("initiator_user_id").id
        if first["initiator"] not in channel.members:
            raise SlackError("user_not_found")
    return first


def _title(call: Call) -> str:
    title = call.text("title").strip()
    if not 1 <= len(title) <= _TITLE_LIMIT:
        raise SlackError("invalid_arguments", ["[ERROR] title: 1 to 200 characters"])
    return title


def _more(call: Call, session: Session) -> Json:
    title: Json = {"title": session.title} if session.title else {}
    if threads.is_stoppable(call.ws):
        return title
    return title | {"warning": _WARNING, "response_metadata": {"warnings": [_WARNING]}}
