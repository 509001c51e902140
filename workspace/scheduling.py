"""Messages for later: kept until their time on the workspace's clock, then posted.

A message whose author cannot post any more when its time comes (the channel is archived, the author
is out) is dropped in silence, as Slack does.
"""

from collections.abc import Iterable

from workspace import messages
from workspace.people import Channel, User
from workspace.state import Scheduled, Workspace
from workspace.wire import Json, SlackError

FURTHEST_S = 120 * 86_400
WINDOW_S = 300
WINDOW_MOST = 30
"""At most 30 messages to one channel in five minutes, at most 120 days ahead
(docs.slack.dev/reference/methods/chat.scheduleMessage)."""


def schedule(ws: Workspace, channel: Channel, user: User, post_at: int, body: Json) -> Scheduled:
    """Keep a message until `post_at` (Unix seconds); SlackError when that is no time for it."""
    now = ws.clock.now()
    if post_at <= now:
        raise SlackError("time_in_past")
    if post_at > now + FURTHEST_S:
        raise SlackError("time_too_far")
    others = [each.post_at for each in ws.scheduled.values() if each.channel == channel.id]
    if _is_crowded([*others, post_at]):
        raise SlackError("restricted_too_many")
    item = Scheduled(
        id=ws.ids.next("Q"),
        user=user.id,
        channel=channel.id,
        post_at=post_at,
        created=int(now),
        body=body,
    )
    ws.scheduled[item.id] = item
    arm(ws, item)
    return item


def arm(ws: Workspace, item: Scheduled) -> None:
    """Set the alarm of a kept message; one that is overdue posts at once."""
    ws.clock.after(max(0.0, item.post_at - ws.clock.now()), lambda: _post(ws, item.id))


def _post(ws: Workspace, identity: str) -> None:
    item = ws.scheduled.pop(identity, None)
    if item is None:
        return
    channel, user = ws.directory.channels[item.channel], ws.directory.users[item.user]
    may_anywhere = user.is_bot and channel.is_public and "chat:write.public" in ws.scopes
    if channel.is_archived or not (may_anywhere or user.id in channel.members):
        return
    messages.post(ws, channel, messages.signed_by(ws, user) | item.body)


def _is_crowded(times: Iterable[int]) -> bool:
    """Tell whether any five minutes hold more than their share."""
    ordered = sorted(times)
    return any(
        ordered[index + WINDOW_MOST] - first < WINDOW_S
        for index, first in enumerate(ordered[:-WINDOW_MOST])
    )
