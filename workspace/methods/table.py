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
    blocks,
    chat,
    conversations,
    file_list,
    files,
    functions,
    installing,
    misc,
    pins,
    reactions,
    scheduled,
    sessions,
    streams,
    unfurl,
    usergroups,
    users,
    views,
)
from workspace.wire import Json

READ = "channels:read groups:read im:read mpim:read"
HISTORY = "channels:history groups:history im:history mpim:history"
OPEN = "channels:manage groups:write im:write mpim:write"
INVITE = f"channels:write.invites groups:write.invites {OPEN}"


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
        "agents.sessions.rename": Method(sessions.rename, 3, "chat:write", "channel_id title"),
        "agents.sessions.setStatus": Method(
            sessions.set_status, 3, "chat:write", "channel_id status"
        ),
        "api.test": Method(misc.api_test, 4, level="none"),
        "apps.connections.open": Method(misc.connections_open, 3, level="app"),
        "apps.manifest.validate": Method(installing.validate_manifest, 3, "", "manifest"),
        "assistant.threads.setStatus": Method(
            assistant.set_status, SPECIAL, "chat:write", "channel_id thread_ts"
        ),
        "assistant.threads.setSuggestedPrompts": Method(
            assistant.set_suggested_prompts, 4, "assistant:write", "channel_id prompts"
        ),
        "assistant.threads.setTitle": Method(
            assistant.set_title, 4, "assistant:write", "channel_id thread_ts title"
        ),
        "auth.revoke": Method(installing.revoke, 3),
        "auth.test": Method(misc.auth_test, SPECIAL),
        "blocks.validate": Method(blocks.validate, SPECIAL, level="none"),
        "bookmarks.list": Method(misc.bookmarks_list, 3, "bookmarks:read"),
        "bots.info": Method(misc.bots_info, 3, "users:read"),
        "chat.appendStream": Method(streams.append, 4, "chat:write", "channel ts"),
        "chat.delete": Method(chat.delete, 3, "chat:write", "channel ts"),
        "chat.deleteScheduledMessage": Method(
            scheduled.delete, 3, "chat:write", "channel scheduled_message_id"
        ),
        "chat.getPermalink": Method(chat.get_permalink, SPECIAL, "", "channel message_ts"),
        "chat.postEphemeral": Method(chat.post_ephemeral, 4, "chat:write", "channel user"),
        "chat.postMessage": Method(chat.post_message, SPECIAL, "chat:write", "channel"),
        "chat.scheduleMessage": Method(scheduled.schedule, 3, "chat:write", "channel post_at"),
        "chat.scheduledMessages.list": Method(scheduled.list_scheduled, 3),
        "chat.startStream": Method(streams.start, 2, "chat:write", "channel"),
        "chat.stopStream": Method(streams.stop, 2, "chat:write", "channel ts"),
        "chat.unfurl": Method(unfurl.unfurl, 3, "links:write"),
        "chat.update": Method(chat.update, 3, "chat:write", "channel ts"),
        "conversations.create": Method(conversations.create, 2, OPEN),
        "conversations.history": Method(conversations.history, 3, HISTORY, "channel"),
        "conversations.info": Method(conversations.info, 3, READ, "channel"),
        "conversations.invite": Method(conversations.invite, 3, INVITE, "channel"),
        "conversations.join": Method(conversations.join, 3, "channels:join", "channel"),
        "conversations.list": Method(conversations.list_channels, 2, READ),
        "conversations.members": Method(conversations.members, 4, READ, "channel"),
        "conversations.open": Method(conversations.open_direct, 3, OPEN),
        "conversations.replies": Method(conversations.replies, 3, HISTORY, "channel ts"),
        "emoji.list": Method(misc.emoji_list, 2, "emoji:read"),
        "files.completeUploadExternal": Method(files.complete_upload, 4, "files:write", "files"),
        "files.delete": Method(files.delete, 3, "files:write", "file"),
        "files.getUploadURLExternal": Method(
            files.get_upload_url, 4, "files:write", "filename length"
        ),
        "files.info": Method(files.info, 4, "files:read", "file"),
        "files.list": Method(file_list.list_files, 3, "files:read"),
        "functions.completeError": Method(
            functions.complete_error, 3, "", "function_execution_id error"
        ),
        "functions.completeSuccess": Method(
            functions.complete_success, 3, "", "function_execution_id outputs"
        ),
        "oauth.v2.access": Method(installing.access, SPECIAL, level="none"),
        "pins.add": Method(pins.add, 2, "pins:write", "channel"),
        "pins.list": Method(pins.list_pins, 2, "pins:read", "channel"),
        "reactions.add": Method(reactions.add, 3, "reactions:write", "name"),
        "reactions.get": Method(reactions.get, 3, "reactions:read"),
        "reactions.remove": Method(reactions.remove, 2, "reactions:write", "name"),
        "team.info": Method(misc.team_info, 3, "team:read"),
        "usergroups.list": Method(usergroups.list_groups, 2, "usergroups:read"),
        "usergroups.users.list": Method(usergroups.list_users, 2, "usergroups:read", "usergroup"),
        "users.conversations": Method(conversations.users_conversations, 3, READ),
        "users.info": Method(users.info, 4, "users:read", "user"),
        "users.list": Method(users.list_users, 2, "users:read"),
        "users.lookupByEmail": Method(users.lookup_by_email, 3, "users:read.email", "email"),
        "views.open": Method(views.open_modal, 4, "", "view"),
        "views.publish": Method(views.publish, 4, "", "view"),
        "views.push": Method(views.push, 4, "", "view"),
        "views.update": Method(views.update, 4, "", "view"),
    }
)
