"""Pinning messages."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.methods import pins
from workspace.state import Workspace


async def test_a_pinned_message_is_listed(bot: Any, slack: AsyncWebClient, control: Client) -> None:
    bot.record("pin_added")
    bot.app.event("message")(_nothing)
    await bot.connect()
    first, second = [(await control.say("ana", "general", text))["ts"] for text in ("一", "2")]
    bo = AsyncWebClient("xoxp-bo", base_url=slack.base_url)
    for ts in (first, second):
        await bo.pins_add(channel="C0GENERAL", timestamp=ts)
    items = (await slack.pins_list(channel="C0GENERAL"))["items"]
    assert [each["message"]["text"] for each in items] == ["2", "一"]
    assert items[0]["message"]["pinned_to"] == ["C0GENERAL"]
    assert items[0]["created_by"] == "U0BO"
    event = (await bot.next())["event"]
    assert (event["item_user"], event["pin_count"]) == ("U0ANA", "1")
    assert event["item"]["message"]["ts"] == first
    history = await slack.conversations_history(channel="C0GENERAL")
    assert history["pin_count"] == 2
    await control.delete("ana", "general", first)
    assert len((await slack.pins_list(channel="C0GENERAL"))["items"]) == 1


async def test_pins_that_cannot_be(slack: AsyncWebClient, control: Client, ws: Workspace) -> None:
    ts = (await control.say("ana", "general", "x"))["ts"]
    await slack.pins_add(channel="C0GENERAL", timestamp=ts)
    for channel, timestamp, error in (
        ("C0GENERAL", ts, "already_pinned"),
        ("C0GENERAL", "", "no_item_specified"),
        ("C0GENERAL", "soon", "bad_timestamp"),
        ("C0GENERAL", "1700000000.000000", "message_not_found"),
        ("C0NONE", ts, "channel_not_found"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.pins_add(channel=channel, timestamp=timestamp)
    ws.directory.channels["C0RANDOM"].members.remove("U0ATELIER")
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await slack.pins_add(channel="C0RANDOM", timestamp=ts)


async def test_a_hundred_pins_are_the_most(
    slack: AsyncWebClient, control: Client, ws: Workspace
) -> None:
    ts = (await control.say("ana", "general", "x"))["ts"]
    pinned = {f"{n}.0": {"created": 1, "created_by": "U0ANA"} for n in range(pins.MOST_PINS)}
    ws.directory.channels["C0GENERAL"].pins.update(pinned)
    with pytest.raises(SlackApiError, match="too_many_pins"):
        await slack.pins_add(channel="C0GENERAL", timestamp=ts)


async def _nothing() -> None:
    """Acknowledge."""
