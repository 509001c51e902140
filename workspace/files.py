"""Files: the three-step upload, what Slack says about a file, sharing it into a channel.

The size of a picture is read from its header; nothing is decoded and no thumbnail is made.
"""

import hashlib
import io
import mimetypes
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from PIL import Image

from workspace import messages
from workspace.people import Channel, User
from workspace.state import StoredFile, Workspace
from workspace.wire import Json

_PRETTY = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WebP", "pdf": "PDF", "csv": "CSV"}
_TEXT_TYPES = {"txt": "text", "md": "markdown", "py": "python", "js": "javascript", "jpeg": "jpg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the uploader may say about a file."""

    title: str = ""
    alt_txt: str = ""
    snippet_type: str = ""


def create(ws: Workspace, user: User, name: str, labels: Labels) -> StoredFile:
    """Make a file without content yet."""
    identity = ws.ids.next("F")
    safe = quote(PurePosixPath(name).name or "file", safe="")
    private = f"{ws.base_url}/files/{identity}/{safe}"
    now = int(ws.clock.now())
    stored = StoredFile(
        info=_typed(name, labels.snippet_type)
        | {
            "id": identity,
            "created": now,
            "timestamp": now,
            "name": name,
            "title": labels.title or name,
            "user": user.id,
            "editable": False,
            "size": 0,
            "mode": "snippet" if labels.snippet_type else "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": False,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": private,
            "url_private_download": f"{private}?download=1",
            "permalink": f"{ws.base_url}/archives/files/{identity}",
            "channels": [],
            "groups": [],
            "ims": [],
            "shares": {},
        }
    )
    if labels.alt_txt:
        stored.info["alt_txt"] = labels.alt_txt
    ws.files[identity] = stored
    return stored


def fill(stored: StoredFile, content: bytes) -> None:
    """Give a file its bytes."""
    stored.content = content
    stored.has_content = True
    stored.sha256 = hashlib.sha256(content).hexdigest()
    stored.info = stored.info | {"size": len(content)} | _dimensions(content)


def complete(stored: StoredFile, labels: Labels) -> None:
    """Mark an upload as complete; from now on it can be shared and shown in blocks."""
    stored.is_complete = True
    if labels.title:
        stored.info = stored.info | {"title": labels.title}
    if labels.alt_txt:
        stored.info = stored.info | {"alt_txt": labels.alt_txt}


def share(ws: Workspace, channel: Channel, body: Json, shared: list[StoredFile]) -> Json:
    """Post a `file_share` message and `file_shared` events; return the message."""
    infos = [_shared(stored, channel) for stored in shared]
    shown = {"subtype": "file_share", "upload": True, "display_as_bot": False, "files": infos}
    message = messages.post(ws, channel, body | shown)
    for stored in shared:
        _note_share(stored, channel, message)
        ws.announce(
            {
                "type": "file_shared",
                "channel_id": channel.id,
                "file_id": stored.info["id"],
                "user_id": stored.info["user"],
                "file": {"id": stored.info["id"]},
                "event_ts": message["ts"],
            }
        )
    return message


def may_see(ws: Workspace, user: User, stored: StoredFile) -> bool:
    """Tell whether a person may see a file: their own, or shared where they are."""
    places = [*stored.info["channels"], *stored.info["groups"], *stored.info["ims"]]
    channels = (ws.directory.channels[place] for place in places)
    mine = stored.info["user"] == user.id
    return mine or any(user.id in channel.members for channel in channels)


def delete(ws: Workspace, stored: StoredFile) -> None:
    """Remove a file and take it out of the messages that show it."""
    identity = stored.info["id"]
    del ws.files[identity]
    for channel in ws.directory.channels.values():
        for message in list(channel.messages.values()):
            shown = message.get("files") or []
            if any(each["id"] == identity for each in shown):
                gone = {"id": identity, "mode": "tombstone"}
                left = [gone if each["id"] == identity else each for each in shown]
                messages.change(ws, channel, message["ts"], {"files": left})
    ws.announce({"type": "file_deleted", "file_id": identity, "event_ts": ws.ids.ts()})


def _shared(stored: StoredFile, channel: Channel) -> Json:
    key = {"im": "ims", "group": "groups", "channel": "channels"}[channel.type]
    places = list(dict.fromkeys([*stored.info[key], channel.id]))
    public = stored.info["is_public"] or channel.type == "channel"
    stored.info = stored.info | {key: places, "is_public": public}
    return {name: value for name, value in stored.info.items() if name != "shares"}


def _note_share(stored: StoredFile, channel: Channel, message: Json) -> None:
    side = "public" if channel.type == "channel" else "private"
    entry = {"ts": message["ts"], "channel_name": channel.name, "team_id": message["team"]}
    if "thread_ts" in message:
        entry["thread_ts"] = message["thread_ts"]
    shares = {name: dict(places) for name, places in stored.info["shares"].items()}
    places = shares.setdefault(side, {})
    places[channel.id] = [*places.get(channel.id, ()), entry]
    stored.info = stored.info | {"shares": shares}


def _typed(name: str, snippet_type: str) -> Json:
    suffix = PurePosixPath(name).suffix.lower().lstrip(".")
    filetype = snippet_type or _TEXT_TYPES.get(suffix, suffix) or "binary"
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    mimetype = "text/plain" if snippet_type else guessed
    pretty = _PRETTY.get(filetype, filetype.title())
    return {"mimetype": mimetype, "filetype": filetype, "pretty_type": pretty}


def _dimensions(content: bytes) -> Json:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return {}
    return {"original_w": width, "original_h": height}
