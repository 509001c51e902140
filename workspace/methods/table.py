"""Every method of the Web API that this workspace answers, by its Slack name, with its rules.

Tiers, scopes and required arguments are those of the method's page on docs.slack.dev/reference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workspace.args import Call
from workspace.limits import SPECIAL
from workspace.methods import (
    assistant,
    chat,
    conversations,
    files,
    misc,
    reactions,
    streams,
    users,
    views,
)
from workspace.wire import Json

READ = "channels:read groups:read im:read mpim:read"
HISTORY = "channels:history groups:history im:history mpim:history"
OPEN = "channels:manage groups:write im:write mpim:write"


@dataclass(frozen=True, slots=True)
class Method:
    """One method: what it does, its rate tier, the scopes of which one is needed, its arguments.

    `scopes` and `required` are words in one string. `level` is the token it takes: `bot` (a bot's
    or a person's), `app`, or `none`.
    """

    run: Callable[[Call], Json]
    tier: int
    scopes: str = ""
    required: str = ""
    level: str = "bot"


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "agents.sessions.setStatus": Method(
            assistant.set_session_status, 3, "chat:write", "channel_id status"
        ),
        "api.test": Method(misc.api_test, 4, level="none"),
        "apps.connections.open": Method(misc.connections_open, 3, level="app"),
        "assistant.threads.setStatus": Method(
            assistant.set_status, SPECIAL, "chat:write", "channel_id thread_ts status"
        ),
        "assistant.threads.setSuggestedPrompts": Method(
            assistant.set_suggested_prompts, 4, "assistant:write", "channel_id prompts"
        ),
        "assistant.threads.setTitle": Method(
            assistant.set_title, 4, "assistant:write", "channel_id thread_ts title"
        ),
        "auth.test": Method(misc.auth_test, SPECIAL),
        "bots.info": Method(misc.bots_info, 3, "users:read"),
        "chat.appendStream": Method(streams.append, 4, "chat:write", "channel ts"),
        "chat.delete": Method(chat.delete, 3, "chat:write", "channel ts"),
        "chat.getPermalink": Method(chat.get_permalink, SPECIAL, "", "channel message_ts"),
        "chat.postEphemeral": Method(chat.post_ephemeral, 4, "chat:write", "channel user"),
        "chat.postMessage": Method(chat.post_message, SPECIAL, "chat:write", "channel"),
        "chat.startStream": Method(streams.start, 2, "chat:write", "channel"),
        "chat.stopStream": Method(streams.stop, 2, "chat:write", "channel ts"),
        "chat.update": Method(chat.update, 3, "chat:write", "channel ts"),
        "conversations.history": Method(conversations.history, 3, HISTORY, "channel"),
        "conversations.info": Method(conversations.info, 3, READ, "channel"),
        "conversations.join": Method(conversations.join, 3, "channels:join", "channel"),
        "conversations.list": Method(conversations.list_channels, 2, READ),
        "conversations.members": Method(conversations.members, 4, READ, "channel"),
        "conversations.open": Method(conversations.open_direct, 3, OPEN),
        "conversations.replies": Method(conversations.replies, 3, HISTORY, "channel ts"),
        "files.completeUploadExternal": Method(files.complete_upload, 4, "files:write", "files"),
        "files.delete": Method(files.delete, 3, "files:write", "file"),
        "files.getUploadURLExternal": Method(
            files.get_upload_url, 4, "files:write", "filename length"
        ),
        "files.info": Method(files.info, 4, "files:read", "file"),
        "reactions.add": Method(reactions.add, 3, "reactions:write", "name"),
        "reactions.remove": Method(reactions.remove, 2, "reactions:write", "name"),
        "team.info": Method(misc.team_info, 3, "team:read"),
        "users.info": Method(users.info, 4, "users:read", "user"),
        "users.list": Method(users.list_users, 2, "users:read"),
        "views.open": Method(views.open_modal, 4, "", "view"),
        "views.publish": Method(views.publish, 4, "", "view"),
        "views.push": Method(views.push, 4, "", "view"),
        "views.update": Method(views.update, 4, "", "view"),
    }
)
