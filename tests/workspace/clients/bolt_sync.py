"""The app of the scenario with Bolt without asyncio."""

import hashlib
from typing import Any
from urllib.request import Request, urlopen

from slack_bolt import Ack, App, BoltRequest, Respond, Say
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from tests.workspace.clients import shown

Json = dict[str, Any]


def build(url: str) -> App:
    """Return the app of a workspace; asks the workspace who it is, so not from its event loop."""
    client = WebClient("xoxb-local", base_url=f"{url}/api/")
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=3))
    app = App(client=client)
    app.event("app_mention")(on_mention)
    app.event("message")(on_message)
    app.command("/ask")(on_ask)
    app.view("note")(on_note)
    app.action("approve")(on_approve)
    return app


def on_mention(event: Json, say: Say) -> None:
    say(text=shown.heard(event["text"]), thread_ts=event.get("thread_ts", event["ts"]))


def on_message(event: Json, say: Say, client: WebClient, req: BoltRequest) -> None:
    text, root = event.get("text", ""), event.get("thread_ts", event.get("ts"))
    if event.get("subtype") == "file_share":
        say(text=_described(event["files"][0], client.token or ""), thread_ts=root)
    elif text.startswith("more "):
        say(text=shown.more(text), thread_ts=root)
    elif text == "again":
        number = req.headers.get("x-slack-retry-num", ["0"])[0]
        say(text=f"Delivery {number}", thread_ts=root)
    elif text == "stream":
        _stream(event, client)


def on_ask(ack: Ack, command: Json, respond: Respond, client: WebClient) -> None:
    verb, _, rest = command["text"].partition(" ")
    channel, user = command["channel_id"], command["user_id"]
    if verb == "echo":
        ack(f"Echo: {rest}")
        return
    ack()
    if verb == "later":
        respond(text=f"Later: {rest}", response_type="in_channel")
    elif verb == "whisper":
        client.chat_postEphemeral(channel=channel, user=user, text=f"Whisper: {rest}")
    elif verb == "file":
        client.files_upload_v2(channel=channel, **shown.FILE)
    elif verb == "modal":
        client.views_open(trigger_id=command["trigger_id"], view=shown.modal(channel))


def on_note(ack: Ack, view: Json, client: WebClient) -> None:
    text = view["state"]["values"]["note"]["text"]["value"]
    if len(text) < 3:
        ack(response_action="errors", errors={"note": shown.TOO_SHORT})
        return
    ack()
    client.chat_postMessage(channel=view["private_metadata"], **shown.note(text))


def on_approve(ack: Ack, body: Json, respond: Respond, client: WebClient) -> None:
    ack()
    where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
    client.chat_update(**where, text=shown.approved(body["user"]["id"]), blocks=[])
    respond(text="Thanks", replace_original=False)


def _stream(event: Json, client: WebClient) -> None:
    stream = client.chat_stream(
        channel=event["channel"],
        thread_ts=event["ts"],
        recipient_user_id=event["user"],
        recipient_team_id=event["team"],
        buffer_size=1,
    )
    for piece in shown.PIECES:
        stream.append(markdown_text=piece)
    stream.stop()


def _described(file: Json, token: str) -> str:
    address = Request(file["url_private_download"], headers={"Authorization": f"Bearer {token}"})  # noqa: S310  # the workspace's own
    with urlopen(address) as answer:  # noqa: S310  # the same
        content = answer.read()
    return shown.described(file["name"], hashlib.sha256(content).hexdigest())
