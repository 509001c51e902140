"""Messages for later: posted when their time comes on the workspace's clock."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.state import Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


@pytest.fixture
def soon(ws: Workspace) -> int:
    ws.limits.enabled = False
    return int(ws.clock.now()) + 600


async def test_it_posts_when_its_time_comes(
    slack: AsyncWebClient, control: Client, soon: int
) -> None:
    kept = await slack.chat_scheduleMessage(
        channel="C0GENERAL", post_at=soon, text="later", blocks=[SECTION]
    )
    assert kept["message"]["type"] == "delayed_message"
    assert "ts" not in kept["message"]
    assert await control.messages("general") == []
    await control.advance(601)
    posted = await control.wait_for(lambda each: each["text"] == "later", channel="general")
    assert (posted["bot_id"], posted["blocks"][0]["type"]) == ("B0ATELIER", "section")
    assert float(posted["ts"]) >= soon
    assert (await slack.chat_scheduledMessages_list())["scheduled_messages"] == []


async def test_a_reply_for_later(slack: AsyncWebClient, control: Client, soon: int) -> None:
    asked = (await control.say("ana", "general", "q"))["ts"]
    await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=soon, text="a", thread_ts=asked)
    await control.advance(601)
    reply = await control.wait_for(
        lambda each: each["text"] == "a", channel="general", thread_ts=asked
    )
    assert reply["parent_user_id"] == "U0ANA"


async def test_a_deleted_one_is_never_posted(
    slack: AsyncWebClient, control: Client, soon: int
) -> None:
    kept = await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=soon, text="no")
    await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=soon + 1, text="yes")
    place = {"channel": "C0GENERAL", "scheduled_message_id": kept["scheduled_message_id"]}
    await slack.chat_deleteScheduledMessage(**place)
    with pytest.raises(SlackApiError, match="invalid_scheduled_message_id"):
        await slack.chat_deleteScheduledMessage(**place)
    await control.advance(700)
    await control.wait_for(lambda each: each["text"] == "yes", channel="general")
    assert [each["text"] for each in await control.messages("general")] == ["yes"]


async def test_only_ones_own_are_seen(slack: AsyncWebClient, soon: int) -> None:
    ana = AsyncWebClient("xoxp-ana", base_url=slack.base_url)
    kept = await ana.chat_scheduleMessage(channel="C0GENERAL", post_at=soon, text="mine")
    assert (await slack.chat_scheduledMessages_list())["scheduled_messages"] == []
    with pytest.raises(SlackApiError, match="invalid_scheduled_message_id"):
        await slack.chat_deleteScheduledMessage(
            channel="C0GENERAL", scheduled_message_id=kept["scheduled_message_id"]
        )
    (mine,) = (await ana.chat_scheduledMessages_list())["scheduled_messages"]
    assert (mine["text"], mine["post_at"]) == ("mine", soon)


async def test_the_list_is_by_time_channel_and_page(slack: AsyncWebClient, soon: int) -> None:
    for number in (3, 1, 2):
        await slack.chat_scheduleMessage(
            channel="C0GENERAL", post_at=soon + number, text=f"{number}"
        )
    await slack.chat_scheduleMessage(channel="C0RANDOM", post_at=soon, text="0")

    async def texts(**given: str) -> list[str]:
        answer = await slack.api_call("chat.scheduledMessages.list", json=given)
        return [each["text"] for each in answer["scheduled_messages"]]

    assert await texts() == ["0", "1", "2", "3"]
    assert await texts(channel="C0GENERAL") == ["1", "2", "3"]
    assert await texts(oldest=str(soon + 1), latest=str(soon + 2)) == ["1", "2"]
    page = await slack.chat_scheduledMessages_list(limit=3)
    cursor = page["response_metadata"]["next_cursor"]
    assert await texts(cursor=cursor) == ["3"]
    for wrong, error in (({"channel": "C0X"}, "invalid_channel"), ({"cursor": "x"}, "invalid_c")):
        with pytest.raises(SlackApiError, match=error):
            await texts(**wrong)


@pytest.mark.parametrize(
    ("seconds", "error"), [(-1, "time_in_past"), (0, "time_in_past"), (10_400_000, "time_too_far")]
)
async def test_a_time_that_cannot_be(
    slack: AsyncWebClient, ws: Workspace, seconds: int, error: str
) -> None:
    at = int(ws.clock.now()) + seconds
    with pytest.raises(SlackApiError, match=error):
        await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=at, text="x")


async def test_thirty_in_five_minutes_are_the_most(slack: AsyncWebClient, soon: int) -> None:
    for number in range(30):
        await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=soon + number, text="x")
    with pytest.raises(SlackApiError, match="restricted_too_many"):
        await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=soon + 299, text="x")
    await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=soon + 301, text="x")
    await slack.chat_scheduleMessage(channel="C0RANDOM", post_at=soon, text="x")


async def test_it_is_dropped_where_nobody_may_post(
    slack: AsyncWebClient, control: Client, soon: int
) -> None:
    await slack.chat_scheduleMessage(channel="C0RANDOM", post_at=soon, text="x")
    await slack.chat_scheduleMessage(channel="C0REVIEWERS", post_at=soon, text="x")
    await slack.chat_scheduleMessage(channel="C0GENERAL", post_at=soon + 1, text="last")
    await control.archive("ana", "random")
    await control.kick("bo", "reviewers", "atelier")
    await control.advance(602)
    await control.wait_for(lambda each: each["text"] == "last", channel="general")
    for channel in ("random", "reviewers"):
        assert "x" not in {each["text"] for each in await control.messages(channel)}
