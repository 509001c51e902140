"""conversations.*, users.*, reactions.*, team.info, bots.info, auth.test, api.test."""

import asyncio

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.state import Workspace


async def test_who_am_i(slack: AsyncWebClient, ws: Workspace) -> None:
    me = await slack.auth_test()
    assert (me["user_id"], me["bot_id"], me["team_id"]) == ("U0ATELIER", "B0ATELIER", "T0LOCAL00")
    ana = await AsyncWebClient("xoxp-ana", base_url=f"{ws.base_url}/api/").auth_test()
    assert ana["user_id"] == "U0ANA"
    assert "bot_id" not in ana


async def test_api_test(slack: AsyncWebClient) -> None:
    assert (await slack.api_test(foo="bar"))["args"]["foo"] == "bar"
    with pytest.raises(SlackApiError, match="my_error"):
        await slack.api_test(error="my_error")


async def test_team_and_bot(slack: AsyncWebClient) -> None:
    assert (await slack.team_info())["team"]["name"] == "Atelier Local"
    assert (await slack.bots_info(bot="B0ATELIER"))["bot"]["user_id"] == "U0ATELIER"
    with pytest.raises(SlackApiError, match="bot_not_found"):
        await slack.bots_info(bot="B0NOBODY")


async def test_channels_are_listed_by_type(slack: AsyncWebClient) -> None:
    async def names(types: str | None) -> list[str]:
        answer = await slack.conversations_list(types=types)
        return [each.get("name", each["id"]) for each in answer["channels"]]

    assert await names(None) == ["general", "random", "support"]
    assert await names("private_channel") == ["reviewers"]
    assert await names("im") == ["D0ANA", "D0BO", "D0CHEN"]
    with pytest.raises(SlackApiError, match="invalid_types"):
        await names("secret")


async def test_closed_places_are_hidden(ws: Workspace) -> None:
    ana = AsyncWebClient("xoxp-ana", base_url=f"{ws.base_url}/api/")
    answer = await ana.conversations_list(types="public_channel,private_channel,im")
    ids = {each["id"] for each in answer["channels"]}
    assert ids == {"C0GENERAL", "C0RANDOM", "C0SUPPORT", "D0ANA"}
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await ana.conversations_info(channel="C0REVIEWERS")


async def test_info_and_members(slack: AsyncWebClient) -> None:
    answer = await slack.conversations_info(channel="C0REVIEWERS", include_num_members=True)
    channel = answer["channel"]
    assert (channel["is_private"], channel["is_member"], channel["num_members"]) == (True, True, 3)
    members = await slack.conversations_members(channel="C0REVIEWERS")
    assert members["members"] == ["U0BO", "U0CHEN", "U0ATELIER"]


async def test_history_is_newest_first_and_paged(slack: AsyncWebClient, control: Client) -> None:
    said = [(await control.say("ana", "general", f"{n}"))["ts"] for n in range(5)]
    first = await slack.conversations_history(channel="C0GENERAL", limit=2)
    assert [each["text"] for each in first["messages"]] == ["4", "3"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await slack.conversations_history(channel="C0GENERAL", limit=10, cursor=cursor)
    assert [each["text"] for each in rest["messages"]] == ["2", "1", "0"]
    since = await slack.conversations_history(channel="C0GENERAL", oldest=said[2], latest=said[4])
    assert [each["text"] for each in since["messages"]] == ["3"]
    both = await slack.conversations_history(
        channel="C0GENERAL", oldest=said[2], latest=said[4], inclusive=True
    )
    assert [each["text"] for each in both["messages"]] == ["4", "3", "2"]


async def test_the_sync_client_pages_too(ws: Workspace, control: Client) -> None:
    for number in range(3):
        await control.say("ana", "general", f"{number}")
    client = WebClient("xoxb-local", base_url=f"{ws.base_url}/api/")

    def read() -> list[str]:
        pages = client.conversations_history(channel="C0GENERAL", limit=1)
        return [each["text"] for page in pages for each in page["messages"]]

    assert await asyncio.to_thread(read) == ["2", "1", "0"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"cursor": "nonsense"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "now"}, "invalid_ts_latest"),
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
    ],
)
async def test_history_refused(
    slack: AsyncWebClient, control: Client, arguments: dict[str, str], error: str
) -> None:
    await control.say("ana", "general", "x")
    with pytest.raises(SlackApiError, match=error):
        await slack.api_call("conversations.history", params={"channel": "C0GENERAL"} | arguments)


async def test_replies(slack: AsyncWebClient, control: Client) -> None:
    parent = (await control.say("ana", "general", "q"))["ts"]
    first = (await control.say("bo", "general", "1", parent))["ts"]
    await control.say("bo", "general", "2", parent)
    thread = await slack.conversations_replies(channel="C0GENERAL", ts=parent)
    assert [each["text"] for each in thread["messages"]] == ["q", "1", "2"]
    newer = await slack.conversations_replies(channel="C0GENERAL", ts=parent, oldest=first)
    assert [each["text"] for each in newer["messages"]] == ["q", "2"]
    page = await slack.conversations_replies(channel="C0GENERAL", ts=parent, limit=2)
    assert page["has_more"]
    with pytest.raises(SlackApiError, match="thread_not_found"):
        await slack.conversations_replies(channel="C0GENERAL", ts="1.000000")


async def test_open(slack: AsyncWebClient) -> None:
    assert (await slack.conversations_open(users="U0BO"))["channel"]["id"] == "D0BO"
    full = await slack.conversations_open(users=["U0BO"], return_im=True)
    assert full["channel"]["user"] == "U0BO"
    for users, error in (
        ("U0NOBODY", "user_not_found"),
        ("", "users_list_not_supplied"),
        ("U0BO,U0ANA", "too_many_users"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.conversations_open(users=users)


async def test_join(slack: AsyncWebClient, ws: Workspace, control: Client) -> None:
    ws.directory.channels["C0RANDOM"].members.remove("U0ATELIER")
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await slack.chat_postMessage(channel="C0RANDOM", text="x")
    await slack.conversations_join(channel="C0RANDOM")
    await slack.chat_postMessage(channel="C0RANDOM", text="x")
    again = await slack.conversations_join(channel="C0RANDOM")
    assert again["warning"] == "already_in_channel"
    with pytest.raises(SlackApiError, match="method_not_supported_for_channel_type"):
        await slack.conversations_join(channel="D0ANA")
    assert "member_joined_channel" in [row["kind"] for row in await control.deliveries()]


async def test_users(slack: AsyncWebClient) -> None:
    chen = (await slack.users_info(user="U0CHEN", include_locale=True))["user"]
    assert (chen["real_name"], chen["locale"], chen["is_admin"]) == ("陈晨", "zh-CN", True)
    members = (await slack.users_list())["members"]
    assert [each["name"] for each in members] == ["ana", "bo", "chen", "atelier"]
    page = await slack.users_list(limit=3)
    assert page["response_metadata"]["next_cursor"]
    with pytest.raises(SlackApiError, match="user_not_found"):
        await slack.users_info(user="U0NOBODY")


async def test_reactions(slack: AsyncWebClient, control: Client) -> None:
    ts = (await control.say("ana", "general", "x"))["ts"]
    await slack.reactions_add(channel="C0GENERAL", timestamp=ts, name="eyes")
    with pytest.raises(SlackApiError, match="already_reacted"):
        await slack.reactions_add(channel="C0GENERAL", timestamp=ts, name="eyes")
    (message,) = await control.messages("general")
    assert message["reactions"] == [{"name": "eyes", "users": ["U0ATELIER"], "count": 1}]
    await slack.reactions_remove(channel="C0GENERAL", timestamp=ts, name="eyes")
    assert "reactions" not in (await control.messages("general"))[0]
    for name, timestamp, error in (
        ("eyes", ts, "no_reaction"),
        ("No Name!", ts, "invalid_name"),
        ("eyes", "1.000000", "message_not_found"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.reactions_remove(channel="C0GENERAL", timestamp=timestamp, name=name)
    with pytest.raises(SlackApiError, match="no_item_specified"):
        await slack.reactions_remove(name="eyes")
