"""People, channels and history from a JSON file, so that a workspace does not begin empty.

    {"people": [{"name": "dana", "real_name": "Dana Osei", "locale": "en-GB", "is_admin": true}],
     "channels": [{"name": "launch", "topic": "…", "is_private": true, "members": ["dana", "ana"]}],
     "messages": [{"channel": "launch", "user": "dana", "text": "Ready?", "ago_s": 3600,
                   "replies": [{"user": "ana", "text": "Yes", "ago_s": 3500}]}]}

The app is told nothing of it: it is what happened before the app came.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workspace import messages, text
from workspace.people import BOT_USER, Channel, User, bot_direct
from workspace.state import Workspace
from workspace.wire import Json

_PERSON = frozenset({"name", "real_name", "locale", "tz", "is_admin", "deleted"})
_CHANNEL = frozenset({"name", "topic", "is_private", "members"})
_MESSAGE = frozenset({"channel", "user", "text", "ago_s", "replies"})
_FACTS = _PERSON - {"name", "real_name"}
_PARTS = frozenset({"people", "channels", "messages"})


class SeedError(Exception):
    """The file cannot be used; the message says what is wrong, and where."""


@dataclass(frozen=True, slots=True)
class _At:
    """A part of the file, for what has to be said about it."""

    value: Json
    path: str

    def only(self, known: frozenset[str]) -> "_At":
        odd = sorted(self.value.keys() - known)
        if odd:
            raise SeedError(f"{self.path} has {odd[0]!r}, which is none of {sorted(known)}")
        return self

    def text(self, name: str) -> str:
        value = self.value.get(name)
        if not isinstance(value, str) or not value:
            raise SeedError(f"{self.path} needs a text under {name!r}")
        return value

    def each(self, name: str) -> list["_At"]:
        values = self.value.get(name, [])
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            raise SeedError(f"{self.path}.{name} must be a list of objects")
        return [_At(one, f"{self.path}.{name}[{index}]") for index, one in enumerate(values)]


def read(path: Path) -> Json:
    """Return the file's object. Raises SeedError."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SeedError(f"it cannot be read: {error}") from error
    if not isinstance(given, dict):
        raise SeedError("it is not a JSON object")
    return given


def sow(ws: Workspace, given: Json) -> None:
    """Put people, channels and messages into a workspace. Raises SeedError."""
    seed = _At(given, "seed").only(_PARTS)
    for each in seed.each("people"):
        _person(ws, each.only(_PERSON))
    for each in seed.each("channels"):
        _channel(ws, each.only(_CHANNEL))
    for each in sorted(seed.each("messages"), key=lambda one: -_ago_s(one)):
        _message(ws, each.only(_MESSAGE))


def _person(ws: Workspace, each: _At) -> None:
    name = each.text("name")
    facts = {key: each.value[key] for key in _FACTS & each.value.keys()}
    known = ws.directory.user(name)
    identity = known.id if known is not None else ws.ids.next("U")
    real_name = str(each.value.get("real_name") or name)
    user = User(id=identity, name=name, real_name=real_name, **facts)
    ws.directory.add_user(user)
    if known is None:
        ws.directory.add_channel(bot_direct(user))
        for channel in ws.directory.channels.values():
            if channel.is_general:
                channel.members.append(user.id)


def _channel(ws: Workspace, each: _At) -> None:
    name = each.text("name")
    if ws.directory.has_name(name):
        raise SeedError(f"{each.path}: there is a channel {name!r} already")
    members = each.value.get("members", [])
    everyone = [_user(ws, each, str(one)).id for one in members if isinstance(members, list)]
    channel = Channel(
        id=ws.ids.next("C"),
        name=name,
        members=list(dict.fromkeys([*everyone, BOT_USER])),
        is_private=bool(each.value.get("is_private")),
        topic=str(each.value.get("topic", "")),
        creator=everyone[0] if everyone else BOT_USER,
        created=int(ws.clock.now()),
    )
    ws.directory.add_channel(channel)


def _message(ws: Workspace, each: _At) -> None:
    channel = ws.directory.channel(each.text("channel"))
    if channel is None:
        raise SeedError(f"{each.path}: there is no channel {each.value['channel']!r}")
    parent = _post(ws, channel, each, {})
    root = {"thread_ts": parent["ts"], "parent_user_id": parent["user"]}
    for reply in sorted(each.each("replies"), key=lambda one: -_ago_s(one)):
        _post(ws, channel, reply.only(_MESSAGE), root)


def _post(ws: Workspace, channel: Channel, each: _At, more: Mapping[str, str]) -> Json:
    author = _user(ws, each, each.text("user"))
    said = text.typed(each.text("text"), ws.directory)
    at = f"{ws.clock.now() - _ago_s(each):.6f}"
    while at in channel.messages:
        at = f"{float(at) + 0.000_1:.6f}"
    body = messages.signed_by(ws, author) | {"text": said, "ts": at, **more}
    return messages.post(ws, channel, body, quiet=True)


def _user(ws: Workspace, each: _At, name: str) -> User:
    found = ws.directory.user(name)
    if found is None:
        raise SeedError(f"{each.path}: there is nobody called {name!r}")
    return found


def _ago_s(each: _At) -> float:
    value = each.value.get("ago_s", 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise SeedError(f"{each.path}.ago_s must be a number of seconds, not before now")
    return float(value)
