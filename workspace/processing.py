"""What happens to a file after its upload: type, size, thumbnails, preview, in the background.

Slack scans a file before its object is whole; until then type and thumbnails are missing and blocks
may not show it. The decoding runs in a thread, two files at a time.
"""

import asyncio
from dataclasses import dataclass
from pathlib import PurePosixPath

from workspace import file_events, filetypes, messages, thumbnails
from workspace.state import StoredFile, Workspace
from workspace.thumbnails import Picture
from workspace.wire import Json

PROCESSING_S = 0.05
"""How long an app's file is being processed; in Slack it is seconds, of no documented number."""
_UNSHOWN = frozenset({"shares", "channels", "groups", "ims", "comments_count"})


@dataclass(frozen=True, slots=True)
class Found:
    """What the bytes turned out to be: parts of the file object, and the picture, if one."""

    facts: Json
    picture: Picture | None


def start(ws: Workspace, stored: StoredFile, delay_s: float = 0.0) -> None:
    """Process a file once, `delay_s` from now on the workspace's clock."""
    identity = stored.info["id"]
    if not stored.is_processed and identity not in ws.chores:
        file_events.created(ws, stored)
        ws.chore(identity, _process(ws, stored, delay_s))


def again(ws: Workspace, stored: StoredFile) -> None:
    """Make a kept file's thumbnails anew; nobody is told."""
    ws.chore(stored.info["id"], _look_again(stored, ws.darkroom))


async def _look_again(stored: StoredFile, darkroom: asyncio.Semaphore) -> None:
    async with darkroom:
        name = stored.info["name"]
        found = await asyncio.to_thread(examine, stored.content, name, stored.snippet_type)
    stored.picture = found.picture
    stored.is_processed = True


async def finished(ws: Workspace, identities: list[str]) -> None:
    """Wait until none of these files is being processed."""
    pending = [ws.chores[each] for each in identities if each in ws.chores]
    if pending:
        await asyncio.wait(pending)


def in_message(stored: StoredFile) -> Json:
    """Return the file object as messages carry it: without where else it is shared."""
    return {name: value for name, value in stored.info.items() if name not in _UNSHOWN}


def for_page(stored: StoredFile) -> Json:
    """Return the file object for the page: `_processing` while the file is being processed."""
    shown = in_message(stored)
    return shown if stored.is_processed else shown | {"_processing": True}


async def _process(ws: Workspace, stored: StoredFile, delay_s: float) -> None:
    if delay_s:
        await ws.clock.sleep(delay_s)
    info = stored.info
    async with ws.darkroom:
        found = await asyncio.to_thread(examine, stored.content, info["name"], stored.snippet_type)
    if ws.files.get(info["id"]) is not stored:
        return
    stored.picture = found.picture
    stored.info = stored.info | found.facts | _thumb_facts(stored)
    stored.is_processed = True
    file_events.changed(ws, stored)
    _refresh(ws, stored)


def examine(content: bytes, name: str, snippet_type: str) -> Found:
    """Find out what a file is; slow for a picture, so call it in a thread."""
    picture = None if snippet_type else thumbnails.look(content)
    kind = picture.kind if picture is not None else ""
    facts = filetypes.typed(name, snippet_type, kind)
    if picture is not None:
        return Found(facts | {"original_w": picture.width, "original_h": picture.height}, picture)
    text = filetypes.text_of(content)
    if text is None or not (snippet_type or filetypes.is_text(facts["filetype"])):
        return Found(facts, None)
    return Found(facts | {"mode": "snippet", "editable": True} | filetypes.preview(text), None)


def _thumb_facts(stored: StoredFile) -> Json:
    """Return the addresses and sizes of a file's thumbnails."""
    picture = stored.picture
    if picture is None:
        return {}
    folder, _, name = stored.info["url_private"].rpartition("/")
    facts: Json = {"thumb_tiny": picture.tiny} if picture.tiny else {}
    for edge, thumb in picture.thumbs.items():
        file_name = f"{PurePosixPath(name).stem}_{edge}.{picture.suffix}"
        facts[f"thumb_{edge}"] = f"{folder}/thumb/{file_name}"
        if edge not in thumbnails.SQUARES:
            facts |= {f"thumb_{edge}_w": thumb.width, f"thumb_{edge}_h": thumb.height}
    return facts


def _refresh(ws: Workspace, stored: StoredFile) -> None:
    """Give the messages that show a file its new object; the app hears `file_change` at most."""
    for channel, ts in shown_in(ws, stored):
        shown = ws.directory.channels[channel].messages[ts]["files"]
        fresh = in_message(stored)
        new = [fresh if each["id"] == fresh["id"] else each for each in shown]
        messages.change(ws, ws.directory.channels[channel], ts, {"files": new}, quiet=True)


def shown_in(ws: Workspace, stored: StoredFile) -> list[tuple[str, str]]:
    """Return channel and `ts` of the messages that share a file and are still there."""
    found: list[tuple[str, str]] = []
    for places in stored.info["shares"].values():
        for place, entries in places.items():
            channel = ws.directory.channels.get(place)
            for entry in entries:
                message = channel.messages.get(entry["ts"], {}) if channel is not None else {}
                if any(each["id"] == stored.info["id"] for each in message.get("files") or ()):
                    found.append((place, entry["ts"]))
    return found
