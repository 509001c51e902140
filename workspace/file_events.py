"""What the app is told about files: the events of docs.slack.dev/reference/events/file_*.

`file_shared` and `file_deleted` go to every app that takes events; the others only to one whose
manifest asks for them by name. Nothing is told of files in channels that the app is not in.
"""

from workspace.people import BOT_USER, Channel
from workspace.state import StoredFile, Workspace
from workspace.wire import Json


def shared(ws: Workspace, channel: Channel, stored: StoredFile) -> None:
    """Tell that a file was shared into a channel."""
    if BOT_USER in channel.members:
        ws.announce(_about("file_shared", ws, stored) | {"channel_id": channel.id})


def created(ws: Workspace, stored: StoredFile) -> None:
    """Tell that a file was uploaded."""
    _if_asked(ws, stored, _about("file_created", ws, stored))


def made_public(ws: Workspace, stored: StoredFile) -> None:
    """Tell that a file was shared into a public channel for the first time."""
    _if_asked(ws, stored, _about("file_public", ws, stored))


def changed(ws: Workspace, stored: StoredFile) -> None:
    """Tell that a file's object changed, as it does when it has been processed."""
    event = _about("file_change", ws, stored)
    _if_asked(ws, stored, event)


def deleted(ws: Workspace, stored: StoredFile) -> None:
    """Tell that a file is gone."""
    if not _is_known(ws, stored):
        return
    gone = {"type": "file_deleted", "file_id": stored.info["id"], "event_ts": ws.ids.ts()}
    ws.announce(gone | {"channel_ids": places(stored)})


def places(stored: StoredFile) -> list[str]:
    """Return the ids of the channels that a file was shared into."""
    return [*stored.info["channels"], *stored.info["groups"], *stored.info["ims"]]


def _about(kind: str, ws: Workspace, stored: StoredFile) -> Json:
    identity = stored.info["id"]
    return {
        "type": kind,
        "file_id": identity,
        "user_id": stored.info["user"],
        "file": {"id": identity},
        "event_ts": ws.ids.ts(),
    }


def _if_asked(ws: Workspace, stored: StoredFile, event: Json) -> None:
    settings = ws.manifest.get("settings") or {}
    wanted = (settings.get("event_subscriptions") or {}).get("bot_events") or ()
    if event["type"] in wanted and _is_known(ws, stored):
        ws.announce(event)


def _is_known(ws: Workspace, stored: StoredFile) -> bool:
    """Tell whether the app may know of a file: its own, or shared where it is."""
    channels = (ws.directory.channels.get(place) for place in places(stored))
    where = any(each is not None and BOT_USER in each.members for each in channels)
    return where or stored.info["user"] == BOT_USER
