"""What the app is told: events in Slack's shapes, over a real socket, to a real Bolt app."""

import json
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client


async def test_a_mention_is_two_events(bot: Any, control: Client) -> None:
    bot.record("app_mention", "message")
    await bot.connect()
    said = await control.say("ana", "general", "@atelier draw")
    bodies = {body["event"]["type"]: body for body in (await bot.next(), await bot.next())}
    mention, message = bodies["app_mention"], bodies["message"]
    assert mention["event"]["ts"] == message["event"]["ts"] == said["ts"]
    assert mention["event_id"] != message["event_id"]
    assert mention["event"]["text"] == "<@U0ATELIER> draw"
    assert message["event"]["channel_type"] == "channel"


@pytest.mark.parametrize(("channel", "kind"), [("dm", "im"), ("reviewers", "group")])
async def test_the_channel_type(bot: Any, control: Client, channel: str, kind: str) -> None:
    bot.record("app_mention", "message")
    await bot.connect()
    await control.say("bo", channel, "hello")
    event = (await bot.next())["event"]
    assert (event["type"], event["channel_type"]) == ("message", kind)


async def test_a_mention_in_a_dm_is_a_message_only(bot: Any, control: Client) -> None:
    bot.record("app_mention", "message")
    await bot.connect()
    await control.say("ana", "dm", "@atelier one")
    await control.say("ana", "dm", "two")
    kinds = [(await bot.next())["event"]["type"] for _ in range(2)]
    assert kinds == ["message", "message"]
    assert [row["kind"] for row in await control.deliveries()] == ["message", "message"]


async def test_the_apps_own_messages_are_echoed(
    bot: Any, slack: AsyncWebClient, control: Client
) -> None:
    bot.record("message")
    await bot.connect()
    await slack.chat_postMessage(channel="C0GENERAL", text="<@U0ATELIER> from me")
    await control.say("ana", "general", "from ana")
    assert (await bot.next())["event"]["text"] == "from ana"  # Bolt dropped its own
    assert [row["kind"] for row in await control.deliveries()] == ["message", "message"]


async def test_edits_and_deletions(bot: Any, slack: AsyncWebClient) -> None:
    bot.record("message")
    await bot.connect()
    ana = AsyncWebClient("xoxp-ana", base_url=slack.base_url)
    ts = (await ana.chat_postMessage(channel="C0GENERAL", text="one"))["ts"]
    await ana.chat_update(channel="C0GENERAL", ts=ts, text="two")
    await ana.chat_delete(channel="C0GENERAL", ts=ts)
    _, changed, deleted = [(await bot.next())["event"] for _ in range(3)]
    assert (changed["subtype"], changed["hidden"]) == ("message_changed", True)
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("one", "two")
    assert changed["ts"] != ts
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert deleted["previous_message"]["text"] == "two"


async def test_reaction_and_file_events(bot: Any, slack: AsyncWebClient, control: Client) -> None:
    bot.record("reaction_added", "reaction_removed", "file_shared")
    bot.app.event("message")(_nothing)
    await bot.connect()
    sent = await control.upload("ana", "general", "a.txt", b"x")
    shared = (await bot.next())["event"]
    assert (shared["file_id"], shared["channel_id"]) == (sent["file_id"], "C0GENERAL")
    ana = AsyncWebClient("xoxp-ana", base_url=slack.base_url)
    await ana.reactions_add(channel="C0GENERAL", timestamp=sent["ts"], name="eyes")
    await ana.reactions_remove(channel="C0GENERAL", timestamp=sent["ts"], name="eyes")
    added, removed = [(await bot.next())["event"] for _ in range(2)]
    assert (added["type"], removed["type"]) == ("reaction_added", "reaction_removed")
    assert added["item"] == {"type": "message", "channel": "C0GENERAL", "ts": sent["ts"]}
    assert (added["user"], added["item_user"]) == ("U0ANA", "U0ANA")


async def test_the_home_and_the_stop_button(
    bot: Any, slack: AsyncWebClient, control: Client
) -> None:
    bot.record("app_home_opened", "agent_session_stopped")
    bot.app.event("message")(_nothing)
    await bot.connect()
    assert await control.home("ana") == {"acked": True}
    opened = (await bot.next())["event"]
    assert (opened["user"], opened["channel"], opened["tab"]) == ("U0ANA", "D0ANA", "home")
    thread = (await control.say("ana", "dm", "write"))["ts"]
    stream = await slack.chat_startStream(channel="D0ANA", thread_ts=thread)
    assert (await control.stop("ana", "dm", thread))["acked"]
    stopped = (await bot.next())["event"]
    assert stopped["streaming_message_ts"] == [stream["ts"]]
    assert stopped["thread_ts"] == thread
    with pytest.raises(SlackApiError, match="stopped_by_user"):
        await slack.chat_appendStream(channel="D0ANA", ts=stream["ts"], markdown_text="more")


async def test_a_manifest_says_what_is_delivered(bot: Any, control: Client) -> None:
    bot.record("app_mention", "message")
    await bot.connect()
    events = {"bot_events": ["app_mention", "message.im"]}
    await control.manifest({"settings": {"event_subscriptions": events}})
    await control.say("ana", "general", "@atelier hi")
    await control.say("ana", "dm", "hi")
    kinds = [(await bot.next())["event"] for _ in range(2)]
    assert [(each["type"], each.get("channel_type")) for each in kinds] == [
        ("app_mention", None),
        ("message", "im"),
    ]
    assert (await control.deliveries())[0]["outcome"] == "not_subscribed"


async def test_a_bot_that_is_not_in_a_channel_hears_nothing(ws: Any, control: Client) -> None:
    ws.directory.channels["C0RANDOM"].members.remove("U0ATELIER")
    await control.say("ana", "random", "@atelier?")
    assert await control.deliveries() == []


async def test_events_carry_no_key_that_slack_does_not_send(
    bot: Any, slack: AsyncWebClient, control: Client, slack_data: Path
) -> None:
    """Compare with recorded payloads; their keys are a superset over many recordings."""
    bot.record("app_mention", "app_home_opened", "reaction_added", "file_shared")
    bot.app.event("message")(_nothing)
    await bot.connect()
    said = await control.say("ana", "general", "@atelier hi")
    await control.home("ana")
    ana = AsyncWebClient("xoxp-ana", base_url=slack.base_url)
    await ana.reactions_add(channel="C0GENERAL", timestamp=said["ts"], name="eyes")
    await control.upload("ana", "general", "a.txt", b"x")
    names = {
        "app_mention": "AppMention",
        "app_home_opened": "AppHomeOpened",
        "reaction_added": "ReactionAdded",
        "file_shared": "FileShared",
    }
    for _ in list(names):
        body = await bot.next()
        recorded = json.loads(
            (slack_data / f"events/{names.pop(body['event']['type'])}.json").read_text()
        )
        assert set(body) <= set(recorded)
        assert set(body["event"]) <= set(recorded["event"])
        assert set(body["authorizations"][0]) <= set(recorded["authorizations"][0])


async def _nothing() -> None:
    """Acknowledge."""
