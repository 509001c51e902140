"""Who is in a channel: joining, leaving, inviting, removing; what people see and the app is told.

The rules are those of conversations.join, leave, invite and kick; SlackError has their codes.
"""

from workspace import messages, payloads
from workspace.people import BOT_USER, TEAM_ID, Channel, User
from workspace.state import Workspace
from workspace.wire import Json, SlackError


def join(ws: Workspace, channel: Channel, user: User, inviter: str = "") -> None:
    """Add a person (or the bot) to a channel; `inviter` is who brought them."""
    channel.members.append(user.id)
    show_card(ws, channel)
    by = {"inviter": inviter} if inviter else {}
    text = f"<@{user.id}> has joined the channel"
    note(ws, channel, user, {"subtype": "channel_join", "text": text} | by)
    if BOT_USER in channel.members:
        ws.announce(_member_event(ws, "member_joined_channel", channel, user) | by)


def leave(ws: Workspace, channel: Channel, user: User, remover: str = "") -> None:
    """Take a person (or the bot) out of a channel; `remover` is who did it."""
    was_heard = BOT_USER in channel.members
    channel.members.remove(user.id)
    text = f"<@{user.id}> has left the channel"
    note(ws, channel, user, {"subtype": "channel_leave", "text": text})
    show_card(ws, channel)
    gone = {"type": "channel_left", "channel": channel.id}
    ws.journal.publish(gone, frozenset({user.id}))
    if was_heard:
        ws.announce(_member_event(ws, "member_left_channel", channel, user))
    if user.id == BOT_USER:
        ws.announce(_left(ws, channel, remover or user.id))


def check_join(channel: Channel) -> None:
    """Refuse joining what is closed or archived."""
    if not channel.is_public:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")


def check_leave(channel: Channel, user: User) -> None:
    """Refuse leaving a DM, the general channel, or a channel one is not in."""
    if channel.is_im or channel.is_mpim:
        raise SlackError("method_not_supported_for_channel_type")
    if user.id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_general and not user.is_bot:
        raise SlackError("cant_leave_general")


def check_invite(channel: Channel, user: User, invited: User) -> None:
    """Refuse an invitation that Slack would refuse."""
    if channel.is_im or channel.is_mpim:
        raise SlackError("method_not_supported_for_channel_type")
    if user.id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    if invited.id == user.id:
        raise SlackError("cant_invite_self")
    if invited.id in channel.members:
        raise SlackError("already_in_channel")
    if invited.deleted:
        raise SlackError("cant_invite")


def check_kick(channel: Channel, user: User, removed: User) -> None:
    """Refuse a removal that Slack would refuse."""
    if user.id not in channel.members:
        raise SlackError("not_in_channel")
    if removed.id == user.id:
        raise SlackError("cant_kick_self")
    if channel.is_general and not removed.is_bot:
        raise SlackError("cant_kick_from_general")
    check_leave(channel, removed)


def note(ws: Workspace, channel: Channel, user: User, body: Json) -> Json:
    """Post what Slack writes about a channel in a person's name; it mentions nobody."""
    ts = ws.ids.ts()
    message = {"type": "message", "user": user.id, "team": TEAM_ID, **body, "ts": ts}
    channel.messages[ts] = message
    messages.show(ws, channel, "message", message)
    if BOT_USER in channel.members:
        ws.announce(payloads.message_event(channel, message, ts))
    return message


def show_card(ws: Workspace, channel: Channel) -> None:
    """Tell the pages about a new or changed channel: everybody's, or its members' if closed."""
    audience = frozenset(ws.directory.users if channel.is_public else channel.members)
    ws.journal.publish({"type": "channel", "channel": channel.card()}, audience)


def _member_event(ws: Workspace, kind: str, channel: Channel, user: User) -> Json:
    return {
        "type": kind,
        "user": user.id,
        "channel": channel.id,
        "channel_type": "C" if channel.is_public else "G",
        "team": TEAM_ID,
        "event_ts": ws.ids.ts(),
    }


def _left(ws: Workspace, channel: Channel, remover: str) -> Json:
    return {
        "type": "channel_left" if channel.is_public else "group_left",
        "channel": channel.id,
        "actor_id": remover,
        "event_ts": ws.ids.ts(),
    }
