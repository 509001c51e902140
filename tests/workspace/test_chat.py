"""chat.postMessage, update, delete, postEphemeral, getPermalink with the real clients."""

import re
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.state import Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*b*"}}


async def test_a_message_is_stored_as_the_bots(slack: AsyncWebClient, control: Client) -> None:
    answer = await slack.chat_postMessage(channel="C0GENERAL", text="a < b", blocks=[SECTION])
    assert answer["channel"] == "C0GENERAL"
    (message,) = await control.messages("general")
    assert message == answer["message"]
    assert message["text"] == "a &lt; b"
    assert (message["user"], message["bot_id"], message["app_id"]) == (
        "U0ATELIER",
        "B0ATELIER",
        "A0ATELIER",
    )
    assert message["blocks"][0]["block_id"]
    assert re.fullmatch(r"\d{10}\.\d{6}", message["ts"])


@pytest.mark.parametrize("channel", ["C0GENERAL", "#general", "general", "U0ANA", "D0ANA"])
async def test_a_channel_may_be_named_in_many_ways(slack: AsyncWebClient, channel: str) -> None:
    answer = await slack.chat_postMessage(channel=channel, text="x")
    assert answer["channel"] == ("D0ANA" if "ANA" in channel else "C0GENERAL")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0GENERAL"}, "no_text"),
        ({"channel": "C0GENERAL", "text": "x", "blocks": [SECTION] * 51}, "invalid_blocks"),
        ({"channel": "C0GENERAL", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        (
            {"channel": "C0GENERAL", "blocks": [SECTION], "markdown_text": "x"},
            "markdown_text_conflict",
        ),
        ({"channel": "C0GENERAL", "markdown_text": "x" * 12_001}, "msg_too_long"),
        (
            {"channel": "C0GENERAL", "text": "x", "metadata": {"event_type": "e"}},
            "invalid_metadata_schema",
        ),
        ({"channel": "C0GENERAL", "text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ({"text": "x"}, "invalid_arguments"),
    ],
)
async def test_post_refused(slack: AsyncWebClient, arguments: dict[str, Any], error: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        await slack.api_call("chat.postMessage", json=arguments)
    assert refused.value.response["error"] == error


async def test_only_members_post(ws: Workspace) -> None:
    ana = AsyncWebClient("xoxp-ana", base_url=f"{ws.base_url}/api/")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await ana.chat_postMessage(channel="C0REVIEWERS", text="x")
    ws.directory.channels["C0RANDOM"].members.remove("U0ANA")
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await ana.chat_postMessage(channel="C0RANDOM", text="x")


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-stolen", "invalid_auth")])
async def test_a_token_is_needed(ws: Workspace, token: str, error: str) -> None:
    stranger = AsyncWebClient(token, base_url=f"{ws.base_url}/api/")
    with pytest.raises(SlackApiError, match=error):
        await stranger.auth_test()


async def test_the_app_token_posts_nothing(ws: Workspace) -> None:
    app = AsyncWebClient("xapp-local", base_url=f"{ws.base_url}/api/")
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await app.chat_postMessage(channel="C0GENERAL", text="x")


async def test_an_unknown_method(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="unknown_method"):
        await slack.api_call("chat.shout")


async def test_replies_count_in_their_parent(slack: AsyncWebClient, control: Client) -> None:
    parent = await control.say("ana", "general", "question")
    first = await slack.chat_postMessage(channel="C0GENERAL", text="1", thread_ts=parent["ts"])
    second = await slack.chat_postMessage(channel="C0GENERAL", text="2", thread_ts=first["ts"])
    (root,) = await control.messages("general")
    assert (root["reply_count"], root["latest_reply"]) == (2, second["ts"])
    assert second["message"]["thread_ts"] == parent["ts"]
    thread = await control.messages("general", thread_ts=parent["ts"])
    assert [message["text"] for message in thread] == ["question", "1", "2"]


async def test_a_broadcast_reply_is_in_the_channel_too(
    slack: AsyncWebClient, control: Client
) -> None:
    parent = await control.say("ana", "general", "question")
    await slack.chat_postMessage(
        channel="C0GENERAL", text="for all", thread_ts=parent["ts"], reply_broadcast=True
    )
    assert [each["text"] for each in await control.messages("general")] == ["question", "for all"]


async def test_update_with_text_alone_removes_the_blocks(slack: AsyncWebClient) -> None:
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[SECTION])
    updated = await slack.chat_update(channel="C0GENERAL", ts=posted["ts"], text="y")
    assert updated["text"] == "y"
    assert "blocks" not in updated["message"]
    assert updated["message"]["edited"]["user"] == "U0ATELIER"


async def test_update_refused(slack: AsyncWebClient, control: Client) -> None:
    theirs = await control.say("ana", "general", "mine")
    mine = await slack.chat_postMessage(channel="C0GENERAL", text="x")
    for ts, text, error in (
        (theirs["ts"], "y", "cant_update_message"),
        ("1.000000", "y", "message_not_found"),
        (mine["ts"], "y" * 4001, "msg_too_long"),
        (mine["ts"], "", "no_text"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.api_call(
                "chat.update", json={"channel": "C0GENERAL", "ts": ts, "text": text}
            )


async def test_delete(slack: AsyncWebClient, control: Client) -> None:
    theirs = await control.say("ana", "general", "mine")
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x")
    await slack.chat_delete(channel="C0GENERAL", ts=posted["ts"])
    assert [each["text"] for each in await control.messages("general")] == ["mine"]
    for ts, error in ((posted["ts"], "message_not_found"), (theirs["ts"], "cant_delete_message")):
        with pytest.raises(SlackApiError, match=error):
            await slack.chat_delete(channel="C0GENERAL", ts=ts)


async def test_a_deleted_parent_leaves_a_tombstone(slack: AsyncWebClient, control: Client) -> None:
    parent = await slack.chat_postMessage(channel="C0GENERAL", text="parent")
    await control.say("ana", "general", "later")
    await control.say("ana", "general", "reply", parent["ts"])
    await slack.chat_delete(channel="C0GENERAL", ts=parent["ts"])
    stone, later = await control.messages("general")
    assert (stone["subtype"], stone["ts"]) == ("tombstone", parent["ts"])
    assert later["text"] == "later"
    thread = await control.messages("general", thread_ts=parent["ts"])
    assert [each["text"] for each in thread][1:] == ["reply"]


async def test_an_ephemeral_message_is_for_one_person(
    slack: AsyncWebClient, control: Client
) -> None:
    answer = await slack.chat_postEphemeral(channel="C0GENERAL", user="U0ANA", text="psst")
    (mine,) = await control.messages("general", user="ana")
    assert (mine["text"], mine["is_ephemeral"], mine["ts"]) == ("psst", True, answer["message_ts"])
    assert await control.messages("general", user="bo") == []
    assert (await slack.conversations_history(channel="C0GENERAL"))["messages"] == []
    with pytest.raises(SlackApiError, match="message_not_found"):
        await slack.chat_update(channel="C0GENERAL", ts=answer["message_ts"], text="y")


async def test_an_ephemeral_message_needs_a_member(slack: AsyncWebClient) -> None:
    for user in ("U0ANA", "U0NOBODY"):
        with pytest.raises(SlackApiError, match="user_not_in_channel"):
            await slack.chat_postEphemeral(channel="C0REVIEWERS", user=user, text="psst")


async def test_permalink(slack: AsyncWebClient) -> None:
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x")
    answer = await slack.chat_getPermalink(channel="C0GENERAL", message_ts=posted["ts"])
    assert answer["permalink"].endswith(f"/archives/C0GENERAL/p{posted['ts'].replace('.', '')}")
    reply = await slack.chat_postMessage(channel="C0GENERAL", text="y", thread_ts=posted["ts"])
    answer = await slack.chat_getPermalink(channel="C0GENERAL", message_ts=reply["ts"])
    assert answer["permalink"].endswith(f"?thread_ts={posted['ts']}&cid=C0GENERAL")
    with pytest.raises(SlackApiError, match="message_not_found"):
        await slack.chat_getPermalink(channel="C0GENERAL", message_ts="1.000000")


async def test_markdown_text_becomes_a_markdown_block(slack: AsyncWebClient) -> None:
    answer = await slack.chat_postMessage(channel="C0GENERAL", markdown_text="**b**")
    assert answer["message"]["blocks"][0]["type"] == "markdown"


async def test_metadata_is_kept_and_shown_on_request(slack: AsyncWebClient) -> None:
    metadata = {"event_type": "asked", "event_payload": {"id": "r1"}}
    await slack.chat_postMessage(channel="C0GENERAL", text="x", metadata=metadata)
    plain = await slack.conversations_history(channel="C0GENERAL")
    full = await slack.conversations_history(channel="C0GENERAL", include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


async def test_metadata_stays_through_an_update_until_it_is_emptied(slack: AsyncWebClient) -> None:
    metadata = {"event_type": "asked", "event_payload": {"id": "r1"}}
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x", metadata=metadata)
    where = {"channel": "C0GENERAL", "ts": posted["ts"]}
    assert (await slack.chat_update(**where, text="y"))["message"]["metadata"] == metadata
    emptied = await slack.api_call("chat.update", json={**where, "text": "z", "metadata": {}})
    assert "metadata" not in emptied["message"]


async def test_a_very_long_text_is_cut_with_a_warning(slack: AsyncWebClient) -> None:
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="好" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    assert posted["warning"] == "message_truncated"
    assert posted["response_metadata"]["warnings"] == ["message_truncated"]
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x" * 40_000)
    assert "warning" not in posted.data


async def test_a_name_and_icon_need_a_scope(slack: AsyncWebClient, control: Client) -> None:
    given = {"channel": "C0GENERAL", "text": "x", "username": "Owl", "icon_emoji": ":owl:"}
    message = (await slack.chat_postMessage(**given))["message"]
    assert (message["username"], message["icons"], message["subtype"]) == (
        "Owl",
        {"emoji": ":owl:"},
        "bot_message",
    )
    await control.manifest({"oauth_config": {"scopes": {"bot": ["chat:write"]}}})
    with pytest.raises(SlackApiError) as refused:
        await slack.chat_postMessage(**given)
    assert refused.value.response["needed"] == "chat:write.customize"


@pytest.mark.parametrize(
    ("attachments", "error"),
    [
        ([{}] * 101, "too_many_attachments"),
        ("text", "invalid_arguments"),
        ([{"blocks": [{"type": "header"}]}], "invalid_blocks"),
    ],
    ids=["many", "text", "blocks"],
)
async def test_attachments_refused(slack: AsyncWebClient, attachments: Any, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        await slack.api_call(
            "chat.postMessage", json={"channel": "C0GENERAL", "attachments": attachments}
        )


async def test_an_archived_channel_takes_nothing(slack: AsyncWebClient, ws: Workspace) -> None:
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x")
    ws.directory.channels["C0GENERAL"].is_archived = True
    place = {"channel": "C0GENERAL"}
    with pytest.raises(SlackApiError, match="is_archived"):
        await slack.chat_postMessage(**place, text="x")
    with pytest.raises(SlackApiError, match="is_archived"):
        await slack.chat_postEphemeral(**place, user="U0ANA", text="x")
    with pytest.raises(SlackApiError, match="is_inactive"):
        await slack.chat_update(**place, ts=posted["ts"], text="y")
    with pytest.raises(SlackApiError, match="cant_delete_message"):
        await slack.chat_delete(**place, ts=posted["ts"])


async def test_the_messages_tab_may_be_off(slack: AsyncWebClient, control: Client) -> None:
    await control.manifest({"features": {"app_home": {"messages_tab_enabled": False}}})
    with pytest.raises(SlackApiError, match="messages_tab_disabled"):
        await slack.chat_postMessage(channel="D0ANA", text="x")
    await slack.chat_postMessage(channel="C0GENERAL", text="x")


async def test_a_deleted_message_without_replies_takes_none(
    slack: AsyncWebClient, ws: Workspace
) -> None:
    general = ws.directory.channels["C0GENERAL"]
    general.messages["1.000000"] = {"ts": "1.000000", "user": "U0ANA", "subtype": "channel_archive"}
    with pytest.raises(SlackApiError, match="cannot_reply_to_message"):
        await slack.chat_postMessage(channel="C0GENERAL", text="x", thread_ts="1.000000")


async def test_an_earlier_reply_is_broadcast(slack: AsyncWebClient, control: Client) -> None:
    parent = await control.say("ana", "general", "question")
    posted = await slack.chat_postMessage(
        channel="C0GENERAL", text="answer", thread_ts=parent["ts"]
    )
    where = {"channel": "C0GENERAL", "ts": posted["ts"], "reply_broadcast": True}
    with pytest.raises(SlackApiError, match="no_dual_broadcast_content_update"):
        await slack.chat_update(**where, text="other")
    await slack.api_call("chat.update", json=where)
    shown = [each["text"] for each in await control.messages("general")]
    assert shown == ["question", "answer"]
    with pytest.raises(SlackApiError, match="cant_broadcast_message"):
        await slack.api_call("chat.update", json=where)


async def test_a_whisper_in_a_thread_needs_a_thread(slack: AsyncWebClient, control: Client) -> None:
    parent = (await control.say("ana", "general", "q"))["ts"]
    given = {"channel": "C0GENERAL", "user": "U0ANA", "text": "psst", "thread_ts": parent}
    await slack.chat_postEphemeral(**given)
    assert len(await control.messages("general", parent, user="ana")) == 1
    await control.say("bo", "general", "a", parent)
    await slack.chat_postEphemeral(**given)
    thread = await control.messages("general", parent, user="ana")
    assert [each["text"] for each in thread] == ["q", "a", "psst"]


async def test_parse_full_links_names(slack: AsyncWebClient) -> None:
    said = {"channel": "C0GENERAL", "text": "@ana see #random <b>"}
    assert (await slack.chat_postMessage(**said))["message"]["text"] == "@ana see #random &lt;b&gt;"
    linked = await slack.chat_postMessage(**said, parse="full")
    assert linked["message"]["text"] == "<@U0ANA> see <#C0RANDOM> &lt;b&gt;"


async def test_apps_do_not_post_as_users(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="as_user_not_supported"):
        await slack.chat_postMessage(channel="C0GENERAL", text="x", as_user=True)


async def test_a_message_of_spaces_is_no_message(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="no_text"):
        await slack.api_call("chat.postMessage", json={"channel": "C0GENERAL", "text": " \n "})


async def test_invalid_blocks_are_named(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[{"type": "header"}])
    line = "missing required field: text [json-pointer:/blocks/0]"
    assert refused.value.response["errors"] == [line]
    assert refused.value.response["response_metadata"]["messages"] == [f"[ERROR] {line}"]
