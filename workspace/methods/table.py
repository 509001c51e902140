"""Every method of the Web API that this workspace answers, by its Slack name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from workspace.args import Call
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

METHODS: Mapping[str, Callable[[Call], Json]] = MappingProxyType(
    {
        "agents.sessions.setStatus": assistant.set_session_status,
        "api.test": misc.api_test,
        "apps.connections.open": misc.connections_open,
        "assistant.threads.setStatus": assistant.set_status,
        "assistant.threads.setSuggestedPrompts": assistant.set_suggested_prompts,
        "assistant.threads.setTitle": assistant.set_title,
        "auth.test": misc.auth_test,
        "bots.info": misc.bots_info,
        "chat.appendStream": streams.append,
        "chat.delete": chat.delete,
        "chat.getPermalink": chat.get_permalink,
        "chat.postEphemeral": chat.post_ephemeral,
        "chat.postMessage": chat.post_message,
        "chat.startStream": streams.start,
        "chat.stopStream": streams.stop,
        "chat.update": chat.update,
        "conversations.history": conversations.history,
        "conversations.info": conversations.info,
        "conversations.join": conversations.join,
        "conversations.list": conversations.list_channels,
        "conversations.members": conversations.members,
        "conversations.open": conversations.open_direct,
        "conversations.replies": conversations.replies,
        "files.completeUploadExternal": files.complete_upload,
        "files.delete": files.delete,
        "files.getUploadURLExternal": files.get_upload_url,
        "files.info": files.info,
        "reactions.add": reactions.add,
        "reactions.remove": reactions.remove,
        "team.info": misc.team_info,
        "users.info": users.info,
        "users.list": users.list_users,
        "views.open": views.open_modal,
        "views.publish": views.publish,
        "views.push": views.push,
        "views.update": views.update,
    }
)
NO_TOKEN = frozenset({"api.test"})
APP_LEVEL = frozenset({"apps.connections.open"})
