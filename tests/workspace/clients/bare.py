"""The app of the scenario with the SDK alone: envelopes in, acknowledgements and calls out."""

import hashlib
from typing import Any

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.workspace.clients import shown

Json = dict[str, Any]


def build(url: str, app_token: str) -> SocketModeClient:
    """Return the app's client, not connected yet."""
    web = AsyncWebClient("xoxb-local", base_url=f"{url}/api/")
    web.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=3))
    client = SocketModeClient(app_token=app_token, web_client=web)
    client.socket_mode_request_listeners.append(on_envelope)
    return client


async def on_envelope(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
    payload, web = request.payload, client.web_client
    answer = _answer(request)
    await client.send_socket_mode_response(
        SocketModeResponse(envelope_id=request.envelope_id, payload=answer)
    )
    if request.type == "events_api" and "bot_id" not in payload["event"]:
        await _on_event(web, payload["event"], request.retry_attempt or 0)
    elif request.type == "slash_commands":
        await _on_ask(web, payload)
    elif payload.get("type") == "view_submission" and answer is None:
        text = payload["view"]["state"]["values"]["note"]["text"]["value"]
        channel = payload["view"]["private_metadata"]
        await web.chat_postMessage(channel=channel, **shown.note(text))
    elif payload.get("type") == "block_actions":
        await _on_approve(web, payload)


def _answer(request: SocketModeRequest) -> Json | None:
    if request.type == "slash_commands" and request.payload["text"].startswith("echo "):
        return {"text": "Echo: " + request.payload["text"].removeprefix("echo ")}
    if request.payload.get("type") == "view_submission":
        text = request.payload["view"]["state"]["values"]["note"]["text"]["value"]
        errors = {"response_action": "errors", "errors": {"note": shown.TOO_SHORT}}
        return errors if len(text) < 3 else None
    return None


async def _on_event(web: AsyncWebClient, event: Json, retry_attempt: int) -> None:
    text, root = event.get("text", ""), event.get("thread_ts", event.get("ts"))
    answer = ""
    if event["type"] == "app_mention":
        answer = shown.heard(text)
    elif event.get("subtype") == "file_share":
        answer = await _described(event["files"][0], web.token or "")
    elif text.startswith("more "):
        answer = shown.more(text)
    elif text == "again":
        answer = f"Delivery {retry_attempt}"
    elif text == "stream":
        await _stream(web, event)
    if answer:
        await web.chat_postMessage(channel=event["channel"], thread_ts=root, text=answer)


async def _on_ask(web: AsyncWebClient, command: Json) -> None:
    verb, _, rest = command["text"].partition(" ")
    channel, user = command["channel_id"], command["user_id"]
    if verb == "later":
        hook = AsyncWebhookClient(command["response_url"])
        await hook.send(text=f"Later: {rest}", response_type="in_channel")
    elif verb == "whisper":
        await web.chat_postEphemeral(channel=channel, user=user, text=f"Whisper: {rest}")
    elif verb == "file":
        await web.files_upload_v2(channel=channel, **shown.FILE)
    elif verb == "modal":
        await web.views_open(trigger_id=command["trigger_id"], view=shown.modal(channel))


async def _on_approve(web: AsyncWebClient, payload: Json) -> None:
    where = {"channel": payload["channel"]["id"], "ts": payload["message"]["ts"]}
    await web.chat_update(**where, text=shown.approved(payload["user"]["id"]), blocks=[])
    hook = AsyncWebhookClient(payload["response_url"])
    await hook.send(text="Thanks", replace_original=False)


async def _stream(web: AsyncWebClient, event: Json) -> None:
    place = {"channel": event["channel"], "thread_ts": event["ts"]}
    recipient = {"recipient_user_id": event["user"], "recipient_team_id": event["team"]}
    started = await web.chat_startStream(**place, **recipient, markdown_text=shown.PIECES[0])
    ts = started["ts"]
    for piece in shown.PIECES[1:]:
        await web.chat_appendStream(channel=event["channel"], ts=ts, markdown_text=piece)
    await web.chat_stopStream(channel=event["channel"], ts=ts)


async def _described(file: Json, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(file["url_private_download"]) as answer,
    ):
        content = await answer.read()
    return shown.described(file["name"], hashlib.sha256(content).hexdigest())
