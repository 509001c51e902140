"""users.*, usergroups.*, emoji.list, bookmarks.list."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.state import Workspace


async def test_users(slack: AsyncWebClient) -> None:
    chen = (await slack.users_info(user="U0CHEN", include_locale=True))["user"]
    assert (chen["real_name"], chen["locale"], chen["is_admin"]) == ("陈晨", "zh-CN", True)
    members = (await slack.users_list())["members"]
    assert [each["name"] for each in members] == ["ana", "bo", "chen", "atelier"]
    page = await slack.users_list(limit=3)
    assert page["response_metadata"]["next_cursor"]
    with pytest.raises(SlackApiError, match="user_not_found"):
        await slack.users_info(user="U0NOBODY")


async def test_where_somebody_is(slack: AsyncWebClient) -> None:
    async def ids(**given: Any) -> list[str]:
        return [each["id"] for each in (await slack.users_conversations(**given))["channels"]]

    assert await ids() == ["C0GENERAL", "C0RANDOM", "C0SUPPORT"]
    assert await ids(types="private_channel") == ["C0REVIEWERS"]
    assert await ids(user="U0ANA", types="private_channel,im") == ["D0ANA"]
    shown = (await slack.users_conversations())["channels"][0]
    assert not {"num_members", "is_member"} & set(shown)


async def test_somebody_by_address(slack: AsyncWebClient, ws: Workspace) -> None:
    found = (await slack.users_lookupByEmail(email="Ana@Example.com"))["user"]
    assert (found["id"], found["profile"]["email"]) == ("U0ANA", "ana@example.com")
    with pytest.raises(SlackApiError, match="users_not_found"):
        await slack.users_lookupByEmail(email="nobody@example.com")
    ws.manifest = {"oauth_config": {"scopes": {"bot": ["users:read"]}}}
    assert "email" not in (await slack.users_info(user="U0ANA"))["user"]["profile"]


async def test_groups_emoji_and_bookmarks(slack: AsyncWebClient, ws: Workspace) -> None:
    (group,) = (await slack.usergroups_list(include_users=True))["usergroups"]
    assert (group["handle"], group["users"]) == ("reviewers", ["U0BO", "U0CHEN"])
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        await slack.usergroups_users_list(usergroup="S0NONE")
    assert (await slack.emoji_list())["emoji"]["atelier"].startswith(ws.base_url)
    assert (await slack.api_call("bookmarks.list", json={"channel_id": "C0GENERAL"}))[
        "bookmarks"
    ] == []
