"""The workspace itself: faults, the clock, the app's manifest, what the app was sent."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workspace import mishaps
from workspace.control import asking
from workspace.control.asking import Handler
from workspace.faults import BadFault
from workspace.state import Workspace
from workspace.wire import Json, Refused

_LONGEST_S = 10 * 366 * 86_400.0


async def faults(ws: Workspace, request: Request) -> Response:
    """List the faults, add one, or clear them (`?id=` one of them); a bad one is told why."""
    if request.method == "GET":
        return JSONResponse({"faults": ws.faults.cards()})
    if request.method == "DELETE":
        ws.faults.clear(request.query_params.get("id", ""))
        return JSONResponse({"ok": True})
    body = await asking.body(request)
    try:
        rule = ws.faults.add(body, lambda effect: mishaps.check(ws, effect))
    except BadFault as reason:
        return JSONResponse({"error": "bad_fault", "message": str(reason)}, status_code=400)
    if rule.match.names_nothing:
        await mishaps.happen(ws, rule.effect)
    return JSONResponse({"id": rule.id})


async def clock(ws: Workspace, request: Request) -> Response:
    """Advance the clock; it never goes back."""
    body = await asking.body(request)
    advance_s = asking.number(body.get("advance_s", 0))
    if not 0 <= advance_s <= _LONGEST_S:
        raise Refused("bad_advance")
    return JSONResponse({"now": ws.clock.advance(advance_s)})


async def manifest(ws: Workspace, request: Request) -> Response:
    """Load the app's manifest: its commands, shortcuts, event subscriptions and request URLs."""
    ws.manifest = await asking.body(request)
    return JSONResponse({"ok": True})


async def payloads(ws: Workspace, request: Request) -> Response:
    """Return what the app was sent, oldest first: the newest 2,000 (`limit` keeps fewer)."""
    query = request.query_params
    wanted = query.get("kind")
    sent: list[Json] = [
        row | {"payload": envelope.payload}
        for row, envelope in ws.dispatcher.sent
        if wanted in {None, envelope.kind}
    ]
    if query.get("limit", "").isdecimal():
        sent = sent[max(0, len(sent) - int(query["limit"])) :]
    return JSONResponse({"payloads": sent})


async def ssl_check(ws: Workspace, request: Request) -> Response:
    """Ask a command's request URL what Slack asks now and then; whether it answered."""
    body = await asking.body(request)
    return JSONResponse({"ok": await ws.poster.check_ssl(str(body.get("command", "")))})


READS: Mapping[str, Handler] = MappingProxyType({"payloads": payloads})
WRITES: Mapping[str, Handler] = MappingProxyType(
    {"clock": clock, "manifest": manifest, "ssl_check": ssl_check}
)
