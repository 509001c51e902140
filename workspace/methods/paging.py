"""Paging by `cursor` and `limit`: a cursor is the place of the next page, opaque to clients."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from workspace.args import Call
from workspace.wire import Json, SlackError

_T = TypeVar("_T")


def paged(call: Call, items: Sequence[_T], *, most: int = 1000) -> tuple[list[_T], Json]:
    """Return the page asked for (`limit` 1 to `most`, else 100), and `response_metadata`."""
    start = _start(str(call.given.get("cursor") or ""))
    end = start + call.number("limit", 100, most)
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), {"response_metadata": {"next_cursor": cursor}}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        start = int(number)
    except (binascii.Error, ValueError) as error:
        raise SlackError("invalid_cursor") from error
    if word != "next" or start < 0:
        raise SlackError("invalid_cursor")
    return start
