"""Scopes that depend on the kind of conversation: `groups:read` for a private channel, and so on.

A method's row in the table says which scopes can be enough; here it is one of them, by kind. Only
the app is asked: people have every scope.
"""

from collections.abc import Mapping
from types import MappingProxyType

from workspace.args import Call
from workspace.people import Channel
from workspace.wire import SlackError

FAMILIES: Mapping[str, str] = MappingProxyType(
    {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
)
"""The first word of a conversation's scopes, by its `type`."""
INVITE: Mapping[str, str] = MappingProxyType(
    {
        "channel": "channels:write.invites channels:manage",
        "group": "groups:write.invites groups:write",
    }
)
CREATE: Mapping[str, str] = MappingProxyType(
    {"channel": "channels:manage", "group": "groups:write"}
)


def has(call: Call, *scopes: str) -> bool:
    """Tell whether the caller has one of these."""
    return not call.caller.is_bot or not call.ws.scopes.isdisjoint(scopes)


def require(call: Call, *scopes: str) -> None:
    """Refuse the app when it has none of these: `missing_scope`, with both lists."""
    if not has(call, *scopes):
        needed, provided = ",".join(scopes), ",".join(sorted(call.ws.scopes))
        raise SlackError("missing_scope", more={"needed": needed, "provided": provided})


def require_for(call: Call, channel: Channel, deed: str) -> Channel:
    """Refuse the app when it may not `deed` (read, history, write) in such a conversation."""
    require(call, f"{FAMILIES[channel.type]}:{deed}")
    return channel
