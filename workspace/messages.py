"""Messages: posting, changing, deleting, whispering; who sees it and what the app is told.

A stored message is never changed in place: each state is a new dictionary, so that the journal
keeps every state that was shown.
"""

from collections.abc import Iterator

from workspace import payloads
from workspace.blocks import files_named
from workspace.people import (
    APP_ID,
    BOT_ID,
    BOT_NAME,
    BOT_USER,
    CREATED,
    SLACKBOT,
    TEAM_ID,
    Channel,
    User,
)
from workspace.state import Workspace
from workspace.text import mentions
from workspace.wire import Json

_WHISPERS = 500
"""Ephemeral messages that are kept for a person, until the page is loaded again."""
BOT_PROFILE: Json = {
    "id": BOT_ID,
    "app_id": APP_ID,
    "name": BOT_NAME,
    "deleted": False,
    "updated": CREATED,
    "icons": {"image_36": "", "image_48": "", "image_72": ""},
    "team_id": TEAM_ID,
}


def signed_by(ws: Workspace, user: User) -> Json:
    """Return the author's part of a message."""
    if not user.is_bot:
        return {"user": user.id, "team": TEAM_ID, "client_msg_id": ws.ids.envelope()}
    return {
        "user": BOT_USER,
        "team": TEAM_ID,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "bot_profile": BOT_PROFILE,
    }


def post(ws: Workspace, channel: Channel, message: Json, *, quiet: bool = False) -> Json:
    """Store a new message, show it to the members and announce it to the app; return it.

    `quiet` tells the app nothing; a `ts` in the message is kept: it is of the past.
    """
    message = {"type": "message", "ts": message.get("ts") or ws.ids.ts(), **message}
    channel.messages[message["ts"]] = message
    if "thread_ts" in message:
        _join_thread(ws, channel, message)
    show(ws, channel, "message", message)
    if not quiet and BOT_USER in channel.members:
        _announce(ws, channel, message)
    return message


def change(ws: Workspace, channel: Channel, ts: str, changes: Json, *, quiet: bool = False) -> Json:
    """Replace parts of a message (None removes a key); `quiet` tells the app nothing."""
    old = channel.messages[ts]
    new = {key: value for key, value in (old | changes).items() if value is not None}
    channel.messages[ts] = new
    show(ws, channel, "message_changed", new)
    if not quiet and BOT_USER in channel.members:
        ws.announce(payloads.message_changed(channel, new, old, ws.ids.ts()))
    return new


def delete(ws: Workspace, channel: Channel, ts: str) -> None:
    """Remove a message; the parent of a thread leaves a tombstone, as in Slack."""
    old = channel.messages.pop(ts)
    _leave_thread(ws, channel, old)
    if channel.replies.get(ts):
        channel.messages[ts] = _tombstone(old)
        channel.messages = dict(sorted(channel.messages.items()))
    ws.journal.publish(
        {"type": "message_deleted", "channel": channel.id, "ts": ts}, frozenset(channel.members)
    )
    if BOT_USER in channel.members:
        ws.announce(payloads.message_deleted(channel, old, ws.ids.ts()))


def whisper(
    ws: Workspace, channel: Channel, user: str, message: Json, shown: str = "ephemeral"
) -> Json:
    """Show a message to one person only; a `ts` in it replaces the earlier one with that `ts`."""
    message = {"type": "message", "ts": ws.ids.ts(), **message, "is_ephemeral": True}
    message["channel"] = channel.id
    mine = ws.ephemerals.setdefault(user, [])
    mine[:] = [each for each in mine[-_WHISPERS:] if each["ts"] != message["ts"]] + [message]
    shown_as = with_sources(ws, message)
    ws.journal.publish(
        {"type": "ephemeral", "channel": channel.id, "message": shown_as}, frozenset({user}), shown
    )
    show_files(ws, channel.id, message, frozenset({user}))
    return message


def hush(ws: Workspace, channel: Channel, user: str, ts: str) -> None:
    """Take an ephemeral message away."""
    mine = ws.ephemerals.get(user, [])
    mine[:] = [each for each in mine if each["ts"] != ts]
    gone = {"type": "ephemeral_deleted", "channel": channel.id, "ts": ts}
    ws.journal.publish(gone, frozenset({user}))


def listed(channel: Channel, thread_ts: str = "") -> Iterator[Json]:
    """Return top-level messages (broadcast replies too), or a parent and its replies."""
    if thread_ts:
        names = [thread_ts, *channel.replies.get(thread_ts, ())]
        return (channel.messages[ts] for ts in names if ts in channel.messages)
    return (
        message
        for message in channel.messages.values()
        if message.get("thread_ts", message["ts"]) == message["ts"]
        or message.get("subtype") == "thread_broadcast"
    )


def show(
    ws: Workspace, channel: Channel, kind: str, message: Json, shown: str | None = "message"
) -> None:
    """Tell the members' pages about a message or its new state."""
    audience = frozenset(channel.members)
    event = {"type": kind, "channel": channel.id, "message": with_sources(ws, message)}
    ws.journal.publish(event, audience, shown)
    if shown:
        show_files(ws, channel.id, message, audience)


def with_sources(ws: Workspace, message: Json) -> Json:
    """Return the message or view with `_src` beside every `slack_file`, for the page."""
    if next(files_named(message.get("blocks")), None) is None:
        return message
    return message | {"blocks": _sourced(ws, message["blocks"])}


def file_id(ws: Workspace, slack_file: Json) -> str:
    """Return the id behind a `slack_file` (by id, private URL or permalink); '' when unknown."""
    if slack_file.get("id"):
        return str(slack_file["id"]) if slack_file["id"] in ws.files else ""
    url = slack_file.get("url")
    of = (
        each
        for each, stored in ws.files.items()
        if url in {stored.info["url_private"], stored.info["permalink"]}
    )
    return next(of, "")


def show_files(ws: Workspace, channel: str, shown: Json, audience: frozenset[str]) -> None:
    """Note the files that a message or view shows, by their bytes' hash, for `visible`."""
    names = [each["id"] for each in shown.get("files") or ()]
    names += [file_id(ws, each) for each in files_named(shown.get("blocks"))]
    for stored in (ws.files[name] for name in names if name in ws.files):
        event = {"type": "file", "channel": channel, "file": stored.info, "sha256": stored.sha256}
        ws.journal.publish(event, audience, "file")


def _announce(ws: Workspace, channel: Channel, message: Json) -> None:
    ws.announce(payloads.message_event(channel, message, message["ts"]))
    by_person = "bot_id" not in message
    if by_person and not channel.is_im and mentions(message.get("text", ""), BOT_USER):
        ws.announce(payloads.app_mention(channel, message))


def _join_thread(ws: Workspace, channel: Channel, message: Json) -> None:
    parent = channel.messages.get(message["thread_ts"])
    channel.replies.setdefault(message["thread_ts"], []).append(message["ts"])
    if parent is not None:
        _recount(ws, channel, parent)


def _leave_thread(ws: Workspace, channel: Channel, message: Json) -> None:
    thread_ts = message.get("thread_ts", "")
    siblings = channel.replies.get(thread_ts, [])
    if message["ts"] in siblings:
        siblings.remove(message["ts"])
        if thread_ts in channel.messages:
            _recount(ws, channel, channel.messages[thread_ts])


def _recount(ws: Workspace, channel: Channel, parent: Json) -> None:
    replies = [channel.messages[ts] for ts in channel.replies[parent["ts"]]]
    authors = list(dict.fromkeys(reply["user"] for reply in replies))
    new = parent | {
        "thread_ts": parent["ts"],
        "reply_count": len(replies),
        "reply_users": authors[:5],
        "reply_users_count": len(authors),
        "latest_reply": replies[-1]["ts"] if replies else parent["ts"],
    }
    channel.messages[parent["ts"]] = new
    show(ws, channel, "message_changed", new, None)


def _tombstone(old: Json) -> Json:
    return {
        "type": "message",
        "subtype": "tombstone",
        "user": SLACKBOT,
        "text": "This message was deleted.",
        "hidden": True,
        **{
            key: old[key]
            for key in ("ts", "thread_ts", "reply_count", "latest_reply")
            if key in old
        },
    }


def _sourced(ws: Workspace, part: object) -> object:
    if isinstance(part, list):
        return [_sourced(ws, each) for each in part]
    if not isinstance(part, dict):
        return part
    new = {key: _sourced(ws, value) for key, value in part.items()}
    if isinstance(part.get("slack_file"), dict):
        new["_src"] = _source(ws, part["slack_file"])
    return new


def _source(ws: Workspace, slack_file: Json) -> str:
    stored = ws.files.get(file_id(ws, slack_file))
    if stored is None:
        return ""
    return f"{stored.info['url_private'].removeprefix(ws.base_url)}?t={ws.page_token}"
