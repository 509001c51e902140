"""The oracle of payloads: no key that Slack does not send, no value of another type.

The samples are recorded payloads, their values blanked, joined over many recordings: they say which
keys there may be and of which type, not which there must be. What no sample shows is a shape stated
here, after the page named beside it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Shape = Any
Json = dict[str, Any]

ANY: Shape = object()
"""Anything: what an app or a person made up, or what the samples leave out (blocks)."""

CARD = {"id": "", "name": "", "team_id": ""}
TEAM = {"id": "", "domain": ""}
BEGIN = {
    "type": "",
    "token": "",
    "api_app_id": "",
    "team": TEAM,
    "enterprise": None,
    "is_enterprise_install": False,
    "user": {**CARD, "username": ""},
    "action_ts": "",
    "trigger_id": "",
}
NOTE = {
    **dict.fromkeys(("subtype", "user", "team", "text", "channel", "channel_type"), ""),
    **dict.fromkeys(("ts", "event_ts"), ""),
}
PARAMETER = {
    **dict.fromkeys(("type", "name", "description", "title"), ""),
    "is_required": False,
}
CHANNEL = {"id": "", "name": "", "created": 1, "creator": ""}
OWN: dict[str, tuple[str, Shape]] = {
    "app_context_changed": (
        "docs.slack.dev/reference/events/app_context_changed and its type AppContextChangedEvent",
        {
            "channel": "",
            "user": "",
            "context": {"entities": [{"type": "", "value": "", "team_id": ""}]},
            "event_ts": "",
        },
    ),
    "agent_session_stopped": (
        "docs.slack.dev/reference/events/agent_session_stopped",
        {
            "user": "",
            "channel": "",
            "thread_ts": "",
            "streaming_message_ts": [""],
            "event_ts": "",
        },
    ),
    "agent_session_title_changed": (
        "docs.slack.dev/reference/events/agent_session_title_changed",
        {
            "user": "",
            "channel": "",
            "thread_ts": "",
            "title": "",
            "previous_title": "",
            "team_id": "",
            "event_ts": "",
        },
    ),
    "channel_created": (
        "docs.slack.dev/reference/events/channel_created",
        {
            "channel": {
                **CHANNEL,
                **dict.fromkeys(("context_team_id", "name_normalized"), ""),
                **dict.fromkeys(("is_channel", "is_mpim", "is_shared", "is_org_shared"), False),
            },
            "event_ts": "",
        },
    ),
    "channel_left": (
        "docs.slack.dev/reference/events/channel_left",
        {"channel": "", "actor_id": "", "event_ts": ""},
    ),
    "group_left": (
        "docs.slack.dev/reference/events/group_left",
        {"channel": "", "actor_id": "", "event_ts": ""},
    ),
    "channel_rename": (
        "docs.slack.dev/reference/events/channel_rename",
        {
            "channel": {
                **CHANNEL,
                "name_normalized": "",
                **dict.fromkeys(("is_channel", "is_mpim"), False),
            },
            "event_ts": "",
        },
    ),
    "file_change": (
        "docs.slack.dev/reference/events/file_change",
        {"file_id": "", "user_id": "", "file": {"id": ""}, "event_ts": ""},
    ),
    "file_public": (
        "docs.slack.dev/reference/events/file_public",
        {"file_id": "", "user_id": "", "file": {"id": ""}, "event_ts": ""},
    ),
    "file_created": (
        "docs.slack.dev/reference/events/file_created",
        {"file_id": "", "user_id": "", "file": {"id": ""}, "event_ts": ""},
    ),
    "file_deleted": (
        "docs.slack.dev/reference/events/file_deleted",
        {"file_id": "", "channel_ids": [""], "event_ts": ""},
    ),
    "function_executed": (
        "docs.slack.dev/reference/events/function_executed",
        {
            "function": {
                **dict.fromkeys(("id", "callback_id", "title", "description", "type"), ""),
                "input_parameters": [PARAMETER],
                "output_parameters": [PARAMETER],
                "app_id": "",
                **dict.fromkeys(("date_created", "date_updated", "date_deleted"), 1),
            },
            "inputs": ANY,
            **dict.fromkeys(("function_execution_id", "workflow_execution_id"), ""),
            **dict.fromkeys(("event_ts", "bot_access_token"), ""),
        },
    ),
    "link_shared": (
        "docs.slack.dev/reference/events/link_shared",
        {
            **dict.fromkeys(("channel", "user", "message_ts", "thread_ts"), ""),
            **dict.fromkeys(("unfurl_id", "source", "event_ts"), ""),
            "is_bot_user_member": False,
            "links": [{"domain": "", "url": ""}],
        },
    ),
    "pin_added": (
        "docs.slack.dev/reference/events/pin_added",
        {
            **dict.fromkeys(("user", "channel_id", "item_user", "event_ts"), ""),
            "pin_count": "",
            "pinned_info": ANY,
            "item": ANY,
        },
    ),
    "message/channel_join": (
        "docs.slack.dev/reference/events/message/channel_join",
        {**NOTE, "inviter": ""},
    ),
    "message/channel_leave": ("docs.slack.dev/reference/events/message/channel_leave", NOTE),
    "message/channel_archive": ("docs.slack.dev/reference/events/message/channel_archive", NOTE),
    "message/channel_name": (
        "docs.slack.dev/reference/events/message/channel_name",
        {**NOTE, "old_name": "", "name": ""},
    ),
    "message/me_message": (
        "docs.slack.dev/reference/events/message/me_message",
        {**NOTE, "client_msg_id": ""},
    ),
    "shortcut": (
        "docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload",
        {key: value for key, value in BEGIN.items() if key != "api_app_id"}
        | {"callback_id": "", "user": {"id": "", "username": "", "team_id": ""}},
    ),
    "block_suggestion": (
        "docs.slack.dev/reference/interaction-payloads/block_suggestion-payload",
        {
            **BEGIN,
            "container": ANY,
            "channel": {"id": "", "name": ""},
            "message": ANY,
            "view": ANY,
            "action_id": "",
            "block_id": "",
            "value": "",
        },
    ),
    "app_rate_limited": (
        "docs.slack.dev/reference/events/app_rate_limited (the recorded sample is a wrapper's)",
        {"token": "", "type": "", "team_id": "", "minute_rate_limited": 1, "api_app_id": ""},
    ),
}
SAMPLES = {
    "app_home_opened": "events/AppHomeOpened",
    "app_mention": "events/AppMention",
    "app_uninstalled": "events/AppUninstalled",
    "channel_archive": "events/ChannelArchive",
    "file_shared": "events/FileShared",
    "member_joined_channel": "events/MemberJoinedChannel",
    "member_left_channel": "events/MemberLeftChannel",
    "reaction_added": "events/ReactionAdded",
    "reaction_removed": "events/ReactionAdded",
    "tokens_revoked": "events/TokensRevoked",
    "message": "events/Message",
    "message/bot_message": "events/MessageBot",
    "message/message_changed": "events/MessageChanged",
    "message/message_deleted": "events/MessageDeleted",
    "message/file_share": "events/MessageFileShare",
    "message/thread_broadcast": "events/MessageThreadBroadcast",
    "block_actions": "app-backend/BlockActionPayload",
    "message_action": "app-backend/MessageShortcutPayload",
    "view_closed": "app-backend/ViewClosedPayload",
    "view_submission": "app-backend/ViewSubmissionPayload",
    "slash_commands": "app-backend/SlashCommandPayload",
}
FREE = frozenset({"blocks", "attachments", "values", "event_payload"})
"""Keys under which the samples join many shapes, or an app's own."""
NULLABLE = frozenset({"enterprise", "enterprise_id", "previous_view_id", "submit", "close", "text"})


def problems(data: Path, envelope: Any) -> Iterator[str]:
    """Say what is wrong with the payload of one delivery."""
    name = name_of(envelope)
    if name in OWN:
        yield from _compared(_own(envelope, data), envelope.payload, name)
    elif name in SAMPLES:
        yield from _compared(_sample(name, data), envelope.payload, name)
    else:
        yield f"{name}: no sample and no stated shape"


def name_of(envelope: Any) -> str:
    """Return the name under which a payload's shape is known."""
    if envelope.type == "slash_commands":
        return "slash_commands"
    event = envelope.payload.get("event", {})
    full = f"{envelope.kind}/{event.get('subtype')}"
    return full if full in {*SAMPLES, *OWN} else str(envelope.kind)


def _sample(name: str, data: Path) -> Json:
    """Return a sample; with every message that is older or more than plain, what any may have."""
    sample: Json = _read(data, SAMPLES[name])
    if not name.startswith("message/"):
        return sample
    any_message = _read(data, "app-backend/BlockActionPayload")["message"]
    any_message |= _read(data, "events/Message")["event"]
    event = sample["event"]
    for key in event.keys() & {"message", "previous_message", "root"}:
        event[key] = any_message | event[key]
    if "message" not in event and "previous_message" not in event:
        sample["event"] = any_message | event
    return sample


def _read(data: Path, name: str) -> Json:
    read: Json = json.loads((data / f"{name}.json").read_text())
    return read


def _own(envelope: Any, data: Path) -> Shape:
    shape = OWN[name_of(envelope)][1]
    if "event" not in envelope.payload:
        return shape
    sample = _read(data, "events/FileShared")
    return sample | {"event": {**shape, "type": ""}}


def _compared(shape: Shape, value: object, path: str) -> Iterator[str]:
    key = path.rpartition(".")[2].removesuffix("[]")
    if shape is ANY or key in FREE or (value is None and key in NULLABLE):
        return
    if isinstance(value, dict) and isinstance(shape, dict):
        yield from _keys(shape, value, path)
    elif isinstance(value, list) and isinstance(shape, list):
        for each in value if shape else ():
            yield from _compared(shape[0], each, f"{path}[]")
    elif type(value) is not type(shape):
        yield f"{path}: {type(value).__name__} where Slack sends {type(shape).__name__}"


def _keys(shape: Json, value: Json, path: str) -> Iterator[str]:
    if not shape:
        return  # blanked: any object
    by_id = next((shape[key] for key in shape if key.startswith("C03E94")), None)
    for key, each in value.items():
        if by_id is not None:
            yield from _compared(by_id, each, f"{path}.*")
        elif key in FREE:
            continue
        elif key not in shape:
            yield f"{path}.{key}: Slack does not send this"
        else:
            yield from _compared(shape[key], each, f"{path}.{key}")
