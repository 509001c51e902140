"""The bodies the app receives: events, slash commands, interactions.

Shapes follow docs.slack.dev/apis/events-api and /reference/interaction-payloads. Pure functions of
what is given; ids and times come from the caller.
"""

from workspace.people import APP_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME, Channel, User
from workspace.wire import Json

VERIFICATION_TOKEN = "local"  # noqa: S105  # the deprecated token that every body still carries
_TEAM = {"id": TEAM_ID, "domain": TEAM_DOMAIN}


def event_callback(event: Json, event_id: str, event_time: int) -> Json:
    """Wrap an inner event."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": event_time,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def app_rate_limited(minute: int) -> Json:
    """Return what the app is sent instead of events; it has no inner event."""
    return {
        "token": VERIFICATION_TOKEN,
        "type": "app_rate_limited",
        "team_id": TEAM_ID,
        "minute_rate_limited": minute,
        "api_app_id": APP_ID,
    }


def tokens_revoked(user: str, *, is_bot: bool) -> Json:
    """Return the `tokens_revoked` event of one token."""
    tokens: Json = {"oauth": [], "bot": []}
    tokens["bot" if is_bot else "oauth"].append(user)
    return {"type": "tokens_revoked", "tokens": tokens}


def message_event(channel: Channel, message: Json, event_ts: str) -> Json:
    """Return the `message` event of a new message."""
    return {
        **message,
        "channel": channel.id,
        "event_ts": event_ts,
        "channel_type": channel.type,
    }


def app_mention(channel: Channel, message: Json) -> Json:
    """Return the `app_mention` event of a message; it carries no `channel_type`."""
    return {
        **message,
        "type": "app_mention",
        "channel": channel.id,
        "event_ts": message["ts"],
    }


def message_changed(channel: Channel, new: Json, old: Json, ts: str) -> Json:
    """Return the `message_changed` event of an edit that happened at `ts`."""
    return _about(channel, "message_changed", ts) | {"message": new, "previous_message": old}


def message_deleted(channel: Channel, old: Json, ts: str) -> Json:
    """Return the `message_deleted` event."""
    gone = {"deleted_ts": old["ts"], "previous_message": old}
    return _about(channel, "message_deleted", ts) | gone


def user_change(user: User, ts: str) -> Json:
    """Return the `user_change` event, with less of the user object than Slack sends."""
    described = {**user.card(), "team_id": TEAM_ID, "is_restricted": False}
    return {"type": "user_change", "user": described, "cache_ts": int(float(ts)), "event_ts": ts}


def _about(channel: Channel, subtype: str, ts: str) -> Json:
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.type,
    }


def slash_command(user: User, channel: Channel, command: str, text: str) -> Json:
    """Return the form of a slash command, without `response_url` and `trigger_id`."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }


def interaction(kind: str, user: User) -> Json:
    """Return what an interaction of this kind begins with; shortcuts say less than the others."""
    begin: Json = {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": dict(_TEAM),
        "enterprise": None,
        "is_enterprise_install": False,
    }
    unnamed = {"shortcut": "name", "message_action": "username"}.get(kind)
    if unnamed is not None:
        del begin["api_app_id"], begin["user"][unnamed]
    return begin


def in_channel(channel: Channel) -> Json:
    """Return the `channel` part of an interaction."""
    return {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name}


def in_message(channel: Channel, message: Json) -> Json:
    """Return the `container` of an interaction with a message."""
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": bool(message.get("is_ephemeral")),
    }
    return container | ({"thread_ts": message["thread_ts"]} if "thread_ts" in message else {})


def team() -> Json:
    """Return the team as `team.info` does."""
    return {
        "id": TEAM_ID,
        "name": TEAM_NAME,
        "domain": TEAM_DOMAIN,
        "email_domain": "",
        "icon": {"image_default": True},
    }
