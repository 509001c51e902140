"""What a control request says: its JSON body, who acts, and where."""

import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from workspace.people import Channel, User
from workspace.state import Workspace
from workspace.wire import Json, Refused

Handler = Callable[[Workspace, Request], Awaitable[Response]]


async def body(request: Request) -> Json:
    """Return the JSON object that was sent; Refused when it is something else."""
    try:
        given = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise Refused("invalid_json") from error
    if not isinstance(given, dict):
        raise Refused("json_not_object")
    return given


def actor(ws: Workspace, given: Json) -> User:
    """Return the person who acts; Refused when there is none of that name."""
    return ws.directory.person(str(given.get("user", "")))


def where(ws: Workspace, given: Json) -> tuple[User, Channel]:
    """Return the person who acts and the channel they are in; Refused otherwise."""
    user = actor(ws, given)
    return user, ws.directory.place(str(given.get("channel", "")), user)


def open_where(ws: Workspace, given: Json) -> tuple[User, Channel]:
    """Return the person and a channel that takes messages; Refused when it is archived."""
    user, channel = where(ws, given)
    if channel.is_archived:
        raise Refused("is_archived")
    return user, channel


def number(value: object) -> float:
    """Return a number; Refused when it is something else."""
    try:
        return float(str(value))
    except ValueError as error:
        raise Refused("not_a_number") from error
