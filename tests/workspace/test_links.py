"""Links in messages: telling the app, and showing its previews."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace import links
from workspace.client import Client
from workspace.state import Workspace

URL = "https://docs.example.com/a?x=1&y=2"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no link", []),
        (
            "<https://a.example|label> and <http://b.example>",
            ["https://a.example", "http://b.example"],
        ),
        ("看https://a.example/路 🎨", ["https://a.example/路"]),
        ("https://a.example https://a.example", ["https://a.example"]),
        ("<@U0ANA> <mailto:a@b.example>", []),
        ("&lt;https://a.example/?a=1&amp;b=2", ["https://a.example/?a=1&b=2"]),
    ],
)
def test_links_in_stored_text(text: str, found: list[str]) -> None:
    assert links.found(text) == found


async def _said(control: Client) -> str:
    return str((await control.say("ana", "general", f"see {URL}"))["ts"])


async def test_a_preview_is_shown_and_replaced(slack: AsyncWebClient, control: Client) -> None:
    ts = await _said(control)
    for title in ("one", "two"):
        unfurls = {URL: {"title": title, "blocks": [SECTION]}}
        await slack.chat_unfurl(channel="C0GENERAL", ts=ts, unfurls=unfurls)
    (message,) = await control.messages("general")
    (shown,) = message["attachments"]
    assert (shown["title"], shown["from_url"], shown["is_app_unfurl"]) == ("two", URL, True)
    assert "edited" not in message


async def test_the_app_hears_of_its_domains(ws: Workspace, slack: AsyncWebClient) -> None:
    ws.manifest = {"features": {"unfurl_domains": ["example.com"]}}
    general = ws.directory.channels["C0GENERAL"]
    message = {"ts": "1700000000.000001", "user": "U0ANA", "text": f"<{URL}> https://o.org"}
    general.messages[message["ts"]] = message
    links.announce(ws, general, message)
    links.announce(ws, general, message | {"text": "nothing"})
    links.announce(ws, general, message | {"bot_id": "B0ATELIER"})
    assert len(ws.unfurls) == 1
    (unfurl_id,) = ws.unfurls
    place = {"unfurl_id": unfurl_id, "source": "conversations_history"}
    await slack.chat_unfurl(**place, unfurls={"https://docs.example.com/a?x=1&y=2": {"text": "x"}})
    assert general.messages[message["ts"]]["attachments"][0]["text"] == "x"
    with pytest.raises(SlackApiError, match="cannot_unfurl_url"):
        await slack.chat_unfurl(**place, unfurls={"https://o.org": {"text": "x"}})


async def test_the_author_is_asked_to_sign_in(slack: AsyncWebClient, control: Client) -> None:
    ts = await _said(control)
    await slack.chat_unfurl(
        channel="C0GENERAL", ts=ts, unfurls={}, user_auth_url="https://example.com/in"
    )
    (whisper,) = [
        each for each in await control.messages("general", user="ana") if each.get("is_ephemeral")
    ]
    assert "<https://example.com/in|Sign in>" in whisper["text"]
    assert all("is_ephemeral" not in each for each in await control.messages("general", user="bo"))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"channel": None}, "missing_channel"),
        ({"ts": None}, "missing_ts"),
        ({"unfurls": None}, "missing_unfurls"),
        ({"unfurls": "["}, "invalid_unfurls_format"),
        ({"unfurls": {URL: "x"}}, "cannot_parse_attachment"),
        ({"unfurls": {URL: {"blocks": [{"type": "none"}]}}}, "cannot_parse_attachment"),
        ({"unfurls": {"https://other.example": {"text": "x"}}}, "cannot_unfurl_message"),
        ({"channel": "C0NONE"}, "cannot_find_channel"),
        ({"ts": "1.0"}, "cannot_find_message"),
        ({"unfurl_id": "x"}, "missing_source"),
        ({"unfurl_id": "x", "source": "somewhere"}, "invalid_source"),
        ({"unfurl_id": "x", "source": "composer"}, "invalid_unfurl_id"),
        ({"channel": None, "source": "composer"}, "missing_unfurl_id"),
    ],
)
async def test_previews_that_cannot_be(
    slack: AsyncWebClient, control: Client, given: dict[str, Any], error: str
) -> None:
    good = {"channel": "C0GENERAL", "ts": await _said(control), "unfurls": {URL: {"text": "x"}}}
    arguments = {key: value for key, value in (good | given).items() if value is not None}
    with pytest.raises(SlackApiError) as refused:
        await slack.api_call("chat.unfurl", json=arguments)
    assert refused.value.response["error"] == error
