"""The Slack app manifest, made from the verbs (docs.slack.dev/reference/app-manifest)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.intake.following import CODE, REVIEW
from bot.intake.meanings import DRAFT, OBJECT
from bot.intake.pictured import ORIGIN, SOURCE
from bot.settings import Verb

ABOUT = "Text, pictures, code and reply drafts; made and checked in-house"
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "users:read",
)
GROUPS, GROUP_EVENT = "usergroups:read", "subteam_members_changed"
STOP = "agent_session_stopped"
EVENTS = (
    STOP,
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "user_change",
)


@dataclass(frozen=True, slots=True)
class _Shortcut:
    """What the menu of a message offers."""

    callback: str
    name: str
    about: str
    verb: str = ""
    """Offered only where there is this verb; empty: always."""


_SHORTCUTS: Final = (
    _Shortcut(OBJECT, "Report to reviewers", "Report an answer of Atelier's to the reviewers"),
    _Shortcut(DRAFT, "Draft a reply", "Draft a reply to a customer, for your eyes only at first"),
    _Shortcut(REVIEW, "Review this code", "Have Atelier look at the code in a message", CODE),
    _Shortcut(
        SOURCE, "Where is this from?", "Say where a picture is from, as its file tells", ORIGIN
    ),
)


def manifest(verbs: Mapping[str, Verb], url: str = "", *, groups: bool = False) -> dict[str, Any]:
    """Return the manifest of an app that has a slash command for each verb that wants one.

    `url` is where Slack posts to in HTTP mode; without one the app uses Socket Mode. `groups`: it
    reads user groups, since one has a role.
    """
    scopes = sorted({*SCOPES, *((GROUPS,) if groups else ())})
    events = [*EVENTS, *((GROUP_EVENT,) if groups else ())]
    return {
        "_metadata": {"major_version": 2},
        "display_information": {"name": "Atelier", "description": ABOUT},
        "features": {
            "agent_view": {"agent_description": ABOUT},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "atelier", "always_online": True},
            "shortcuts": _shortcuts(verbs),
            "slash_commands": [command | _posted(url) for command in _commands(verbs)],
        },
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {
            "event_subscriptions": _reached(url) | {"bot_events": events},
            "interactivity": _reached(url) | {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _shortcuts(verbs: Mapping[str, Verb]) -> list[dict[str, str]]:
    return [
        {
            "name": one.name,
            "type": "message",
            "callback_id": one.callback,
            "description": one.about,
        }
        for one in _SHORTCUTS
        if not one.verb or one.verb in verbs
    ]


def _commands(verbs: Mapping[str, Verb]) -> list[dict[str, Any]]:
    own = [_command(name, verb.help, _hint(verb)) for name, verb in verbs.items() if verb.slash]
    return [*own, _command("atelier", "Everything Atelier can do", "help")]


def _posted(url: str) -> dict[str, str]:
    return {"url": url} if url else {}


def _reached(url: str) -> dict[str, Any]:
    return {"request_url": url} if url else {}


def _command(name: str, description: str, hint: str) -> dict[str, Any]:
    return {
        "command": f"/{name}",
        "description": description,
        "usage_hint": hint,
        "should_escape": True,
    }


def _hint(verb: Verb) -> str:
    said = verb.example.partition(" ")[2]
    return said or " ".join(f"--{flag}" for flag in verb.flags) or "help"
