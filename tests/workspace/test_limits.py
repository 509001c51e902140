"""Rate limits and scopes, as a client meets them."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.clock import Clock
from workspace.limits import PER_MINUTE, POST_BURST, Limits
from workspace.state import Workspace


async def _code(slack: AsyncWebClient, method: str, **given: object) -> tuple[int, str, str]:
    try:
        await slack.api_call(method, json=given)
    except SlackApiError as error:
        answer = error.response
        return answer.status_code, answer["error"], answer.headers.get("Retry-After", "")
    return 200, "", ""


async def test_a_channel_takes_a_short_burst_and_then_one_message_a_second(
    slack: AsyncWebClient, control: Client
) -> None:
    said = [await _code(slack, "chat.postMessage", channel="general", text="x") for _ in range(8)]
    assert said[:POST_BURST] == [(200, "", "")] * POST_BURST
    assert (429, "ratelimited", "1") in said
    assert (await _code(slack, "chat.postMessage", channel="C0RANDOM", text="x"))[0] == 200
    await control.advance(1)
    assert (await _code(slack, "chat.postMessage", channel="C0GENERAL", text="x"))[0] == 200


async def test_a_channel_by_name_and_by_id_is_one_channel(slack: AsyncWebClient) -> None:
    names = ["general", "C0GENERAL", "#general"] * 4
    codes = [await _code(slack, "chat.postMessage", channel=name, text="x") for name in names]
    assert 429 in [code[0] for code in codes]


@pytest.mark.parametrize("tier", sorted(PER_MINUTE))
def test_a_tier_is_its_calls_a_minute_for_each_method_and_token(tier: int) -> None:
    clock = Clock()
    limits = Limits(clock)
    most = PER_MINUTE[tier]
    waits = [limits.wait_s(tier, "m", "xoxb") for _ in range(most + 1)]
    assert waits[:most] == [0] * most
    assert 1 <= waits[most] <= 60 / most + 1
    assert limits.wait_s(tier, "m", "xoxp") == limits.wait_s(tier, "n", "xoxb") == 0
    clock.advance(waits[most])
    assert limits.wait_s(tier, "m", "xoxb") == 0


def test_limits_can_be_off() -> None:
    limits = Limits(Clock(), enabled=False)
    assert {limits.wait_s(1, "m", "xoxb") for _ in range(9)} == {0}


async def test_a_scope_the_manifest_lacks_is_missing(slack: AsyncWebClient, ws: Workspace) -> None:
    ws.manifest = {
        "oauth_config": {"scopes": {"bot": ["chat:write"], "bot_optional": ["pins:read"]}}
    }
    with pytest.raises(SlackApiError) as refusal:
        await slack.users_info(user="U0ANA")
    answer = refusal.value.response
    assert answer["error"] == "missing_scope"
    assert (answer["needed"], answer["provided"]) == ("users:read", "chat:write,pins:read")
    assert answer.headers["x-oauth-scopes"] == "chat:write,pins:read"
    assert (await slack.chat_postMessage(channel="general", text="x"))["ok"]


async def test_wrong_types_are_named(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await slack.api_call(
            "chat.postMessage", json={"reply_broadcast": "perhaps", "unfurl_links": 0}
        )
    assert refusal.value.response["error"] == "invalid_arguments"
    assert refusal.value.response["response_metadata"]["messages"] == [
        "[ERROR] missing required field: channel",
        "[ERROR] must be a boolean: reply_broadcast",
    ]
    with pytest.raises(SlackApiError, match="must be a number: limit"):
        await slack.api_call("users.list", params={"limit": "many"})
