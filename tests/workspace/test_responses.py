"""Response URLs: five posts in half an hour, to one person or to all, replacing or deleting."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from workspace.client import Client
from workspace.state import Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*b*"}}


async def test_a_response_is_ephemeral_by_default(ws: Workspace, control: Client) -> None:
    url = ws.hook("U0ANA", "C0GENERAL")
    answer = await AsyncWebhookClient(url).send(text="for <you>", blocks=[SECTION])
    assert (answer.status_code, answer.body) == (200, "ok")
    (message,) = await control.messages("general", user="ana")
    assert (message["text"], message["is_ephemeral"]) == ("for &lt;you&gt;", True)
    assert message["blocks"][0]["block_id"]
    assert await control.messages("general") == []


async def test_a_response_may_be_for_all_and_in_a_thread(ws: Workspace, control: Client) -> None:
    parent = (await control.say("ana", "general", "q"))["ts"]
    hook = AsyncWebhookClient(ws.hook("U0ANA", "C0GENERAL", thread_ts=parent))
    await hook.send(text="for all", response_type="in_channel")
    thread = await control.messages("general", thread_ts=parent)
    assert [each["text"] for each in thread] == ["q", "for all"]


async def test_five_uses(ws: Workspace) -> None:
    hook = AsyncWebhookClient(ws.hook("U0ANA", "C0GENERAL"))
    answers = [await hook.send(text="x") for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [404]
    assert "used_url" in answers[-1].body


async def test_thirty_minutes(ws: Workspace, control: Client) -> None:
    hook = AsyncWebhookClient(ws.hook("U0ANA", "C0GENERAL"))
    await control.advance(30 * 60 + 1)
    answer = await hook.send(text="x")
    assert (answer.status_code, "expired_url" in answer.body) == (404, True)
    unknown = await AsyncWebhookClient(f"{ws.base_url}/hooks/guess").send(text="x")
    assert unknown.status_code == 404


async def test_a_message_is_replaced_and_deleted(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    posted = await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[SECTION])
    hook = AsyncWebhookClient(ws.hook("U0ANA", "C0GENERAL", ts=posted["ts"]))
    await hook.send(text="y", replace_original=True)
    (message,) = await control.messages("general")
    assert (message["ts"], message["text"], "blocks" in message) == (posted["ts"], "y", False)
    await hook.send(delete_original=True)
    assert await control.messages("general") == []


async def test_an_ephemeral_message_is_replaced_and_deleted(
    ws: Workspace, slack: AsyncWebClient, control: Client
) -> None:
    answer = await slack.chat_postEphemeral(channel="C0GENERAL", user="U0ANA", text="x")
    url = ws.hook("U0ANA", "C0GENERAL", ts=answer["message_ts"], is_ephemeral=True)
    await AsyncWebhookClient(url).send(text="y", replace_original=True)
    (message,) = await control.messages("general", user="ana")
    assert (message["ts"], message["text"]) == (answer["message_ts"], "y")
    await AsyncWebhookClient(url).send(delete_original=True)
    assert await control.messages("general", user="ana") == []
    assert [each["payload"]["text"] for each in await control.visible("ana")] == ["x", "y"]


@pytest.mark.parametrize(
    ("body", "error"),
    [({}, "no_text"), ({"text": "x", "blocks": [{}]}, "invalid_blocks"), ([], "invalid_payload")],
)
async def test_a_malformed_response(ws: Workspace, body: Any, error: str) -> None:
    url = ws.hook("U0ANA", "C0GENERAL")
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, error)


async def test_an_attachment_is_kept_and_checked(ws: Workspace, control: Client) -> None:
    hook = AsyncWebhookClient(ws.hook("U0ANA", "C0GENERAL"))
    await hook.send(attachments=[{"blocks": [SECTION]}], response_type="in_channel")
    (message,) = await control.messages("general")
    assert message["attachments"][0]["id"] == 1
    assert message["attachments"][0]["blocks"][0]["block_id"]
    answer = await hook.send(attachments=[{"blocks": [{"type": "header"}]}])
    assert (answer.status_code, "/attachments/0/blocks/0" in answer.body) == (400, True)


async def test_the_thread_may_be_named(ws: Workspace, control: Client) -> None:
    parent = (await control.say("ana", "general", "q"))["ts"]
    hook = AsyncWebhookClient(ws.hook("U0ANA", "C0GENERAL"))
    await hook.send_dict({"text": "a", "thread_ts": parent, "response_type": "in_channel"})
    thread = await control.messages("general", thread_ts=parent)
    assert [each["text"] for each in thread] == ["q", "a"]


async def test_nobody_elses_message_is_replaced(ws: Workspace, control: Client) -> None:
    theirs = (await control.say("ana", "general", "mine"))["ts"]
    hook = AsyncWebhookClient(ws.hook("U0ANA", "C0GENERAL", ts=theirs))
    for change in ({"replace_original": True}, {"delete_original": True}):
        answer = await hook.send(text="y", **change)
        assert (answer.status_code, "message_not_found" in answer.body) == (400, True)
    assert [each["text"] for each in await control.messages("general")] == ["mine"]


async def test_after_a_command_there_is_nothing_to_replace(ws: Workspace, control: Client) -> None:
    hook = AsyncWebhookClient(ws.hook("U0ANA", "C0GENERAL"))
    await hook.send(text="new", replace_original=True)
    (message,) = await control.messages("general", user="ana")
    assert message["text"] == "new"


async def test_old_urls_are_forgotten(ws: Workspace, control: Client) -> None:
    old = ws.hook("U0ANA", "C0GENERAL")
    await control.advance(30 * 60 + 3700)
    ws.hook("U0BO", "C0GENERAL")
    assert len(ws.hooks) == 1
    assert "expired_url" in (await AsyncWebhookClient(old).send(text="x")).body
