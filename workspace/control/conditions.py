"""The workspace itself: faults, the clock, the app's manifest."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workspace.control import asking
from workspace.control.asking import Handler
from workspace.state import Workspace


async def faults(ws: Workspace, request: Request) -> Response:
    """Add a fault; a `disconnect` that matches nothing in particular happens at once."""
    if request.method == "DELETE":
        ws.faults.clear()
        return JSONResponse({"ok": True})
    match, effect = ws.faults.add(await asking.body(request))
    if effect.disconnect and match.method is None and match.envelope is None:
        await ws.dispatcher.carrier.disconnect(effect.disconnect)
    return JSONResponse({"id": ws.ids.next("X")})


async def clock(ws: Workspace, request: Request) -> Response:
    """Advance the clock."""
    body = await asking.body(request)
    return JSONResponse({"now": ws.clock.advance(asking.number(body.get("advance_s", 0)))})


async def manifest(ws: Workspace, request: Request) -> Response:
    """Load the app's manifest: its commands, shortcuts and event subscriptions."""
    ws.manifest = await asking.body(request)
    return JSONResponse({"ok": True})


WRITES: Mapping[str, Handler] = MappingProxyType({"clock": clock, "manifest": manifest})
