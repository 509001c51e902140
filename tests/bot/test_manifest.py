import json
from pathlib import Path

import pytest

from bot.manifest import EVENTS, GROUPS, SCOPES, manifest
from bot.settings import load
from tests.bot.builders import VERBS, verb

SCHEMA = Path(__file__).parents[2] / "../shared/data/slack/manifest/manifest.schema.2.0.0.json"


def commands(given: dict[str, object] | None = None) -> dict[str, dict[str, object]]:
    made = given or manifest(VERBS)
    features = made["features"]
    assert isinstance(features, dict)
    return {command["command"]: command for command in features["slash_commands"]}


def test_each_verb_that_wants_one_has_a_command_and_one_knows_them_all() -> None:
    assert set(commands()) == {"/ask", "/imagine", "/digest", "/draft", "/atelier"}


def test_the_commands_of_the_defaults_are_those_that_people_learn() -> None:
    made = commands(manifest(load().verbs))
    assert {"/ask", "/imagine", "/code", "/draft", "/digest", "/usage", "/atelier"} <= set(made)


def test_a_command_says_what_it_does_and_how() -> None:
    made = manifest({"ask": verb(help="Ask us", example="/ask How long?", slash=True)})
    assert commands(made)["/ask"] == {
        "command": "/ask",
        "description": "Ask us",
        "usage_hint": "How long?",
        "should_escape": True,
    }
    flags = manifest({"draw": verb(example="/draw", flags=("size",), slash=True)})
    assert commands(flags)["/draw"]["usage_hint"] == "--size"


def test_every_event_has_the_scope_that_slack_wants_for_it() -> None:
    needed = {
        "app_mention": "app_mentions:read",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "message.mpim": "mpim:history",
        "user_change": "users:read",
    }
    assert {needed[event] for event in EVENTS if event in needed} <= set(SCOPES)
    assert list(SCOPES) == sorted(set(SCOPES))


def test_user_groups_are_read_only_where_one_has_a_role() -> None:
    usual, more = manifest(VERBS), manifest(VERBS, groups=True)
    assert usual["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert GROUPS not in SCOPES
    assert more["oauth_config"]["scopes"]["bot"] == sorted([*SCOPES, GROUPS])
    events = more["settings"]["event_subscriptions"]["bot_events"]
    assert events == [*EVENTS, "subteam_members_changed"]


def test_a_manifest_asks_for_sockets_and_clicks() -> None:
    settings = manifest(VERBS)["settings"]
    assert settings["socket_mode_enabled"]
    assert settings["interactivity"] == {"is_enabled": True}
    assert settings["event_subscriptions"]["bot_events"] == list(EVENTS)


def test_a_manifest_is_json_with_the_keys_that_slack_knows() -> None:
    if not SCHEMA.is_file():
        pytest.skip("needs the schema of Slack's manifests beside the repository")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    made = json.loads(json.dumps(manifest(load().verbs)))
    assert set(made) <= set(schema["properties"])
    for part, value in made.items():
        reference = schema["properties"][part].get("$ref", "").rpartition("/")[2]
        definition = schema["definitions"].get(reference, schema["properties"][part])
        assert set(value) <= set(definition["properties"]), part


def test_the_app_is_an_agent_that_people_can_stop() -> None:
    made = manifest(VERBS)
    assert 0 < len(made["features"]["agent_view"]["agent_description"]) <= 300
    assert "assistant_view" not in made["features"], "Slack retires it"
    assert "agent_session_stopped" in made["settings"]["event_subscriptions"]["bot_events"]


def test_what_slack_shows_of_it_fits() -> None:
    made = manifest(load().verbs)
    shown = made["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    for command in commands(made).values():
        assert len(str(command["command"])) <= 32
        assert 0 < len(str(command["description"])) <= 2000
        assert 0 < len(str(command["usage_hint"])) <= 1000


def test_in_http_mode_everything_goes_to_one_address() -> None:
    made = manifest(VERBS, "https://bot.example/slack/events")
    urls = {command["url"] for command in made["features"]["slash_commands"]}
    told = made["settings"]
    assert urls == {"https://bot.example/slack/events"}
    assert told["event_subscriptions"]["request_url"] in urls
    assert told["interactivity"]["request_url"] in urls
    assert told["socket_mode_enabled"] is False
    assert "url" not in str(manifest(VERBS))
