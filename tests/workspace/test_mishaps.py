"""What a fault does to the app: tokens, memberships, streaming, connections, cut answers."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client, ControlError
from workspace.people import BOT_USER
from workspace.state import Workspace

STREAM = {
    "channel": "C0GENERAL",
    "recipient_user_id": "U0ANA",
    "recipient_team_id": "T0LOCAL00",
}


async def _refusal(control: Client, **rule: object) -> dict[str, Any]:
    url = f"{control.url}/_control/faults"
    async with aiohttp.ClientSession() as session, session.post(url, json=rule) as answer:
        assert answer.status == 400
        return await answer.json()


async def test_a_bad_fault_is_told_why(control: Client) -> None:
    told = await _refusal(control, match={"method": "chat.update"}, effect={"status": "500"})
    assert told == {
        "error": "bad_fault",
        "message": "effect.status must be an HTTP status from 200 to 599, not '500'",
    }
    for effect in ({"revoke": "xoxb-unknown"}, {"remove_from": "nowhere"}):
        assert (await _refusal(control, match={}, effect=effect))["error"] == "bad_fault"
    assert (await control.get("faults"))["faults"] == []


async def test_the_faults_are_listed_and_cleared_one_by_one(
    control: Client, slack: AsyncWebClient
) -> None:
    first = await control.fault({"method": "auth.test", "count": 1}, error="internal_error")
    await control.fault({"method": "api.test"}, delay_s=0.5)
    with pytest.raises(SlackApiError, match="internal_error"):
        await slack.auth_test()
    await slack.auth_test()
    listed = (await control.get("faults"))["faults"]
    assert [(rule["seen"], rule["fired"]) for rule in listed] == [(2, 1), (0, 0)]
    await control._ask("DELETE", "faults", params={"id": first["id"]})
    (left,) = (await control.get("faults"))["faults"]
    assert (left["match"], left["effect"]) == ({"method": "api.test"}, {"delay_s": 0.5})


async def test_a_revoked_token_and_its_events(
    control: Client, slack: AsyncWebClient, ws: Workspace
) -> None:
    await control.fault(revoke="xoxb-local")
    with pytest.raises(SlackApiError, match="token_revoked"):
        await slack.auth_test()
    await AsyncWebClient("xoxp-ana", base_url=slack.base_url).auth_test()
    events = [envelope.payload["event"] for _, envelope in ws.dispatcher.sent]
    assert events[0] == {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}
    assert events[1] == {"type": "app_uninstalled"}
    await control.clear_faults()
    await slack.auth_test()


async def test_a_token_that_was_revoked_by_the_app(slack: AsyncWebClient, ws: Workspace) -> None:
    ws.revoked.add("xoxb-local")
    with pytest.raises(SlackApiError, match="token_revoked"):
        await slack.auth_test()


async def test_the_bot_is_removed_from_a_channel(control: Client, ws: Workspace) -> None:
    await control.fault(remove_from="random")
    assert BOT_USER not in ws.directory.channels["C0RANDOM"].members
    await control.fault(remove_from="random")  # a second time nothing happens
    await control.say("ana", "random", "@atelier are you there?")
    assert [row["kind"] for row in await control.deliveries()] == [
        "member_left_channel",
        "channel_left",
    ]


async def test_it_may_happen_when_a_call_or_an_envelope_fires(
    control: Client, slack: AsyncWebClient
) -> None:
    await control.fault({"method": "auth.test", "nth": 2}, revoke="xoxb-local")
    await slack.auth_test()
    with pytest.raises(SlackApiError, match="token_revoked"):
        await slack.auth_test()
    await control.clear_faults()
    await control.fault({"envelope": "message"}, streaming=False)
    await control.say("ana", "general", "x")
    with pytest.raises(SlackApiError, match="unknown_method"):
        await slack.chat_startStream(thread_ts="1.000001", **STREAM)


async def test_a_workspace_without_streaming(control: Client, slack: AsyncWebClient) -> None:
    thread = (await control.say("ana", "general", "write"))["ts"]
    await control.fault(streaming=False)
    with pytest.raises(SlackApiError, match="unknown_method"):
        await slack.chat_startStream(thread_ts=thread, **STREAM)
    await control.fault(streaming=True)
    await slack.chat_startStream(thread_ts=thread, **STREAM)


@pytest.mark.parametrize("size_bytes", [0, 5])
async def test_an_answer_that_is_cut_short(control: Client, ws: Workspace, size_bytes: int) -> None:
    await control.fault({"method": "api.test"}, truncate=size_bytes)
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{ws.base_url}/api/api.test")
        assert answer.status == 200
        assert int(answer.headers["Content-Length"]) > size_bytes
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert [call["ok"] for call in await control.calls("api.test")] == [True]


@pytest.mark.parametrize(("when", "calls"), [("before", 0), ("after", 1)])
async def test_a_connection_that_is_reset(
    control: Client, ws: Workspace, when: str, calls: int
) -> None:
    await control.fault({"method": "api.test"}, reset=when)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.post(f"{ws.base_url}/api/api.test")
    assert len(await control.calls("api.test")) == calls


async def test_the_clock_never_goes_back(control: Client) -> None:
    for advance_s in (-1, "nan", "inf", 1e12):
        with pytest.raises(ControlError, match="bad_advance"):
            await control.post("clock", advance_s=advance_s)


async def test_what_was_sent_can_be_read(control: Client) -> None:
    await control.say("ana", "general", "@atelier 你好")
    await control.advance(0)
    (mention,) = (await control.get("payloads", kind="app_mention"))["payloads"]
    assert mention["payload"]["event"]["text"] == "<@U0ATELIER> 你好"
    assert len((await control.get("payloads", limit=1))["payloads"]) == 1
