"""A reply that its author also sends to the channel."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workspace import actions, links, messages, text
from workspace.control import asking
from workspace.control.asking import Handler
from workspace.state import Workspace
from workspace.wire import Json, Refused


async def broadcast(ws: Workspace, request: Request) -> Response:
    """Reply in a thread and show the reply in the channel too: a `thread_broadcast`."""
    body = await asking.body(request)
    user, channel = asking.open_where(ws, body)
    place = actions.in_thread(channel, str(body.get("thread_ts") or ""))
    if not place:
        raise Refused("thread_not_found", 404)
    said = text.typed_body(str(body.get("text", "")), ws.directory, ws.ids.short())
    root = channel.messages.get(place["thread_ts"], {})
    wide: Json = {"subtype": "thread_broadcast", "root": root}
    message = messages.signed_by(ws, user) | said | place | wide
    message = messages.post(ws, channel, message)
    links.announce(ws, channel, message)
    return JSONResponse({"ok": True, "ts": message["ts"]})


WRITES: Mapping[str, Handler] = MappingProxyType({"broadcast": broadcast})
