"""What an app manifest may say (docs.slack.dev/reference/app-manifest), as tables of our own.

Known parts are checked closely: names, lengths, kinds, what depends on what. Of functions,
workflows, types and datastores only the outer shape is; the values of scopes and events are not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workspace.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one value must be: its kind, its size, its pattern, and its parts."""

    kind: type = str
    least: int = 0
    most: int = 10_000
    pattern: str = ""
    choices: tuple[str, ...] = ()
    parts: Mapping[str, "Rule"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    each: "Rule | None" = None
    is_open: bool = False


_WEB = r"https?://"
_BOOLEAN = Rule(kind=bool)
_NUMBER = Rule(kind=int)
_ANY = Rule(kind=dict, is_open=True)
_TEXT = Rule()


def _texts(most: int, longest: int = 50) -> Rule:
    return Rule(kind=list, most=most, each=Rule(most=longest))


def _object(parts: Mapping[str, Rule], *required: str) -> Rule:
    return Rule(kind=dict, parts=parts, required=required)


_DISPLAY = _object(
    {
        "name": Rule(least=1, most=35),
        "description": Rule(least=1, most=140),
        "background_color": Rule(pattern=r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?$"),
        "long_description": Rule(least=175, most=4000),
    },
    "name",
)
_COMMAND = _object(
    {
        "command": Rule(least=2, most=32, pattern=r"/"),
        "url": Rule(pattern=_WEB, most=3000),
        "description": Rule(least=1, most=2000),
        "usage_hint": Rule(least=1, most=1000),
        "should_escape": _BOOLEAN,
    },
    "command",
    "description",
)
_SHORTCUT = _object(
    {
        "name": Rule(least=1, most=24),
        "type": Rule(choices=("message", "global")),
        "callback_id": Rule(least=1, most=255),
        "description": Rule(least=1, most=150),
    },
    "name",
    "type",
    "callback_id",
    "description",
)
_PROMPT = _object({"title": _TEXT, "message": _TEXT}, "title", "message")
_ACTION = _object({"name": _TEXT, "description": _TEXT}, "name", "description")
_AGENT = _object(
    {
        "agent_description": Rule(most=300),
        "suggested_prompts": Rule(kind=list, most=4, each=_PROMPT),
        "actions": Rule(kind=list, each=_ACTION),
    }
)
_ASSISTANT = _object(
    {"assistant_description": _TEXT, "suggested_prompts": Rule(kind=list, each=_PROMPT)},
    "assistant_description",
)
_FEATURES = _object(
    {
        "app_home": _object(
            dict.fromkeys(
                ("home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"),
                _BOOLEAN,
            )
        ),
        "bot_user": _object(
            {"display_name": Rule(least=1, most=80), "always_online": _BOOLEAN}, "display_name"
        ),
        "functions": Rule(kind=list, most=50, each=_ANY),
        "shortcuts": Rule(kind=list, least=1, most=10, each=_SHORTCUT),
        "slash_commands": Rule(kind=list, least=1, most=50, each=_COMMAND),
        "workflow_steps": Rule(kind=list, least=1, most=10, each=_ANY),
        "unfurl_domains": _texts(5, 255),
        "assistant_view": _ASSISTANT,
        "agent_view": _AGENT,
    }
)
_OAUTH = _object(
    {
        "redirect_urls": _texts(1000, 2500),
        "scopes": _object(
            dict.fromkeys(("bot", "user", "bot_optional", "user_optional"), _texts(255))
        ),
        "token_management_enabled": _BOOLEAN,
        "pkce_enabled": _BOOLEAN,
    }
)
_REQUEST_URL = Rule(pattern=_WEB, most=3500)
_SETTINGS = _object(
    {
        "allowed_ip_address_ranges": _texts(50),
        "event_subscriptions": _object(
            {
                "request_url": _REQUEST_URL,
                "user_events": _texts(100),
                "bot_events": _texts(100),
                "metadata_subscriptions": Rule(kind=list, least=1, most=20, each=_ANY),
            }
        ),
        "incoming_webhooks": _object({"incoming_webhooks_enabled": _BOOLEAN}),
        "interactivity": _object(
            {
                "is_enabled": _BOOLEAN,
                "request_url": _REQUEST_URL,
                "message_menu_options_url": _REQUEST_URL,
            },
            "is_enabled",
        ),
        "siws_links": _object({"initiate_uri": Rule(pattern=r"https://", most=3500)}),
        "hermes_app_type": _TEXT,
        "function_runtime": _TEXT,
        **dict.fromkeys(
            ("org_deploy_enabled", "socket_mode_enabled", "is_hosted", "token_rotation_enabled"),
            _BOOLEAN,
        ),
        "is_mcp_enabled": _BOOLEAN,
    }
)
_PARAMETERS = _object({"properties": _ANY, "required": Rule(kind=list, each=_TEXT)}, "properties")
_FUNCTION = _object(
    {
        "title": _TEXT,
        "description": _TEXT,
        "input_parameters": _PARAMETERS,
        "output_parameters": _PARAMETERS,
    },
    "title",
    "description",
    "input_parameters",
    "output_parameters",
)
_WORKFLOW = _object(
    {
        "title": _TEXT,
        "description": _TEXT,
        "input_parameters": _PARAMETERS,
        "output_parameters": _PARAMETERS,
        "steps": Rule(kind=list, each=_ANY),
        "suggested_triggers": _ANY,
    },
    "title",
    "description",
    "steps",
)
_MANIFEST = _object(
    {
        "$schema": _TEXT,
        "_metadata": _object(
            dict.fromkeys(
                ("schema_version", "min_version", "major_version", "minor_version"), _NUMBER
            )
        ),
        "display_information": _DISPLAY,
        "features": _FEATURES,
        "oauth_config": _OAUTH,
        "settings": _SETTINGS,
        "functions": Rule(kind=dict, most=50, each=_FUNCTION),
        "workflows": Rule(kind=dict, most=50, each=_WORKFLOW),
        "outgoing_domains": _texts(10, 255),
        **dict.fromkeys(
            ("app_directory", "datastores", "types", "external_auth_providers", "mcp_servers"), _ANY
        ),
    },
    "display_information",
)
_KINDS: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    list: "array",
    dict: "object",
}


def problems(manifest: Json) -> list[Json]:
    """Return what is wrong with a manifest, each as `{"message", "pointer"}`."""
    found = list(_wrong(manifest, _MANIFEST, ""))
    return found or list(_unreachable(manifest))


def _wrong(value: object, rule: Rule, at: str) -> Iterator[Json]:
    if type(value) is not rule.kind:
        yield _problem(f"must be of type {_KINDS[rule.kind]}", at)
    elif isinstance(value, (str, list, dict)) and not rule.least <= len(value) <= rule.most:
        yield _problem(f"must have a size between {rule.least} and {rule.most}", at)
    elif isinstance(value, str):
        yield from _wrong_text(value, rule, at)
    elif isinstance(value, list):
        yield from _wrong_items(value, rule, at)
    elif isinstance(value, dict) and not rule.is_open:
        yield from _wrong_parts(value, rule, at)


def _wrong_text(value: str, rule: Rule, at: str) -> Iterator[Json]:
    if rule.choices and value not in rule.choices:
        yield _problem(f"must be one of {', '.join(rule.choices)}", at)
    if rule.pattern and not re.match(rule.pattern, value):
        yield _problem("has a format that is not allowed", at)


def _wrong_items(values: list[object], rule: Rule, at: str) -> Iterator[Json]:
    for index, each in enumerate(values):
        if rule.each is not None:
            yield from _wrong(each, rule.each, f"{at}/{index}")


def _wrong_parts(value: Json, rule: Rule, at: str) -> Iterator[Json]:
    for name in rule.required:
        if name not in value:
            yield _problem(f"must have the property {name}", at)
    for name, part in value.items():
        known = rule.parts.get(name, rule.each)
        if known is None:
            yield _problem(f"must not have the property {name}", at)
        else:
            yield from _wrong(part, known, f"{at}/{name}")


def _unreachable(manifest: Json) -> Iterator[Json]:
    """Return what the app asks for without saying where it is to be sent."""
    settings = manifest.get("settings") or {}
    if settings.get("socket_mode_enabled"):
        return
    events = settings.get("event_subscriptions") or {}
    if (events.get("bot_events") or events.get("user_events")) and not events.get("request_url"):
        message = "Event Subscription requires either Request URL or Socket Mode Enabled"
        yield _problem(message, "/settings/event_subscriptions")
    asks = settings.get("interactivity") or {}
    if asks.get("is_enabled") and not asks.get("request_url"):
        message = "Interactivity requires a Request URL or Socket Mode enabled"
        yield _problem(message, "/settings/interactivity")
    for index, each in enumerate((manifest.get("features") or {}).get("slash_commands") or ()):
        if not each.get("url"):
            at = f"/features/slash_commands/{index}"
            yield _problem("A slash command requires a URL or Socket Mode enabled", at)


def _problem(message: str, at: str) -> Json:
    return {"message": message, "pointer": at or "/"}
