"""The Web API's door: arguments, token, faults, the call, the log.

A plain ASGI application, because a fault may have to cut the TCP connection.
"""

import time

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from workspace import args
from workspace.args import Call
from workspace.faults import Effect
from workspace.guard import guard
from workspace.methods.table import APP_LEVEL, METHODS, NO_TOKEN
from workspace.people import APP_TOKEN, BOT_USER, User
from workspace.state import Workspace
from workspace.wire import Json, SlackError

SCOPES = (
    "app_mentions:read,assistant:write,channels:history,channels:read,chat:write,commands,"
    "files:read,files:write,groups:history,groups:read,im:history,im:read,im:write,"
    "reactions:write,team:read,users:read"
)
_STATUS_ERRORS = {429: "ratelimited", 500: "internal_error", 503: "service_unavailable"}


class WebApi:
    """Answers `/api/{method}`."""

    def __init__(self, ws: Workspace) -> None:
        """Serve this workspace."""
        self._ws = ws

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or cut the connection when a fault says so."""
        request = Request(scope, receive)
        guard(request)
        method = str(request.path_params["method"])
        effect = self._ws.faults.for_method(method)
        if effect.reset == "before":
            await cut(receive)
            return
        response = await self._answer(request, method, effect)
        if effect.reset == "after":
            await cut(receive)
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request, method: str, effect: Effect) -> JSONResponse:
        started = time.perf_counter()
        if effect.delay_s:
            await self._ws.clock.sleep(effect.delay_s)
        given: Json = {}
        try:
            given |= await args.read(request)
            token = args.token(request, given)
            status, body = _failed(effect) or (200, self._run(method, token, given, effect))
        except SlackError as error:
            status, body = 200, error.body()
        self._log(method, given, status, body, (time.perf_counter() - started) * 1000)
        return _response(status, body, effect)

    def _run(self, method: str, token: str, given: Json, effect: Effect) -> Json:
        run = METHODS.get(method)
        if run is None:
            raise SlackError("unknown_method")
        caller = self._caller(method, token)
        late_s, drop = effect.late_s, effect.drop
        call = Call(ws=self._ws, caller=caller, given=given, late_s=late_s, drop=drop)
        return {"ok": True} | run(call)

    def _caller(self, method: str, token: str) -> User:
        directory = self._ws.directory
        if token == APP_TOKEN or method in APP_LEVEL | NO_TOKEN:
            _check_level(method, token, is_known=directory.owner(token) is not None)
            return directory.users[BOT_USER]
        if not token:
            raise SlackError("not_authed")
        owner = directory.owner(token)
        if owner is None:
            raise SlackError("invalid_auth")
        return owner

    def _log(self, method: str, given: Json, status: int, body: Json, elapsed_ms: float) -> None:
        calls = self._ws.calls
        entry: Json = {
            "n": calls[-1]["n"] + 1 if calls else 1,
            "at": self._ws.clock.now(),
            "method": method,
            "args": given,
            "ok": body["ok"],
            "error": body.get("error"),
            "status": status,
            "elapsed_ms": round(elapsed_ms, 3),
        }
        calls.append(entry)
        self._ws.journal.publish({"type": "call", **entry})


async def cut(receive: Receive) -> None:
    """Close the TCP connection without an answer (the server's cycle owns the transport)."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _check_level(method: str, token: str, *, is_known: bool) -> None:
    """Refuse a token of the wrong level; methods in NO_TOKEN take any, or none."""
    if method in NO_TOKEN:
        return
    if not token:
        raise SlackError("not_authed")
    if method in APP_LEVEL and token == APP_TOKEN:
        return
    raise SlackError("not_allowed_token_type" if is_known or token == APP_TOKEN else "invalid_auth")


def _failed(effect: Effect) -> tuple[int, Json] | None:
    if effect.status is None and effect.error is None:
        return None
    status = effect.status or 200
    error = effect.error or _STATUS_ERRORS.get(status, "internal_error")
    return status, {"ok": False, "error": error}


def _response(status: int, body: Json, effect: Effect) -> JSONResponse:
    headers = {"x-oauth-scopes": SCOPES}
    if effect.retry_after_s is not None:
        headers["Retry-After"] = f"{effect.retry_after_s:g}"
    return JSONResponse(body, status_code=status, headers=headers)
