"""Files: making one, filling it, sharing it into a channel, who may see it, deleting it.

What becomes of the bytes afterwards is `processing`'s; how they travel is `transfers`'.
"""

import hashlib
from dataclasses import dataclass

from workspace import file_events, filetypes, messages, processing
from workspace.people import TEAM_ID, Channel, User
from workspace.state import StoredFile, Workspace
from workspace.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the uploader may say about a file."""

    title: str = ""
    alt_txt: str = ""
    snippet_type: str = ""


def create(ws: Workspace, user: User, name: str, labels: Labels) -> StoredFile:
    """Make a file without content yet; whatever it is called, its addresses stay harmless."""
    shown = filetypes.clean_name(name)
    title = filetypes.readable(labels.title)[: filetypes.NAME_CHARS]
    info = _blank(ws, user, shown) | {"title": title or shown}
    if labels.alt_txt:
        info["alt_txt"] = filetypes.readable(labels.alt_txt)
    if labels.snippet_type:
        info |= {"mode": "snippet", "editable": True}
    stored = StoredFile(info=info, snippet_type=labels.snippet_type)
    ws.files[info["id"]] = stored
    return stored


def fill(stored: StoredFile, content: bytes) -> None:
    """Give a file its bytes."""
    stored.content = content
    stored.has_content = True
    stored.sha256 = hashlib.sha256(content).hexdigest()
    stored.info = stored.info | {"size": len(content)}


def complete(stored: StoredFile, labels: Labels) -> None:
    """Mark an upload as complete; from now on it can be shared, and processed for blocks."""
    stored.is_complete = True
    title = filetypes.readable(labels.title)[: filetypes.NAME_CHARS]
    if title:
        stored.info = stored.info | {"title": title}
    if labels.alt_txt:
        stored.info = stored.info | {"alt_txt": filetypes.readable(labels.alt_txt)}


def share(ws: Workspace, channel: Channel, body: Json, shared: list[StoredFile]) -> Json:
    """Post a `file_share` message, tell the app, and process what is not yet; return the message.

    A person's file comes here unprocessed: its type is guessed from the name at first.
    """
    published = [stored for stored in shared if _place(stored, channel)]
    infos = [processing.in_message(stored) for stored in shared]
    shown = {"subtype": "file_share", "upload": False, "display_as_bot": False, "files": infos}
    message = messages.post(ws, channel, body | shown)
    for stored in shared:
        _note_share(stored, channel, message)
        processing.start(ws, stored)
        if stored in published:
            file_events.made_public(ws, stored)
        file_events.shared(ws, channel, stored)
    _show_progress(ws, channel, message, shared)
    return message


def may_see(ws: Workspace, user: User, stored: StoredFile) -> bool:
    """Tell whether a person may see a file: their own, a public one, or shared where they are.

    The app sees only its own, what is shared where it is, and what a form sent it.
    """
    if user.is_bot and stored.is_submitted:
        return True
    if stored.info["user"] == user.id or (stored.info["is_public"] and not user.is_bot):
        return True
    found = (ws.directory.channels.get(place) for place in file_events.places(stored))
    return any(each is not None and user.id in each.members for each in found)


def delete(ws: Workspace, stored: StoredFile) -> None:
    """Remove a file; the messages that show it keep a tombstone."""
    identity = stored.info["id"]
    gone = {"id": identity, "mode": "tombstone"}
    found = processing.shown_in(ws, stored)
    del ws.files[identity]
    ws.deleted_files.add(identity)
    ws.remains.keep(stored.sha256, stored.content)
    for place, ts in found:
        channel = ws.directory.channels[place]
        left = [gone if each["id"] == identity else each for each in channel.messages[ts]["files"]]
        messages.change(ws, channel, ts, {"files": left})
    file_events.deleted(ws, stored)


def prune(ws: Workspace) -> None:
    """Forget uploads that were not completed while their address lasted."""
    for identity in ws.uploads.expired():
        if identity in ws.files and not ws.files[identity].is_complete:
            del ws.files[identity]


def room_bytes(ws: Workspace) -> int:
    """Return how many bytes still fit into the workspace."""
    stored = sum(each.size_bytes for each in ws.files.values())
    return max(0, ws.uploads.limits.stored_bytes - ws.uploads.arriving_bytes - stored)


def _blank(ws: Workspace, user: User, name: str) -> Json:
    identity, now = ws.ids.next("F"), int(ws.clock.now())
    short = filetypes.slug(name)
    address = f"{ws.base_url}/files/{identity}"
    return {
        "id": identity,
        "created": now,
        "timestamp": now,
        "name": name,
        **filetypes.UNTYPED,
        "user": user.id,
        "user_team": TEAM_ID,
        "editable": False,
        "size": 0,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{address}/{short}",
        "url_private_download": f"{address}/download/{short}",
        "media_display_type": "unknown",
        "permalink": f"{ws.base_url}/files/{user.id}/{identity}/{short}",
        "comments_count": 0,
        "is_starred": False,
        "shares": {},
        "channels": [],
        "groups": [],
        "ims": [],
        "has_more_shares": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }


def _place(stored: StoredFile, channel: Channel) -> bool:
    """Note that a file is in a channel; tell whether that made it public."""
    key = {"im": "ims", "channel": "channels"}.get(channel.type, "groups")
    places = list(dict.fromkeys([*stored.info[key], channel.id]))
    was_public = stored.info["is_public"]
    public = was_public or channel.type == "channel"
    stored.info = stored.info | {key: places, "is_public": public}
    if not stored.info["filetype"]:
        stored.info = stored.info | filetypes.typed(stored.info["name"], stored.snippet_type)
    return public and not was_public


def _note_share(stored: StoredFile, channel: Channel, message: Json) -> None:
    side = "public" if channel.type == "channel" else "private"
    entry: Json = {
        "reply_users": [],
        "reply_users_count": 0,
        "reply_count": 0,
        "ts": message["ts"],
        "channel_name": channel.name,
        "team_id": message["team"],
        "share_user_id": message["user"],
    }
    if "thread_ts" in message:
        entry["thread_ts"] = message["thread_ts"]
    shares = {name: dict(places) for name, places in stored.info["shares"].items()}
    places = shares.setdefault(side, {})
    places[channel.id] = [*places.get(channel.id, ()), entry]
    stored.info = stored.info | {"shares": shares}


def _show_progress(
    ws: Workspace, channel: Channel, message: Json, shared: list[StoredFile]
) -> None:
    """Tell the pages, and nobody else, which files are still being processed."""
    if all(stored.is_processed for stored in shared):
        return
    shown = message | {"files": [processing.for_page(stored) for stored in shared]}
    shown = messages.with_sources(ws, shown)
    event = {"type": "message_changed", "channel": channel.id, "message": shown}
    ws.journal.publish(event, frozenset(channel.members))
