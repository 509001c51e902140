"""What an app manifest may say."""

import json
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.manifests import problems

NAMED = {"display_information": {"name": "A"}}


def _example(slack_data: Path, name: str) -> dict[str, Any]:
    return json.loads((slack_data / f"manifest/manifest.{name}.json").read_text())


def test_the_published_examples(slack_data: Path) -> None:
    assert problems(_example(slack_data, "valid")) == []
    pointers = {each["pointer"] for each in problems(_example(slack_data, "invalid"))}
    assert pointers == {"/workflows/time_off_request/input_parameters"}


def test_it_knows_every_part_of_the_published_schema(slack_data: Path) -> None:
    schema = _example(slack_data, "schema.2.0.0")
    for name in schema["properties"]:
        found = [each["message"] for each in problems(NAMED | {name: None})]
        assert not any("must not have" in each for each in found), name


def _command(**more: Any) -> dict[str, Any]:
    return {"slash_commands": [{"command": "/x", "description": "d", "url": "https://a"} | more]}


@pytest.mark.parametrize(
    ("part", "pointer"),
    [
        ({"display_information": {}}, "/display_information"),
        ({"display_information": {"name": "长" * 36}}, "/display_information/name"),
        ({"display_information": {"name": 1}}, "/display_information/name"),
        ({"invented": {}}, "/"),
        ({"features": _command(command="x!")}, "/features/slash_commands/0/command"),
        ({"features": _command(command="/" + "x" * 32)}, "/features/slash_commands/0/command"),
        ({"features": _command(should_escape="yes")}, "/features/slash_commands/0/should_escape"),
        ({"features": {"slash_commands": [{"command": "/x"}]}}, "/features/slash_commands/0"),
        ({"features": {"unfurl_domains": ["a"] * 6}}, "/features/unfurl_domains"),
        ({"oauth_config": {"scopes": {"bot": "chat:write"}}}, "/oauth_config/scopes/bot"),
        ({"settings": {"interactivity": {}}}, "/settings/interactivity"),
        ({"settings": {"interactivity": {"is_enabled": True}}}, "/settings/interactivity"),
        (
            {"settings": {"event_subscriptions": {"bot_events": ["app_mention"]}}},
            "/settings/event_subscriptions",
        ),
        ({"features": _command(url="ftp://a")}, "/features/slash_commands/0/url"),
    ],
)
def test_what_is_wrong_is_pointed_at(part: dict[str, Any], pointer: str) -> None:
    assert [each["pointer"] for each in problems(NAMED | part)] == [pointer]


def test_socket_mode_needs_no_addresses() -> None:
    command = {"command": "/x", "description": "d"}
    settings = {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {"bot_events": ["app_mention"]},
    }
    manifest = NAMED | {"features": {"slash_commands": [command]}, "settings": settings}
    assert len(problems(manifest)) == 3
    assert problems(manifest | {"settings": settings | {"socket_mode_enabled": True}}) == []


async def test_a_person_has_a_manifest_validated(slack: AsyncWebClient) -> None:
    ana = AsyncWebClient("xoxp-ana", base_url=slack.base_url)
    assert (await ana.apps_manifest_validate(manifest=json.dumps(NAMED)))["errors"] == []
    for given, error in (
        ({"manifest": "{"}, "invalid_manifest"),
        ({"manifest": "[]"}, "invalid_manifest"),
        ({"manifest": "{}", "app_id": "A0OTHER"}, "invalid_app_id"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await ana.api_call("apps.manifest.validate", json=given)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await slack.apps_manifest_validate(manifest="{}")
