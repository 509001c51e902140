"""What people do: say, run a slash command, upload, use a shortcut, open the Home.

Each function does what Slack would do for the person and, where the app answers at once with its
acknowledgement, shows that answer to the person.
"""

import time
from dataclasses import dataclass

from workspace import checks, files, links, messages, payloads, text, threads
from workspace.delivery import Ack, Envelope
from workspace.people import BOT_USER, SLACKBOT, Channel, User
from workspace.state import Workspace
from workspace.wire import Json, Refused, SlackError

_ME = "/me "


def say(ws: Workspace, user: User, channel: Channel, said: str, thread_ts: str = "") -> Json:
    """Post what a person typed; `/me waves` is a `me_message`."""
    body = text.typed_body(said.removeprefix(_ME), ws.directory, ws.ids.short())
    if said.startswith(_ME):
        body = {"subtype": "me_message", "text": body["text"]}
    message = messages.signed_by(ws, user) | body | in_thread(channel, thread_ts)
    message = messages.post(ws, channel, message)
    links.announce(ws, channel, message)
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that a person drops into a channel, with what was typed beside it."""

    name: str
    content: bytes
    said: str = ""
    thread_ts: str = ""


def upload(ws: Workspace, user: User, channel: Channel, given: Upload) -> Json:
    """Post a person's file as a `file_share` message; return the message."""
    stored = files.create(ws, user, given.name, files.Labels())
    files.fill(stored, given.content)
    files.complete(stored, files.Labels())
    body = text.typed_body(given.said, ws.directory, ws.ids.short())
    body |= messages.signed_by(ws, user) | in_thread(channel, given.thread_ts)
    return files.share(ws, channel, body, [stored])


async def slash(ws: Workspace, user: User, channel: Channel, command: str, rest: str) -> Json:
    """Run a slash command; show the acknowledgement, or Slack's failure notice, to the person."""
    name = "/" + command.removeprefix("/")
    _check_command(ws, name)
    form = payloads.slash_command(user, channel, name, rest)
    form["response_url"] = ws.hook(user.id, channel.id)
    form["trigger_id"] = ws.trigger(user.id, channel=channel.id)
    started = time.perf_counter()
    envelope = Envelope(type="slash_commands", kind=name, payload=form, accepts_response=True)
    ack = await ws.dispatcher.deliver(envelope)
    elapsed_ms = round((time.perf_counter() - started) * 1000, 1)
    if ack is None:
        notice = f'{name} failed with the error "operation_timeout"'
        messages.whisper(ws, channel, user.id, {"user": SLACKBOT, "text": notice})
    elif ack.payload is not None:
        _show_answer(ws, channel, user, ack.payload)
    payload = ack.payload if ack is not None else None
    return {"acked": ack is not None, "payload": payload, "elapsed_ms": elapsed_ms}


def answer(ws: Workspace, channel: Channel, user: User, payload: Json) -> None:
    """Show an acknowledgement's text or blocks: to the person, or `in_channel` to everybody."""
    if not payload.get("text") and not payload.get("blocks"):
        return
    bot = ws.directory.users[BOT_USER]
    message = messages.signed_by(ws, bot) | {"text": text.sent(str(payload.get("text") or ""))}
    if payload.get("blocks"):
        message["blocks"] = checks.message_blocks(ws, payload["blocks"])
    if payload.get("response_type") == "in_channel":
        messages.post(ws, channel, message)
    else:
        messages.whisper(ws, channel, user.id, message, "ack")


async def shortcut(
    ws: Workspace, user: User, callback_id: str, channel: Channel | None, ts: str
) -> Json:
    """Use a global shortcut, or, with a message, a message shortcut."""
    payload = payloads.interaction("shortcut", user)
    if channel is not None and ts:
        payload = payloads.interaction("message_action", user) | {
            "channel": payloads.in_channel(channel),
            "message": visible_message(ws, user, channel, ts),
            "message_ts": ts,
            "response_url": ws.hook(user.id, channel.id, ts=ts),
        }
    payload |= {"callback_id": callback_id, "action_ts": ws.ids.ts()}
    return {"acked": await interact(ws, user, payload) is not None}


async def interact(ws: Workspace, user: User, payload: Json, view_id: str = "") -> Ack | None:
    """Send an interaction and wait for its acknowledgement."""
    payload["trigger_id"] = ws.trigger(user.id, view_id)
    kind = str(payload["type"])
    envelope = Envelope(type="interactive", kind=kind, payload=payload, accepts_response=True)
    return await ws.dispatcher.deliver(envelope)


async def open_home(ws: Workspace, user: User, tab: str = "home") -> Json:
    """Open the app's Home (or messages) tab: `app_home_opened`."""
    channel = ws.directory.channel(user.id)
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id if channel is not None else "",
        "tab": tab,
        "event_ts": ws.ids.ts(),
    }
    if user.id in ws.homes:
        event["view"] = ws.homes[user.id]
    looking = threads.context(ws, user)
    event |= {"context": looking} if looking else {}
    return {"acked": await _told(ws, event)}


def visible_message(ws: Workspace, user: User, channel: Channel, ts: str) -> Json:
    """Return a message or this person's ephemeral one; Refused when there is none."""
    whispered = [each for each in ws.ephemerals.get(user.id, ()) if each["ts"] == ts]
    if whispered:
        return whispered[0]
    if ts not in channel.messages:
        raise Refused("message_not_found", 404)
    return channel.messages[ts]


def in_thread(channel: Channel, thread_ts: str) -> Json:
    """Return the thread's part of a reply; Refused when the parent does not exist."""
    if not thread_ts:
        return {}
    if thread_ts not in channel.messages:
        raise Refused("thread_not_found", 404)
    parent = channel.messages[thread_ts]
    root = parent.get("thread_ts", thread_ts)
    author = channel.messages.get(root, parent).get("user", "")
    return {"thread_ts": root, "parent_user_id": author}


async def _told(ws: Workspace, event: Json) -> bool:
    """Announce an event and wait for its acknowledgement."""
    delivery = ws.announce(event)
    return delivery is not None and await delivery is not None


def _show_answer(ws: Workspace, channel: Channel, user: User, payload: Json) -> None:
    """Show the answer, or, where the platform would refuse its blocks, say so."""
    try:
        answer(ws, channel, user, payload)
    except SlackError as error:
        notice = f"The app's answer was refused: {error.code} {' '.join(error.messages)}"
        messages.whisper(ws, channel, user.id, {"user": SLACKBOT, "text": text.escape(notice)})


def _check_command(ws: Workspace, name: str) -> None:
    features = ws.manifest.get("features")
    if features is None:
        return
    known = {str(each.get("command")) for each in features.get("slash_commands") or ()}
    if name not in known:
        raise Refused("unknown_command")
