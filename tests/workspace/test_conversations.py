"""conversations.*, and who and what the workspace is."""

import asyncio
from typing import Any

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
        ("U0ATELIER", "not_enough_users"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.conversations_open(users=users)


async def test_join(slack: AsyncWebClient, ws: Workspace, control: Client) -> None:
    ws.directory.channels["C0RANDOM"].members.remove("U0ATELIER")
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await slack.conversations_history(channel="C0RANDOM")
    await slack.conversations_join(channel="C0RANDOM")
    (joined,) = (await slack.conversations_history(channel="C0RANDOM"))["messages"]
    assert (joined["subtype"], joined["user"]) == ("channel_join", "U0ATELIER")
    again = await slack.conversations_join(channel="C0RANDOM")
    assert again["warning"] == "already_in_channel"
    with pytest.raises(SlackApiError, match="method_not_supported_for_channel_type"):
        await slack.conversations_join(channel="D0ANA")
    assert "member_joined_channel" in [row["kind"] for row in await control.deliveries()]


def _granted(ws: Workspace, *scopes: str) -> None:
    ws.manifest = {"oauth_config": {"scopes": {"bot": list(scopes)}}}


async def test_the_app_posts_where_it_is_not_only_with_a_scope(
    slack: AsyncWebClient, ws: Workspace
) -> None:
    for name in ("C0RANDOM", "C0REVIEWERS"):
        ws.directory.channels[name].members.remove("U0ATELIER")
    await slack.chat_postMessage(channel="C0RANDOM", text="x")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await slack.chat_postMessage(channel="C0REVIEWERS", text="x")
    _granted(ws, "chat:write")
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await slack.chat_postMessage(channel="C0RANDOM", text="x")


@pytest.mark.parametrize(
    ("method", "arguments", "needed"),
    [
        ("conversations.history", {"channel": "C0REVIEWERS"}, "groups:history"),
        ("conversations.history", {"channel": "D0ANA"}, "im:history"),
        ("conversations.replies", {"channel": "D0ANA", "ts": "1.0"}, "im:history"),
        ("conversations.info", {"channel": "C0REVIEWERS"}, "groups:read"),
        ("conversations.members", {"channel": "D0ANA"}, "im:read"),
        ("conversations.list", {"types": "public_channel,mpim"}, "mpim:read"),
        ("users.conversations", {"types": "im"}, "im:read"),
        ("conversations.open", {"users": "U0ANA,U0BO"}, "mpim:write"),
        ("conversations.create", {"name": "shut", "is_private": True}, "groups:write"),
        (
            "conversations.invite",
            {"channel": "C0REVIEWERS", "users": "U0ANA"},
            "groups:write.invites,groups:write",
        ),
    ],
)
async def test_each_kind_of_conversation_has_scopes_of_its_own(
    slack: AsyncWebClient, ws: Workspace, method: str, arguments: dict[str, Any], needed: str
) -> None:
    given = ["channels:history", "channels:read", "channels:manage", "im:write"]
    _granted(ws, *given)
    with pytest.raises(SlackApiError) as refused:
        await slack.api_call(method, json=arguments)
    answer = refused.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
    assert answer["provided"] == ",".join(sorted(given))


async def test_the_app_makes_a_channel_and_invites(slack: AsyncWebClient, control: Client) -> None:
    made = (await slack.conversations_create(name="策划-1", is_private=True))["channel"]
    assert (made["creator"], made["is_private"], made["num_members"]) == ("U0ATELIER", True, 1)
    await slack.conversations_invite(channel=made["id"], users="U0ANA,U0BO")
    members = await slack.conversations_members(channel=made["id"])
    assert members["members"] == ["U0ATELIER", "U0ANA", "U0BO"]
    assert made["id"] in {each["id"] for each in (await control.state("ana"))["channels"]}
    joined = (await control.messages(made["id"]))[1]
    assert (joined["subtype"], joined["inviter"]) == ("channel_join", "U0ATELIER")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("Loud", "invalid_name_specials"),
        ("two words", "invalid_name_specials"),
        ("dots.", "invalid_name_specials"),
        ("a" * 81, "invalid_name_maxlength"),
        ("-_-", "invalid_name_punctuation"),
        ("general", "name_taken"),
        ("reviewers", "name_taken"),
    ],
)
async def test_a_bad_name_is_refused(slack: AsyncWebClient, name: str, error: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        await slack.conversations_create(name=name)
    assert refused.value.response["error"] == error


async def test_invitations_that_cannot_be(slack: AsyncWebClient, control: Client) -> None:
    made = (await slack.conversations_create(name="party"))["channel"]["id"]
    for users, error in (
        ("", "no_user"),
        ("U0NOBODY", "user_not_found"),
        ("U0ATELIER", "cant_invite_self"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.conversations_invite(channel=made, users=users)
    with pytest.raises(SlackApiError) as refused:
        await slack.conversations_invite(channel=made, users="U0ANA,U0NOBODY")
    assert refused.value.response["errors"] == [
        {"user": "U0NOBODY", "ok": False, "error": "user_not_found"}
    ]
    assert (await slack.conversations_members(channel=made))["members"] == ["U0ATELIER"]
    some = await slack.conversations_invite(channel=made, users="U0ANA,U0NOBODY", force=True)
    assert [each["user"] for each in some["errors"]] == ["U0NOBODY"]
    with pytest.raises(SlackApiError, match="already_in_channel"):
        await slack.conversations_invite(channel=made, users="U0ANA")
    with pytest.raises(SlackApiError, match="method_not_supported_for_channel_type"):
        await slack.conversations_invite(channel="D0ANA", users="U0BO")
    await control.archive("ana", made)
    with pytest.raises(SlackApiError, match="is_archived"):
        await slack.conversations_invite(channel=made, users="U0BO")


async def test_an_archived_channel_is_read_and_not_written(
    slack: AsyncWebClient, control: Client
) -> None:
    ts = (await control.say("ana", "random", "last words"))["ts"]
    await control.archive("ana", "random")
    texts = (await slack.conversations_history(channel="C0RANDOM"))["messages"]
    assert [each.get("subtype") for each in texts] == ["channel_archive", None]
    for method, more in (
        ("chat.postMessage", {"text": "x"}),
        ("chat.scheduleMessage", {"text": "x", "post_at": 1}),
        ("reactions.add", {"timestamp": ts, "name": "eyes"}),
        ("conversations.join", {"test": False}),
    ):
        with pytest.raises(SlackApiError, match="is_archived"):
            await slack.api_call(method, json={"channel": "C0RANDOM"} | more)
    listed = await slack.conversations_list(exclude_archived=True)
    assert "C0RANDOM" not in {each["id"] for each in listed["channels"]}
    every = {each["id"]: each for each in (await slack.conversations_list())["channels"]}
    assert every["C0RANDOM"]["is_archived"]


async def test_group_dms(slack: AsyncWebClient, ws: Workspace) -> None:
    first = (await slack.conversations_open(users="U0BO,U0ANA", return_im=True))["channel"]
    assert (first["is_mpim"], first["name"]) == (True, "mpdm-atelier--bo--ana-1")
    again = await slack.conversations_open(users="U0ANA,U0BO")
    assert (again["channel"]["id"], again["already_open"]) == (first["id"], True)
    assert (await slack.conversations_open(channel=first["id"]))["channel"]["id"] == first["id"]
    await slack.chat_postMessage(channel=first["id"], text="hi both")
    (listed,) = (await slack.conversations_list(types="mpim"))["channels"]
    assert listed["id"] == first["id"]
    chen = AsyncWebClient("xoxp-chen", base_url=slack.base_url)
    assert (await chen.conversations_list(types="mpim"))["channels"] == []
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await chen.conversations_history(channel=first["id"])
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await slack.conversations_open(users="U0BO,U0CHEN", prevent_creation=True)
    assert ws.directory.between(frozenset({"U0ATELIER", "U0BO", "U0CHEN"})) is None
