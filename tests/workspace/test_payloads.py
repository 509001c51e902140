"""Every payload that the app is sent has the shape of Slack's own (see `shapes` for the oracle)."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace import shapes
from workspace.client import Client
from workspace.server import running
from workspace.state import Workspace

PLAIN = {"type": "plain_text", "text": "x"}
OPTIONS = [{"text": PLAIN, "value": "1"}, {"text": PLAIN, "value": "2"}]
BUTTON = {"type": "button", "action_id": "go", "text": PLAIN, "value": "42"}
SELECT = {"type": "static_select", "action_id": "pick", "options": OPTIONS}
SEARCH = {"type": "external_select", "action_id": "search", "min_query_length": 1}
ACTIONS = {"type": "actions", "block_id": "b", "elements": [BUTTON, SELECT, SEARCH]}
INPUT = {
    "type": "input",
    "block_id": "n",
    "label": PLAIN,
    "element": {"type": "plain_text_input", "action_id": "v"},
}
FORM = {"type": "modal", "title": PLAIN, "submit": PLAIN, "blocks": [INPUT, ACTIONS]}
HOME = {"type": "home", "blocks": [ACTIONS]}
TYPED = "@atelier *画* <b> & :eyes: https://example.com/?a=1&b=2 `@ana`\n> שלום\n- one\n- two"
MANIFEST = {
    "features": {
        "agent_view": {"agent_description": "x"},
        "unfurl_domains": ["example.com"],
        "slash_commands": [{"command": "/ask"}],
    },
    "functions": {"f": {"input_parameters": {"properties": {"n": {"type": "string"}}}}},
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                *(name for name in (*shapes.SAMPLES, *shapes.OWN) if "/" not in name),
                *(f"message.{kind}" for kind in ("channels", "groups", "im", "mpim")),
            ]
        }
    },
}
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
WAIVERS = {
    "message.event.app_id": "recorded beside bot_id in app_mention, so part of a message",
    "app_mention.event.parent_user_id": "recorded in replies, of which there is no mention",
    "streaming_state": "what chat.appendStream's errors speak of; the samples know no streams",
    "view_submission.response_urls": "of the view_submission payload's own page",
    "slash_commands.is_enterprise_install": "a form has no booleans: it is the string false",
}
"""What the samples lack and Slack sends, by a part of the problem, and why we think so."""


async def _acknowledge(ws: Workspace, session: aiohttp.ClientSession) -> None:
    """Be an app that acknowledges everything at once."""
    socket = await session.ws_connect(f"{ws.base_url}/link/?ticket={ws.sockets.ticket()}")
    async for message in socket:
        frame = json.loads(message.data)
        if "envelope_id" in frame:
            await socket.send_json({"envelope_id": frame["envelope_id"]})


@pytest.fixture
async def site() -> AsyncIterator[tuple[Workspace, Client, AsyncWebClient]]:
    ws = Workspace(rate_limits=False)
    ws.manifest = MANIFEST
    async with running(ws) as url, Client(url) as control, aiohttp.ClientSession() as session:
        app = asyncio.create_task(_acknowledge(ws, session))
        yield ws, control, AsyncWebClient("xoxb-local", base_url=f"{url}/api/")
        app.cancel()


async def _talk(control: Client, slack: AsyncWebClient) -> None:
    """Say, answer, edit, delete, react, share a file; in a channel, a thread and a DM."""
    asked = (await control.say("ana", "general", TYPED))["ts"]
    await control.say("bo", "general", "@atelier in a thread, 好", thread_ts=asked)
    await control.say("ana", "dm", "/me waves")
    await control.say("ana", "dm", "hello")
    await control.edit("ana", "general", asked, "@atelier *edited*")
    await control.react("ana", "general", asked, "eyes")
    await control.react("ana", "general", asked, "eyes")
    await control.upload("ana", "general", "a.txt", b"x", text="look")
    await control.upload("ana", "dm", "p.png", PICTURE)
    mine = {"event_type": "x", "event_payload": {"id": "1"}}
    said = await slack.chat_postMessage(
        channel="C0GENERAL", text="_x_", blocks=[ACTIONS], metadata=mine
    )
    await slack.chat_update(channel="C0GENERAL", ts=said["ts"], text="y")
    await slack.chat_postMessage(
        channel="C0GENERAL", text="to all", thread_ts=asked, reply_broadcast=True
    )
    await slack.files_upload_v2(
        filename="b.txt", content="x", channel="C0GENERAL", initial_comment="z"
    )
    await slack.chat_postMessage(channel="C0GENERAL", text="by name", username="Robo")
    await slack.pins_add(channel="C0GENERAL", timestamp=asked)
    await control.function("f", {"n": "1"})
    shared = await control.upload("ana", "general", "c.txt", b"y")
    ana = AsyncWebClient("xoxp-ana", base_url=slack.base_url)
    await ana.files_delete(file=shared["file_id"])
    await control.delete("ana", "general", asked)
    await slack.chat_delete(channel="C0GENERAL", ts=said["ts"])


async def _click(control: Client, slack: AsyncWebClient, ws: Workspace) -> None:
    """Use commands, buttons, menus, shortcuts, a modal and the Home."""
    await control.slash("ana", "general", "/ask", "你好 & <b>")
    said = (await slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[ACTIONS]))["ts"]
    where = {"channel": "general", "ts": said}
    await control.click("ana", "go", **where)
    await control.click("ana", "pick", selected_option="2", **where)
    await control.suggest("ana", "search", "v", **where)
    await slack.chat_postEphemeral(channel="C0GENERAL", user="U0ANA", text="x", blocks=[ACTIONS])
    await control.shortcut("ana", "create")
    await control.shortcut("ana", "save", "general", said)
    form = FORM | {"callback_id": "form", "notify_on_close": True}
    for _ in range(2):
        view = (await slack.views_open(trigger_id=ws.trigger("U0ANA"), view=form))["view"]["id"]
        await control.click("ana", "go", view_id=view)
        await control.click("ana", "pick", view_id=view, selected_option="1")
        await control.suggest("ana", "search", "v", view_id=view)
    await control.submit("ana", view, {"n": {"v": {"type": "plain_text_input", "value": "陈"}}})
    await control.close_view("ana", (await control.state("ana"))["views"][0]["id"])
    await control.home("ana")
    await slack.views_publish(user_id="U0ANA", view=HOME)
    await control.home("ana")
    await control.click("ana", "go", view_id=(await control.state("ana"))["home"]["id"])


async def _move(control: Client, slack: AsyncWebClient) -> None:
    """Make, join, leave, rename and archive channels; use the agent; end with the token."""
    made = (await control.channel("ana", "plans"))["id"]
    await control.invite("ana", made, "atelier")
    await control.invite("ana", made, "bo")
    await control.leave("bo", made)
    await control.rename("ana", made, "plans-2")
    thread = (await control.say("ana", "dm", "write"))["ts"]
    await slack.chat_startStream(
        channel="D0ANA", thread_ts=thread, recipient_user_id="U0ANA", recipient_team_id="T0LOCAL00"
    )
    await control.context("ana", "general")
    await control.post("session_title", user="ana", channel="dm", thread_ts=thread, title="A")
    await control.stop("ana", "dm", thread)
    await control.archive("ana", made)
    await control.fault(remove_from="random")
    await control.fault(remove_from="reviewers")
    await control.fault(revoke="xoxp-ana")
    await control.fault(revoke="xoxb-local")


async def test_every_payload_is_slacks(
    site: tuple[Workspace, Client, AsyncWebClient], slack_data: Path
) -> None:
    ws, control, slack = site
    await _talk(control, slack)
    await _click(control, slack, ws)
    await _move(control, slack)
    ws.event_limit.most = 0
    await control.say("ana", "general", "one too many")
    sent = [envelope for _, envelope in ws.dispatcher.sent]
    found = {problem for envelope in sent for problem in shapes.problems(slack_data, envelope)}
    wrong = sorted(each for each in found if not _is_waived(each))
    assert wrong == [], "\n".join(wrong)
    seen = {shapes.name_of(envelope) for envelope in sent}
    assert {*shapes.SAMPLES, *shapes.OWN} - seen == set()


def _is_waived(problem: str) -> bool:
    return any(waiver in problem for waiver in WAIVERS)
