"""By what our own messages are known again: their metadata, or the task that a stream began with.

A stream has no metadata before it ends (docs.slack.dev/reference/methods/chat.startStream), so its
first task carries what stands there otherwise. Pure.
"""

import re
from collections.abc import Mapping
from typing import Any

Message = Mapping[str, Any]
Key = tuple[str, int]
"""Request and part."""

_EVENT = "atelier_message"
_TASK = re.compile(r"atelier-([0-9a-f]{32})-(-?\d+)")


def metadata(key: Key) -> dict[str, Any]:
    """Return the metadata of a message."""
    return {"event_type": _EVENT, "event_payload": {"request_id": key[0], "part": key[1]}}


def task_id(key: Key) -> str:
    """Return the id of the task that a message's stream begins with.

    >>> task_id(("0" * 32, 0))
    'atelier-00000000000000000000000000000000-0'
    """
    return f"atelier-{key[0]}-{key[1]}"


def key_of(message: Message) -> Key | None:
    """Return which part of which request a message stands for; None where it is none of ours."""
    given = message.get("metadata") or {}
    payload = given.get("event_payload") or {}
    if given.get("event_type") == _EVENT and {"request_id", "part"} <= set(payload):
        return str(payload["request_id"]), int(payload["part"])
    return next((key for task in tasks(message) if (key := _key(task))), None)


def tasks(message: Message) -> list[Mapping[str, Any]]:
    """Return the task cards that a message shows."""
    return [each for each in message.get("blocks") or () if each.get("type") == "task_card"]


def _key(task: Mapping[str, Any]) -> Key | None:
    match = _TASK.fullmatch(str(task.get("task_id", "")))
    return (match[1], int(match[2])) if match else None
