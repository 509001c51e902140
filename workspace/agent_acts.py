"""What people do with an agent: press stop, look at a channel beside it, rename a session.

Only an app that is declared an agent hears of it; see `workspace.threads` for what that means.
"""

from workspace import live, threads
from workspace.people import BOT_USER, TEAM_ID, Channel, User
from workspace.state import Workspace
from workspace.wire import Json, Refused

_TITLE_LIMIT = 200


async def stop(ws: Workspace, user: User, channel: Channel, thread_ts: str) -> Json:
    """Press a thread's stop button: its streams end, `agent_session_stopped` goes out.

    The session keeps its status, which is the app's to change. Refused where there is no button.
    """
    streams = live.live_in(ws, channel, thread_ts)
    if not streams and not threads.busy(ws, channel, thread_ts):
        raise Refused("nothing_to_stop", 409)
    if not threads.is_stoppable(ws):
        raise Refused("not_stoppable", 409)
    for ts in streams:
        live.end(ws, channel, ts, live.Closing(state="stopped"))
    event = {"channel": channel.id, "thread_ts": thread_ts, "streaming_message_ts": streams}
    return {"acked": await _told(ws, user, threads.STOPPED, event), "streaming_message_ts": streams}


async def look(ws: Workspace, user: User, channel: Channel) -> Json:
    """Look at a channel while the agent is open: `app_context_changed`."""
    if ws.agents.looking.get(user.id) == channel.id or not _has_view(ws):
        return {"acked": False}
    ws.agents.looking[user.id] = channel.id
    direct = ws.directory.channel(user.id)
    where = {"channel": direct.id} if direct is not None else {}
    event = {**where, "context": threads.context(ws, user)}
    return {"acked": await _told(ws, user, "app_context_changed", event)}


async def rename(ws: Workspace, user: User, channel: Channel, place: tuple[str, str]) -> Json:
    """Change a session's title, `place` being (thread_ts, title): `agent_session_title_changed`."""
    thread_ts, title = place[0], place[1].strip()
    known = threads.session_at(ws, channel, thread_ts)
    if known is None:
        raise Refused("session_not_found", 404)
    if not 1 <= len(title) <= _TITLE_LIMIT:
        raise Refused("invalid_title")
    threads.name_session(ws, channel, thread_ts, title)
    event = {"channel": channel.id, "thread_ts": thread_ts, "title": title, "team_id": TEAM_ID}
    event |= {"previous_title": known.title} if known.title else {}
    return {"acked": await _told(ws, user, "agent_session_title_changed", event)}


def _has_view(ws: Workspace) -> bool:
    """Tell whether the app has the agent view, which context events need."""
    return not ws.manifest or "agent_view" in (ws.manifest.get("features") or {})


async def _told(ws: Workspace, user: User, kind: str, event: Json) -> bool:
    """Tell the app, and wait for its acknowledgement."""
    told = {"type": kind, "user": user.id, **event, "event_ts": ws.ids.ts()}
    where = ws.directory.channels.get(str(event.get("channel", "")))
    if not threads.is_agent(ws) or (where is not None and BOT_USER not in where.members):
        return False
    delivery = ws.announce(told)
    return delivery is not None and await delivery is not None
