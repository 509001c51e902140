"""reactions.add, remove, get."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client


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


async def test_reactions_of_a_message(slack: AsyncWebClient, control: Client) -> None:
    ts = (await control.say("ana", "general", "x"))["ts"]
    assert await control.react("bo", "general", ts, ":eyes:")
    got = await slack.reactions_get(channel="C0GENERAL", timestamp=ts)
    assert got["message"]["reactions"] == [{"name": "eyes", "users": ["U0BO"], "count": 1}]
    assert got["message"]["permalink"].endswith(ts.replace(".", ""))
    assert not await control.react("bo", "general", ts, "eyes")
    for given, error in (
        ({"file_comment": "Fc1"}, "file_comment_not_found"),
        ({"file": "F0NONE"}, "file_not_found"),
        ({"full": True}, "no_item_specified"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await slack.reactions_get(**given)
