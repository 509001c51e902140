"""The app of the scenario with Bolt for asyncio."""

import hashlib
from typing import Any

import aiohttp
from slack_bolt.async_app import (
    AsyncAck,
    AsyncApp,
    AsyncBoltRequest,
    AsyncRespond,
    AsyncSay,
)
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace.clients import shown

Json = dict[str, Any]

SIGNING_SECRET = "local"


def build(url: str, signing_secret: str = SIGNING_SECRET) -> AsyncApp:
    """Return the app of a workspace; over HTTP it checks signatures by the secret."""
    client = AsyncWebClient("xoxb-local", base_url=f"{url}/api/")
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=3))
    app = AsyncApp(client=client, signing_secret=signing_secret)
    app.event("app_mention")(on_mention)
    app.event("message")(on_message)
    app.command("/ask")(on_ask)
    app.view("note")(on_note)
    app.action("approve")(on_approve)
    return app


async def on_mention(event: Json, say: AsyncSay) -> None:
    text = shown.heard(event["text"])
    await say(text=text, thread_ts=event.get("thread_ts", event["ts"]))


async def on_message(
    event: Json, say: AsyncSay, client: AsyncWebClient, req: AsyncBoltRequest
) -> None:
    text, root = event.get("text", ""), event.get("thread_ts", event.get("ts"))
    if event.get("subtype") == "file_share":
        await say(text=await _described(event["files"][0], client.token or ""), thread_ts=root)
    elif text.startswith("more "):
        await say(text=shown.more(text), thread_ts=root)
    elif text == "again":
        number = req.headers.get("x-slack-retry-num", ["0"])[0]
        await say(text=f"Delivery {number}", thread_ts=root)
    elif text == "stream":
        await _stream(event, client)


async def on_ask(
    ack: AsyncAck, command: Json, respond: AsyncRespond, client: AsyncWebClient
) -> None:
    verb, _, rest = command["text"].partition(" ")
    channel, user = command["channel_id"], command["user_id"]
    if verb == "echo":
        await ack(f"Echo: {rest}")
        return
    await ack()
    if verb == "later":
        await respond(text=f"Later: {rest}", response_type="in_channel")
    elif verb == "whisper":
        await client.chat_postEphemeral(channel=channel, user=user, text=f"Whisper: {rest}")
    elif verb == "file":
        await client.files_upload_v2(channel=channel, **shown.FILE)
    elif verb == "modal":
        await client.views_open(trigger_id=command["trigger_id"], view=shown.modal(channel))


async def on_note(ack: AsyncAck, view: Json, client: AsyncWebClient) -> None:
    text = view["state"]["values"]["note"]["text"]["value"]
    if len(text) < 3:
        await ack(response_action="errors", errors={"note": shown.TOO_SHORT})
        return
    await ack()
    await client.chat_postMessage(channel=view["private_metadata"], **shown.note(text))


async def on_approve(
    ack: AsyncAck, body: Json, respond: AsyncRespond, client: AsyncWebClient
) -> None:
    await ack()
    where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
    await client.chat_update(**where, text=shown.approved(body["user"]["id"]), blocks=[])
    await respond(text="Thanks", replace_original=False)


async def _stream(event: Json, client: AsyncWebClient) -> None:
    stream = await client.chat_stream(
        channel=event["channel"],
        thread_ts=event["ts"],
        recipient_user_id=event["user"],
        recipient_team_id=event["team"],
        buffer_size=1,
    )
    for piece in shown.PIECES:
        await stream.append(markdown_text=piece)
    await stream.stop()


async def _described(file: Json, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(file["url_private_download"]) as answer,
    ):
        content = await answer.read()
    return shown.described(file["name"], hashlib.sha256(content).hexdigest())
