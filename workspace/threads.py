"""What the app shows beside a thread's messages, and for how long (docs.slack.dev/ai).

An agent session is `processing` for at most an hour, a status stands for two minutes or until the
app's next message there. One app, so a session's status is that of its only agent.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from workspace.agents import Place, Prompts, Session, Status
from workspace.people import BOT_USER, TEAM_ID, Channel, User
from workspace.state import Workspace
from workspace.wire import Json

PROCESSING_S = 3600.0
STATUS_S = 120.0
MOST_PROMPTS = 4
STATUSES = frozenset({"active", "processing", "suspended", "closed"})
STOPPED = "agent_session_stopped"


def is_agent(ws: Workspace) -> bool:
    """Tell whether the app is declared an agent; it is while no manifest is loaded."""
    features = ws.manifest.get("features") or {}
    return not ws.manifest or "agent_view" in features or "assistant_view" in features


def is_stoppable(ws: Workspace) -> bool:
    """Tell whether people see a stop button: an agent that subscribes to the stop event."""
    settings = ws.manifest.get("settings") or {}
    wanted = (settings.get("event_subscriptions") or {}).get("bot_events")
    return is_agent(ws) and (not wanted or STOPPED in wanted)


def session_at(ws: Workspace, channel: Channel, thread_ts: str) -> Session | None:
    """Return the thread's session; one that has been processing for an hour is active again."""
    found = ws.agents.sessions.get((channel.id, thread_ts))
    if found is not None and 0 < found.expires <= ws.clock.now():
        return _rest(ws, channel, found)
    return found


def set_session(
    ws: Workspace, channel: Channel, thread_ts: str, status: str, **first: str
) -> Session:
    """Set the session's status; `first` (title, initiator) counts for a new session only."""
    known = session_at(ws, channel, thread_ts)
    if known is None:
        known = Session(
            channel=channel.id,
            thread_ts=thread_ts,
            status=status,
            title=first.get("title", ""),
            initiator=first.get("initiator", ""),
        )
    busy = status == "processing"
    expires = ws.clock.now() + PROCESSING_S if busy else 0.0
    session = _keep(ws, channel, replace(known, status=status, expires=expires))
    if busy:
        ws.clock.after(PROCESSING_S, partial(_rest, ws, channel, session))
    return session


def name_session(ws: Workspace, channel: Channel, thread_ts: str, title: str) -> Session:
    """Give a thread its title; a thread without a session gets one that is active."""
    known = session_at(ws, channel, thread_ts)
    if known is None:
        known = Session(channel=channel.id, thread_ts=thread_ts, status="active")
    return _keep(ws, channel, replace(known, title=title))


def set_status(
    ws: Workspace, channel: Channel, thread_ts: str, status: str, loading: Iterable[str] = ()
) -> None:
    """Show what the app is doing in a thread; an empty status clears it."""
    place = (channel.id, thread_ts)
    now = Status(
        channel=channel.id,
        thread_ts=thread_ts,
        status=status,
        loading_messages=tuple(loading),
        since=ws.ids.ts(),
        expires=ws.clock.now() + STATUS_S,
    )
    if status:
        ws.agents.statuses[place] = now
        ws.clock.after(STATUS_S, partial(_expire, ws, channel, now))
    else:
        ws.agents.statuses.pop(place, None)
    _show(ws, channel, "status", now.card())


def answered(ws: Workspace, channel: Channel, message: Json) -> None:
    """Clear the status of the thread in which the app has just posted."""
    place = (channel.id, str(message.get("thread_ts") or message["ts"]))
    if message.get("bot_id") and place in ws.agents.statuses:
        set_status(ws, channel, place[1], "")


def offer(ws: Workspace, channel: Channel, prompts: Prompts) -> None:
    """Offer prompts in place of those before."""
    ws.agents.prompts[prompts.channel, prompts.thread_ts] = prompts
    _show(ws, channel, "prompts", prompts.card())


def busy(ws: Workspace, channel: Channel, thread_ts: str) -> bool:
    """Tell whether the thread shows that the app is at work: a session or a status says so."""
    session = session_at(ws, channel, thread_ts)
    processing = session is not None and session.status == "processing"
    return processing or _stands(ws, (channel.id, thread_ts))


def cards(ws: Workspace, user: User) -> Json:
    """Return the statuses, sessions and prompts that this person's page starts from."""
    mine = [each for each in ws.directory.channels.values() if user.id in each.members]
    ids = {channel.id for channel in mine}
    for channel, thread_ts in list(ws.agents.sessions):
        session_at(ws, ws.directory.channels[channel], thread_ts)
    places = [place for place in ws.agents.statuses if place[0] in ids and _stands(ws, place)]
    sessions = [each for each in ws.agents.sessions.values() if each.channel in ids]
    return {
        "statuses": [ws.agents.statuses[place].card() for place in places],
        "sessions": [_session_card(ws, each) for each in sessions],
        "prompts": [each.card() for each in _prompts(ws, mine)],
    }


def context(ws: Workspace, user: User) -> Json:
    """Return what the person looks at, as agent events tell it; {} when it is nothing."""
    channel = ws.agents.looking.get(user.id)
    if channel is None:
        return {}
    entity = {"type": "slack#/types/channel_id", "value": channel, "team_id": TEAM_ID}
    return {"entities": [entity]}


def _prompts(ws: Workspace, channels: list[Channel]) -> list[Prompts]:
    """Return what is offered; a DM with the app starts with the manifest's prompts."""
    ids = {channel.id for channel in channels}
    offered = [each for each in ws.agents.prompts.values() if each.channel in ids]
    features = ws.manifest.get("features") or {}
    view = features.get("agent_view") or features.get("assistant_view") or {}
    pairs = tuple((each["title"], each["message"]) for each in view.get("suggested_prompts") or ())
    taken = {each.channel for each in offered if not each.thread_ts}
    direct = [each for each in channels if each.is_im and BOT_USER in each.members]
    fresh = [each.id for each in direct if each.id not in taken and pairs]
    return [Prompts(channel=each, prompts=pairs[:MOST_PROMPTS]) for each in fresh] + offered


def _stands(ws: Workspace, place: Place) -> bool:
    """Tell whether a status is still shown: in time, and the app has not posted since."""
    status = ws.agents.statuses.get(place)
    if status is None or status.expires <= ws.clock.now():
        return False
    channel = ws.directory.channels[place[0]]
    replies = (channel.messages.get(ts) for ts in reversed(channel.replies.get(place[1], ())))
    since = (each for each in replies if each is not None and each["ts"] > status.since)
    return not any(each.get("bot_id") for each in since)


def _expire(ws: Workspace, channel: Channel, status: Status) -> None:
    if ws.agents.statuses.get((channel.id, status.thread_ts)) is status:
        set_status(ws, channel, status.thread_ts, "")


def _rest(ws: Workspace, channel: Channel, session: Session) -> Session:
    """End the hour of `processing`, unless the session has been set since."""
    known = ws.agents.sessions[channel.id, session.thread_ts]
    if known is not session:
        return known
    return _keep(ws, channel, replace(session, status="active", expires=0.0))


def _keep(ws: Workspace, channel: Channel, session: Session) -> Session:
    """Store the session; show it when people see a difference."""
    place = (channel.id, session.thread_ts)
    known = ws.agents.sessions.get(place)
    ws.agents.sessions[place] = session
    if known is None or known.card() != session.card():
        _show(ws, channel, "session", _session_card(ws, session))
    return session


def _session_card(ws: Workspace, session: Session) -> Json:
    return session.card() | {"is_stoppable": is_stoppable(ws)}


def _show(ws: Workspace, channel: Channel, kind: str, card: Json) -> None:
    ws.journal.publish({"type": kind, **card}, frozenset(channel.members), "status")
