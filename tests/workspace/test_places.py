"""What people do with channels, DMs and messages, and what the app hears of it."""

import asyncio
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client, ControlError
from workspace.state import Workspace


async def _kinds(control: Client, count: int) -> list[str]:
    """Return the kinds of the first envelopes, which the developer's panel shows."""
    kinds: list[str] = []
    async with asyncio.timeout(10):
        async for event in control.events("ana", 0):
            if event["type"] == "envelope" and event["direction"] == "out":
                kinds.append(event["summary"]["kind"])
            if len(kinds) == count:
                break
    return kinds


async def _refusal(control: Client, action: str, **body: Any) -> str:
    with pytest.raises(ControlError) as refused:
        await control.post(action, **body)
    return refused.value.code


async def test_a_channel_from_its_making_to_its_end(bot: Any, control: Client) -> None:
    kinds = ("channel_created", "member_joined_channel", "channel_rename", "channel_archive")
    bot.record(*kinds, "message", "member_left_channel", "channel_left")
    await bot.connect()
    made = await control.channel("ana", "ideas")
    assert (made["name"], made["members"], made["is_private"]) == ("ideas", ["U0ANA"], False)
    created = (await bot.next())["event"]
    assert (created["type"], created["channel"]["creator"]) == ("channel_created", "U0ANA")
    await control.invite("ana", "ideas", "atelier")
    joined = (await bot.next())["event"]  # Bolt keeps the bot's own channel_join from the app
    assert (joined["type"], joined["inviter"]) == ("member_joined_channel", "U0ANA")
    assert (joined["user"], joined["channel_type"]) == ("U0ATELIER", "C")
    note = (await control.messages("ideas"))[-1]
    assert (note["subtype"], note["inviter"]) == ("channel_join", "U0ANA")
    await control.rename("ana", "ideas", "good-ideas")
    heard = [(await bot.next())["event"] for _ in range(2)]
    assert [each.get("subtype", each["type"]) for each in heard] == [
        "channel_name",
        "channel_rename",
    ]
    await control.kick("ana", "good-ideas", "atelier")
    heard = [(await bot.next())["event"] for _ in range(2)]
    assert [each["type"] for each in heard] == ["member_left_channel", "channel_left"]
    assert heard[1]["actor_id"] == "U0ANA"
    await control.archive("ana", "good-ideas")
    archived = (await bot.next())["event"]
    assert (archived["type"], archived["user"]) == ("channel_archive", "U0ANA")


async def test_a_closed_channel_says_nothing_to_who_is_out(control: Client) -> None:
    await control.channel("ana", "closed", is_private=True)
    await control.say("ana", "closed", "hush")
    await control.archive("ana", "closed")
    assert await control.deliveries() == []
    assert await control.visible("bo") == []


async def test_a_closed_channel_has_events_of_its_own(control: Client) -> None:
    await control.rename("bo", "reviewers", "judges")
    await control.kick("bo", "judges", "atelier")
    kinds = await _kinds(control, 4)
    assert kinds == ["message", "group_rename", "member_left_channel", "group_left"]


async def test_joining_and_leaving_is_seen(ws: Workspace, control: Client) -> None:
    ws.directory.channels["C0RANDOM"].members.remove("U0ANA")
    state = await control.state("ana")
    assert [each["name"] for each in state["joinable"]] == ["random"]
    joined = await control.join("ana", "random")
    assert "U0ANA" in joined["members"]
    assert (await control.join("ana", "random"))["members"] == joined["members"]
    assert (await control.state("ana"))["joinable"] == []
    start = (await control.state("ana"))["last_event_id"]
    await control.leave("ana", "random")
    async with asyncio.timeout(10):
        async for event in control.events("ana", start):
            if event["type"] == "channel_left":
                break
    assert event["channel"] == "C0RANDOM"
    notes = [each["subtype"] for each in await control.messages("random")]
    assert notes == ["channel_join", "channel_leave"]


async def test_dms_between_people_are_theirs(control: Client) -> None:
    direct = await control.dm("ana", "bo")
    assert (direct["is_im"], direct["members"]) == (True, ["U0ANA", "U0BO"])
    assert (await control.dm("bo", "ana"))["id"] == direct["id"]
    await control.say("ana", "@bo", "between us @atelier")
    assert [each["text"] for each in await control.messages(direct["id"], user="bo")] != []
    party = await control.dm("ana", "bo", "chen", "atelier")
    assert (party["is_mpim"], len(party["members"])) == (True, 4)
    assert (await control.dm("ana", "atelier"))["id"] == "D0ANA"
    await control.say("bo", party["id"], "all of us")
    kinds = await _kinds(control, 1)
    assert kinds == ["message"]
    assert await control.visible("chen") != []
    assert direct["id"] not in {each["id"] for each in (await control.state("chen"))["channels"]}


async def test_a_read_mark_is_the_readers_own(control: Client) -> None:
    said = await control.say("ana", "general", "x")
    await control.read("bo", "general", said["ts"])
    assert (await control.state("bo"))["reads"] == {"C0GENERAL": said["ts"]}
    assert (await control.state("ana"))["reads"] == {}
    assert await _refusal(control, "read", user="bo", channel="general", ts="x") == "not_a_number"


async def test_people_edit_and_delete_what_they_said(bot: Any, control: Client) -> None:
    bot.record("message")
    await bot.connect()
    ts = (await control.say("ana", "general", "one"))["ts"]
    await control.edit("ana", "general", ts, "two <b> @bo")
    await control.delete("ana", "general", ts)
    _, changed, deleted = [(await bot.next())["event"] for _ in range(3)]
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["text"] == "two &lt;b&gt; <@U0BO>"
    assert changed["message"]["edited"]["user"] == "U0ANA"
    assert changed["previous_message"]["text"] == "one"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert await control.messages("general") == []


async def test_nobody_edits_what_others_said(slack: AsyncWebClient, control: Client) -> None:
    ts = (await control.say("ana", "general", "mine"))["ts"]
    bots = (await slack.chat_postMessage(channel="C0GENERAL", text="x"))["ts"]
    place = {"user": "bo", "channel": "general"}
    for action, where, code in (
        ("edit", {"ts": ts, "text": "x"}, "cant_update_message"),
        ("edit", {"ts": bots, "text": "x"}, "cant_update_message"),
        ("edit", {"ts": "1.0", "text": "x"}, "message_not_found"),
        ("delete", {"ts": ts}, "cant_delete_message"),
        ("react", {"ts": ts, "name": "no such name!"}, "invalid_name"),
    ):
        assert await _refusal(control, action, **place, **where) == code
    assert await _refusal(control, "edit", user="ana", channel="general", ts=ts) == "no_text"
    await control.delete("chen", "general", ts)
    assert [each["ts"] for each in await control.messages("general")] == [bots]


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("channel", {"name": "General"}, "invalid_name_specials"),
        ("channel", {"name": "general"}, "name_taken"),
        ("rename", {"channel": "random", "name": "general"}, "name_taken"),
        ("join", {"channel": "reviewers"}, "channel_not_found"),
        ("leave", {"channel": "general"}, "cant_leave_general"),
        ("leave", {"channel": "dm"}, "method_not_supported_for_channel_type"),
        ("archive", {"channel": "general"}, "cant_archive_general"),
        ("archive", {"channel": "dm"}, "method_not_supported_for_channel_type"),
        ("invite", {"channel": "general", "invited": "bo"}, "already_in_channel"),
        ("invite", {"channel": "general", "invited": "who"}, "user_not_found"),
        ("invite", {"channel": "dm", "invited": "bo"}, "method_not_supported_for_channel_type"),
        ("kick", {"channel": "general", "removed": "bo"}, "cant_kick_from_general"),
        ("kick", {"channel": "random", "removed": "ana"}, "cant_kick_self"),
        ("dm", {"users": []}, "not_enough_users"),
        ("dm", {"users": ["who"]}, "user_not_found"),
        ("dm", {}, "users_list_not_supplied"),
        ("bookmark", {"channel": "general", "title": "x", "link": "javascript:1"}, "invalid_link"),
        ("person", {"name": "Not A Name"}, "invalid_name"),
        ("person", {"name": "atelier"}, "invalid_name"),
        ("function", {"callback_id": "none"}, "unknown_function"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    control: Client, action: str, body: dict[str, Any], code: str
) -> None:
    assert await _refusal(control, action, user="ana", **body) == code


async def test_an_archived_channel_takes_nothing(control: Client) -> None:
    ts = (await control.say("ana", "random", "x"))["ts"]
    await control.archive("ana", "random")
    place = {"user": "ana", "channel": "random"}
    assert await _refusal(control, "archive", **place) == "already_archived"
    assert await _refusal(control, "invite", **place, invited="bo") == "is_archived"
    assert await _refusal(control, "edit", **place, ts=ts, text="y") == "is_archived"
    assert await _refusal(control, "react", **place, ts=ts, name="eyes") == "is_archived"
    assert (await control.messages("random", user="ana"))[0]["text"] == "x"


async def test_a_new_person_works_like_the_others(ws: Workspace, control: Client) -> None:
    added = await control.post("person", name="dee", real_name="Dee 🎨", locale="zh-CN")
    assert added["user"]["locale"] == "zh-CN"
    await control.say("dee", "general", "hi all")
    await control.say("dee", "dm", "hi bot")
    dee = AsyncWebClient("xoxp-dee", base_url=f"{ws.base_url}/api/")
    assert (await dee.auth_test())["user"] == "dee"
    await control.post("person", name="dee", deleted=True)
    assert await _refusal(control, "dm", user="ana", users=["dee"]) == "user_disabled"
    invited = {"user": "ana", "channel": "random", "invited": "dee"}
    assert await _refusal(control, "invite", **invited) == "cant_invite"
