"""Keeping a workspace in a folder: who is there, what was said and shared, what was scheduled.

One SQLite table of JSON objects and, beside it, the bytes of files. Kept is what a reload of the
page shows, but for ephemeral messages and open modals, which vanish in Slack, too. What is said is
on the disk within a second; a stored message is never changed in place, so that what is new is
found by comparing objects, not their contents.
"""

import asyncio
import fcntl
import json
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from workspace import processing, scheduling, views
from workspace.agents import Prompts, Session
from workspace.people import Channel, User, UserGroup
from workspace.state import Scheduled, StoredFile, Workspace
from workspace.wire import Json

SAVE_EVERY_S = 1.0
_VERSION = 1
_KEPT_APART = frozenset({"messages", "replies"})
_HERE = "{workspace}"

Key = tuple[str, str]


class Storage:
    """A folder that holds one workspace; one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, or make it; SystemExit when it cannot be used."""
        self._folder = folder
        (folder / "files").mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _locked(folder / "lock")
        self._database = sqlite3.connect(folder / "workspace.db", check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS object "
            "(kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )
        self._writing = threading.Lock()
        self._kept: dict[Key, object] = {}
        self._seen = -1

    def load(self, ws: Workspace) -> bool:
        """Give a new workspace what was kept; tell whether there was anything.

        Its `base_url` must be known, because what was said may hold addresses of files.
        """
        rows = self._database.execute("SELECT kind, key, body FROM object").fetchall()
        found: dict[str, dict[str, Any]] = {}
        for kind, key, body in rows:
            value = json.loads(body.replace(_HERE, ws.base_url))
            found.setdefault(kind, {})[key] = value
        for kind, restore in _RESTORE.items():
            for key, value in sorted(found.get(kind, {}).items()):
                restore(self, ws, key, value)
        self._kept = dict(_objects(ws))
        return bool(rows)

    async def keep(self, ws: Workspace) -> None:
        """Save whenever something happened, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            if ws.journal.last_id == self._seen:
                continue
            try:
                await asyncio.to_thread(self._write, *self._changes(ws))
            except (OSError, sqlite3.Error) as error:
                sys.stderr.write(f"Nothing could be kept in {self._folder}: {error}\n")
                self._kept.clear()  # all of it, the next time
                self._seen = -1

    def save(self, ws: Workspace) -> None:
        """Save what is new, now."""
        self._write(*self._changes(ws))

    def close(self) -> None:
        """Let another process use the folder."""
        self._database.close()
        self._lock.close()

    def bytes_of(self, identity: str) -> bytes:
        """Return the bytes of a file."""
        return (self._folder / "files" / identity).read_bytes()

    def _changes(self, ws: Workspace) -> tuple[list[tuple[Key, str]], list[Key], dict[str, bytes]]:
        """Return what has to be written, and forgotten, and the bytes of new files."""
        self._seen = ws.journal.last_id
        now = dict(_objects(ws))
        new = {key: value for key, value in now.items() if not self._has(key, value)}
        gone = [key for key in self._kept if key not in now]
        self._kept = now
        written = [(key, _text(value, ws.base_url)) for key, value in new.items()]
        content = {name: ws.files[name].content for kind, name in new if kind == "file"}
        return written, gone, content

    def _has(self, key: Key, value: object) -> bool:
        """Tell whether a value is kept as it is; messages are compared by identity."""
        old = self._kept.get(key)
        return old is value or (key[0] != "message" and old == value)

    def _write(
        self, written: list[tuple[Key, str]], gone: list[Key], content: Mapping[str, bytes]
    ) -> None:
        for name, data in content.items():
            self._put(self._folder / "files" / name, data)
        with self._writing, self._database:
            rows = [(*key, body) for key, body in written]
            self._database.executemany("INSERT OR REPLACE INTO object VALUES (?, ?, ?)", rows)
            self._database.executemany("DELETE FROM object WHERE kind = ? AND key = ?", gone)
        for kind, name in gone:
            if kind == "file":
                (self._folder / "files" / name).unlink(missing_ok=True)

    def _put(self, path: Path, data: bytes) -> None:
        if path.exists() and path.stat().st_size == len(data):
            return
        half = path.with_suffix(".half")
        half.write_bytes(data)
        half.replace(path)


def _locked(path: Path) -> IO[str]:
    """Hold the folder's lock; SystemExit when another process does."""
    lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise SystemExit(f"Another workspace uses {path.parent}; stop it first.") from error
    return lock


def _objects(ws: Workspace) -> Iterator[tuple[Key, object]]:
    """Return everything that is kept, by kind and key."""
    yield ("meta", "meta"), {"version": _VERSION, **ws.ids.counted()}
    for user in ws.directory.users.values():
        yield ("user", user.id), asdict(user)
    for group in ws.directory.groups.values():
        yield ("group", group.id), asdict(group)
    for channel in ws.directory.channels.values():
        yield ("channel", channel.id), _channel(channel)
        for ts, message in channel.messages.items():
            yield ("message", f"{channel.id} {ts}"), message
    for name, stored in ws.files.items():
        if stored.is_complete:
            yield ("file", name), _file(stored)
    yield from _small_objects(ws)


def _small_objects(ws: Workspace) -> Iterator[tuple[Key, object]]:
    yield ("gone", "files"), sorted(ws.deleted_files)
    for user, view in ws.homes.items():
        yield ("home", user), view
    for (channel, ts), session in ws.agents.sessions.items():
        yield ("session", f"{channel} {ts}"), asdict(session)
    for (channel, ts), prompts in ws.agents.prompts.items():
        yield ("prompts", f"{channel} {ts}"), asdict(prompts)
    for identity, item in ws.scheduled.items():
        yield ("scheduled", identity), asdict(item)


def _channel(channel: Channel) -> Json:
    names = (each.name for each in fields(channel) if each.name not in _KEPT_APART)
    return {name: _copied(getattr(channel, name)) for name in names}


def _copied(value: object) -> object:
    """Return lists and mappings as new ones: a channel's are changed in place."""
    if isinstance(value, list):
        return list(value)
    return dict(value) if isinstance(value, dict) else value


def _file(stored: StoredFile) -> Json:
    return {
        "info": stored.info,
        "sha256": stored.sha256,
        "has_content": stored.has_content,
        "snippet_type": stored.snippet_type,
    }


def _text(value: object, base_url: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace(base_url, _HERE)


def _user(_storage: Storage, ws: Workspace, _key: str, value: Json) -> None:
    ws.directory.add_user(User(**value))


def _group(_storage: Storage, ws: Workspace, key: str, value: Json) -> None:
    ws.directory.groups[key] = UserGroup(**value | {"members": tuple(value["members"])})


def _place(_storage: Storage, ws: Workspace, _key: str, value: Json) -> None:
    ws.directory.add_channel(Channel(**value))


def _message(_storage: Storage, ws: Workspace, key: str, value: Json) -> None:
    channel = ws.directory.channels[key.partition(" ")[0]]
    if value.get("streaming_state") == "in_progress":  # its stream ended with the process
        value = value | {"streaming_state": "completed"}
    channel.messages[value["ts"]] = value
    if value.get("thread_ts", value["ts"]) != value["ts"]:
        channel.replies.setdefault(value["thread_ts"], []).append(value["ts"])


def _stored(storage: Storage, ws: Workspace, key: str, value: Json) -> None:
    content = storage.bytes_of(key) if value["has_content"] else b""
    ws.files[key] = StoredFile(**value, content=content, is_complete=True)
    processing.again(ws, ws.files[key])


def _gone(_storage: Storage, ws: Workspace, _key: str, value: list[str]) -> None:
    ws.deleted_files.update(value)


def _home(_storage: Storage, ws: Workspace, key: str, value: Json) -> None:
    views.keep_home(ws, key, value)


def _session(_storage: Storage, ws: Workspace, _key: str, value: Json) -> None:
    session = Session(**value)
    if session.expires:  # what was under way ended with the process
        session = replace(session, status="active", expires=0.0)
    ws.agents.sessions[session.channel, session.thread_ts] = session


def _prompts(_storage: Storage, ws: Workspace, _key: str, value: Json) -> None:
    pairs = tuple((title, said) for title, said in value["prompts"])
    prompts = Prompts(**value | {"prompts": pairs})
    ws.agents.prompts[prompts.channel, prompts.thread_ts] = prompts


def _later(_storage: Storage, ws: Workspace, key: str, value: Json) -> None:
    ws.scheduled[key] = Scheduled(**value)
    scheduling.arm(ws, ws.scheduled[key])


def _meta(_storage: Storage, ws: Workspace, _key: str, value: Json) -> None:
    if value["version"] != _VERSION:
        raise SystemExit("The folder was written by another version of the workspace.")
    ws.ids.resume(value["count"], value["last_us"])


_RESTORE: Mapping[str, Callable[[Storage, Workspace, str, Any], None]] = MappingProxyType(
    {
        "meta": _meta,
        "user": _user,
        "group": _group,
        "channel": _place,
        "message": _message,
        "file": _stored,
        "gone": _gone,
        "home": _home,
        "session": _session,
        "prompts": _prompts,
        "scheduled": _later,
    }
)
"""In the order in which things need each other."""
