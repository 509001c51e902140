"""What Slack sends, cut down to what the bot reads (docs.slack.dev/reference/events)."""

from typing import Any

BOT = "UBOT"
TEAM = "T1"


def slash(command: str = "/ask", text: str = "why?", **given: Any) -> dict[str, Any]:
    return {
        "command": command,
        "text": text,
        "team_id": TEAM,
        "channel_id": "C1",
        "user_id": "U1",
        "trigger_id": "17.42.abc",
        **given,
    }


def message(text: str = "hello", **given: Any) -> dict[str, Any]:
    """Return a message that somebody typed in a channel, but for what is given."""
    usual = {"type": "message", "user": "U1", "channel": "C1", "ts": "100.5", "text": text}
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": "Ev1",
        "event": {**usual, "channel_type": "channel", **given},
    }


def mention(text: str = "ask why?", **given: Any) -> dict[str, Any]:
    told = message(**{"type": "app_mention", "text": f"<@{BOT}> {text}", **given})
    del told["event"]["channel_type"]  # Slack leaves it out of app_mention
    return told


def direct(text: str = "why?", **given: Any) -> dict[str, Any]:
    return message(text, **{"channel": "D1", "channel_type": "im", **given})


def click(
    action_id: str = "review_approve", value: str = "abc", user: str = "U2"
) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": user},
        "trigger_id": "17.43.abc",
        "channel": {"id": "C9"},
        "actions": [{"type": "button", "action_id": action_id, "value": value}],
    }


def changed(user: str = "U1", **given: Any) -> dict[str, Any]:
    event = {"type": "user_change", "user": {"id": user, **given}, "cache_ts": 1}
    return {"type": "event_callback", "team_id": TEAM, "event": event}


def regrouped(group: str = "S1") -> dict[str, Any]:
    event = {"type": "subteam_members_changed", "subteam_id": group, "removed_users": ["U1"]}
    return {"type": "event_callback", "team_id": TEAM, "event": event}


def home(user: str = "U1", tab: str = "home") -> dict[str, Any]:
    opened = {"type": "app_home_opened", "user": user, "channel": "D1", "tab": tab}
    return {"type": "event_callback", "team_id": TEAM, "event": opened}


def stop(user: str = "U1", thread_ts: str = "100.5") -> dict[str, Any]:
    event = {"type": "agent_session_stopped", "user": user, "channel": "C1", "event_ts": "200.5"}
    event |= {"thread_ts": thread_ts}
    return {"type": "event_callback", "team_id": TEAM, "event": event}
