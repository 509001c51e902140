"""The Web API's door: arguments, token, faults, the call, the log.

A plain ASGI application, because a fault may have to cut the TCP connection.
"""

import asyncio
import time
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from workspace import args, mishaps
from workspace.args import Call
from workspace.faults import Effect
from workspace.guard import guard
from workspace.methods.table import METHODS, Method
from workspace.people import APP_TOKEN, BOT_USER, User
from workspace.state import Workspace
from workspace.wire import Json, SlackError

_STREAMING = frozenset({"chat.startStream", "chat.appendStream", "chat.stopStream"})
_STATUS_ERRORS = {429: "ratelimited", 500: "internal_error", 503: "service_unavailable"}


class WebApi:
    """Answers `/api/{method}`."""

    def __init__(self, ws: Workspace) -> None:
        """Serve this workspace; from here on its faults also happen to its envelopes."""
        self._ws = ws
        ws.dispatcher.befall = partial(mishaps.happen, ws)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or cut the connection when a fault says so."""
        request = Request(scope, receive)
        guard(request)
        method = str(request.path_params["method"])
        effect = self._ws.faults.for_method(method)
        if effect.reset == "before":
            await cut(request)
            return
        if effect.happens:
            await mishaps.happen(self._ws, effect)
        response = await self._answer(request, method, effect)
        if effect.reset == "after":
            await cut(request)
        elif effect.truncate is not None:
            await _send_part(response, send, effect.truncate)
            await cut(request, at_once=False)
        else:
            await response(scope, receive, send)

    async def _answer(self, request: Request, method: str, effect: Effect) -> JSONResponse:
        started = time.perf_counter()
        if effect.delay_s:
            await self._ws.clock.sleep(effect.delay_s)
        given: Json = {}
        headers = {"x-oauth-scopes": ",".join(sorted(self._ws.scopes))}
        try:
            given |= await args.read(request)
            token = args.token(request, given)
            status, body = _failed(effect) or self._run(method, token, given, effect)
        except SlackError as error:
            status, body = 200, error.body()
        retry_after = body.pop("retry_after", effect.retry_after_s)
        if retry_after is not None:
            headers["Retry-After"] = f"{retry_after:g}"
        self._log(method, given, status, body, (time.perf_counter() - started) * 1000)
        return JSONResponse(body, status_code=status, headers=headers)

    def _run(self, method: str, token: str, given: Json, effect: Effect) -> tuple[int, Json]:
        rules = METHODS.get(method)
        if rules is None or (method in _STREAMING and not self._ws.faults.streaming):
            raise SlackError("unknown_method")
        caller = self._caller(rules, token)
        channel = self._ws.directory.channel(str(given.get("channel", "")))
        place = channel.id if channel is not None else ""
        wait_s = self._ws.limits.wait_s(rules.tier, method, token, place)
        if wait_s:
            return 429, {"ok": False, "error": "ratelimited", "retry_after": wait_s}
        if caller.is_bot:
            _check_scope(rules, self._ws.scopes)
        args.check(given, rules.required.split())
        late_s, drop = effect.late_s, effect.drop
        call = Call(ws=self._ws, caller=caller, given=given, late_s=late_s, drop=drop)
        return 200, {"ok": True} | rules.run(call)

    def _caller(self, rules: Method, token: str) -> User:
        """Return whom the token belongs to; SlackError when the method takes no such token."""
        owner = self._ws.directory.owner(token)
        if rules.level == "none":
            return owner or self._ws.directory.users[BOT_USER]
        if not token:
            raise SlackError("not_authed")
        if owner is None and token != APP_TOKEN:
            raise SlackError("invalid_auth")
        if token in self._ws.revoked or token in self._ws.faults.revoked:
            raise SlackError("token_revoked")
        if (rules.level == "app") != (token == APP_TOKEN):
            raise SlackError("not_allowed_token_type")
        return owner or self._ws.directory.users[BOT_USER]

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


async def cut(request: Request, *, at_once: bool = True) -> None:
    """Close the request's TCP connection, at once or when all that was written is sent.

    The server gives each request its transport as `state.transport`; see `server.HttpProtocol`.
    """
    transport: asyncio.Transport = request.state.transport
    if at_once:
        transport.abort()
    else:
        transport.close()
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _send_part(response: JSONResponse, send: Send, size_bytes: int) -> None:
    """Send the head of an answer, with its full length, and so many bytes of its body."""
    head = {"status": response.status_code, "headers": response.raw_headers}
    await send({"type": "http.response.start", **head})
    part = bytes(response.body[:size_bytes])
    await send({"type": "http.response.body", "body": part, "more_body": True})


def _check_scope(rules: Method, granted: frozenset[str]) -> None:
    """Refuse a method of whose scopes the app has none: `missing_scope`, with both lists."""
    if rules.scopes and granted.isdisjoint(rules.scopes.split()):
        needed, provided = rules.scopes.replace(" ", ","), ",".join(sorted(granted))
        raise SlackError("missing_scope", more={"needed": needed, "provided": provided})


def _failed(effect: Effect) -> tuple[int, Json] | None:
    if effect.status is None and effect.error is None:
        return None
    status = effect.status or 200
    error = effect.error or _STATUS_ERRORS.get(status, "internal_error")
    return status, {"ok": False, "error": error}
