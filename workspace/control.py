"""The control API: people's actions, faults, the clock, and everything there is to see.

Every body and answer is JSON, but for the upload (multipart) and the event stream (SSE). A refusal
is `{"error": code}` with a 4xx status.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from workspace import actions, interactions, messages, payloads
from workspace.guard import guard
from workspace.journal import Record
from workspace.people import APP_ID, BOT_USER, Channel, User
from workspace.state import Workspace
from workspace.wire import Json, Refused

_SHOWN_ONLY = frozenset({"file", "ack", "session"})

Handler = Callable[[Workspace, Request], Awaitable[Response]]


async def health(ws: Workspace, request: Request) -> Response:
    """Say that the server answers."""
    del ws, request
    return JSONResponse({"ok": True})


async def state(ws: Workspace, request: Request) -> Response:
    """Return what a person's page needs before it listens to events."""
    me = ws.directory.person(request.query_params.get("user", "ana"))
    features = ws.manifest.get("features") or {}
    body: Json = {
        "team": {key: payloads.team()[key] for key in ("id", "name")},
        "me": me.card(),
        "app": {"id": APP_ID, "name": "Atelier", "bot_user_id": BOT_USER},
        "users": [user.card() for user in ws.directory.users.values()],
        "channels": [each.card() for each in _channels_of(ws, me)],
        "commands": features.get("slash_commands") or [],
        "shortcuts": features.get("shortcuts") or [],
        "home": _page_view(ws, ws.homes.get(me.id)),
        "views": [
            _page_view(ws, ws.views[name]) for stack in ws.stacks.get(me.id, ()) for name in stack
        ],
        "last_event_id": ws.journal.last_id,
        "file_token": ws.page_token,
    }
    return JSONResponse(body)


async def list_messages(ws: Workspace, request: Request) -> Response:
    """Return a channel's messages, or a thread's, oldest first."""
    query = request.query_params
    channel, mine = _watched(ws, request)
    thread_ts = query.get("thread_ts", "")
    found = list(messages.listed(channel, thread_ts))
    found += [each for each in mine if _is_here(each, channel, thread_ts)]
    found.sort(key=lambda message: message["ts"])
    return JSONResponse({"messages": [messages.with_sources(ws, each) for each in found]})


async def say(ws: Workspace, request: Request) -> Response:
    """Post what a person typed."""
    body = await _body(request)
    user, channel = _where(ws, body)
    thread_ts = str(body.get("thread_ts") or "")
    message = actions.say(ws, user, channel, str(body.get("text", "")), thread_ts)
    return JSONResponse({"ok": True, "ts": message["ts"]})


async def slash(ws: Workspace, request: Request) -> Response:
    """Run a slash command and return the app's acknowledgement."""
    body = await _body(request)
    user, channel = _where(ws, body)
    command, rest = str(body.get("command", "")), str(body.get("text") or "")
    return JSONResponse(await actions.slash(ws, user, channel, command, rest))


async def click(ws: Workspace, request: Request) -> Response:
    """Use an element of a message or a view."""
    body = await _body(request)
    return JSONResponse(await interactions.click(ws, _actor(ws, body), body))


async def suggest(ws: Workspace, request: Request) -> Response:
    """Type into an external select."""
    body = await _body(request)
    return JSONResponse(await interactions.suggest(ws, _actor(ws, body), body))


async def submit(ws: Workspace, request: Request) -> Response:
    """Submit a modal."""
    body = await _body(request)
    return JSONResponse(await interactions.submit(ws, _actor(ws, body), body))


async def close_view(ws: Workspace, request: Request) -> Response:
    """Close a modal."""
    body = await _body(request)
    return JSONResponse(await interactions.close_view(ws, _actor(ws, body), body))


async def shortcut(ws: Workspace, request: Request) -> Response:
    """Use a global or message shortcut."""
    body = await _body(request)
    user = _actor(ws, body)
    channel = ws.directory.place(str(body["channel"]), user) if body.get("channel") else None
    callback_id, ts = str(body.get("callback_id", "")), str(body.get("ts") or "")
    return JSONResponse(await actions.shortcut(ws, user, callback_id, channel, ts))


async def home(ws: Workspace, request: Request) -> Response:
    """Open the app's Home."""
    body = await _body(request)
    user = _actor(ws, body)
    return JSONResponse(await actions.open_home(ws, user, str(body.get("tab") or "home")))


async def stop(ws: Workspace, request: Request) -> Response:
    """Press a thread's stop button."""
    body = await _body(request)
    user, channel = _where(ws, body)
    return JSONResponse(await actions.stop(ws, user, channel, str(body.get("thread_ts", ""))))


async def upload(ws: Workspace, request: Request) -> Response:
    """Post a person's file."""
    async with request.form() as form:
        body = {name: value for name, value in form.items() if isinstance(value, str)}
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused("no_file")
        given = actions.Upload(
            name=file.filename or "file",
            content=await file.read(),
            said=body.get("text", ""),
            thread_ts=body.get("thread_ts", ""),
        )
    user, channel = _where(ws, body)
    message = actions.upload(ws, user, channel, given)
    file_id = message["files"][0]["id"]
    return JSONResponse({"ok": True, "ts": message["ts"], "file_id": file_id})


async def calls(ws: Workspace, request: Request) -> Response:
    """Return the Web API calls, oldest first; `limit` keeps the newest."""
    query = request.query_params
    wanted = query.get("method")
    found = [each for each in ws.calls if wanted in {None, each["method"]}]
    limit = int(_number(query.get("limit", len(found))))
    return JSONResponse({"calls": found[-limit:] if limit > 0 else []})


async def visible(ws: Workspace, request: Request) -> Response:
    """Return every state of everything this person has been shown."""
    user = ws.directory.person(request.query_params.get("user", ""))
    return JSONResponse({"shown": [_shown(each) for each in ws.journal.shown_to(user.id)]})


async def deliveries(ws: Workspace, request: Request) -> Response:
    """Return what became of every envelope."""
    del request
    return JSONResponse({"deliveries": list(ws.dispatcher.log)})


async def faults(ws: Workspace, request: Request) -> Response:
    """Add a fault; a `disconnect` that matches nothing in particular happens at once."""
    if request.method == "DELETE":
        ws.faults.clear()
        return JSONResponse({"ok": True})
    match, effect = ws.faults.add(await _body(request))
    if effect.disconnect and match.method is None and match.envelope is None:
        await ws.dispatcher.carrier.disconnect(effect.disconnect)
    return JSONResponse({"id": ws.ids.next("X")})


async def clock(ws: Workspace, request: Request) -> Response:
    """Advance the clock."""
    body = await _body(request)
    return JSONResponse({"now": ws.clock.advance(_number(body.get("advance_s", 0)))})


async def manifest(ws: Workspace, request: Request) -> Response:
    """Load the app's manifest: its commands, shortcuts and event subscriptions."""
    ws.manifest = await _body(request)
    return JSONResponse({"ok": True})


async def events(ws: Workspace, request: Request) -> Response:
    """Stream a person's events (SSE), from `Last-Event-ID` (header) or `last_event_id` (query)."""
    query = request.query_params
    user = ws.directory.person(query.get("user", "ana"))
    last = request.headers.get("last-event-id") or query.get("last_event_id")
    start = int(last) if last and last.isdigit() else ws.journal.last_id
    headers = {"Cache-Control": "no-store"}
    lines = _lines(ws, start, user)
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


async def _lines(ws: Workspace, start: int, user: User) -> AsyncIterator[str]:
    yield ": hello\n\n"
    async with aclosing(ws.journal.follow(start, user.id)) as records:
        async for record in records:
            if record is None:
                yield ": idle\n\n"
            elif record.event["type"] not in _SHOWN_ONLY:
                yield f"id: {record.id}\ndata: {json.dumps(record.event)}\n\n"


def _shown(record: Record) -> Json:
    event = record.event
    payload = event.get("message") or event.get("view") or event.get("file") or event
    return {
        "at": record.at,
        "kind": record.shown,
        "channel": event.get("channel", ""),
        "ts": payload.get("ts", event.get("thread_ts", "")),
        "payload": payload,
    } | ({"sha256": event["sha256"]} if "sha256" in event else {})


def _watched(ws: Workspace, request: Request) -> tuple[Channel, list[Json]]:
    """Return the channel asked for, and the ephemerals of the person who asks."""
    query = request.query_params
    name = query.get("channel", "")
    if query.get("user"):
        user = ws.directory.person(query["user"])
        return ws.directory.place(name, user), ws.ephemerals.get(user.id, [])
    channel = ws.directory.channel(name)
    if channel is None:
        raise Refused("channel_not_found", 404)
    return channel, []


def _is_here(message: Json, channel: Channel, thread_ts: str) -> bool:
    return message["channel"] == channel.id and message.get("thread_ts", "") == thread_ts


def _actor(ws: Workspace, body: Json) -> User:
    return ws.directory.person(str(body.get("user", "")))


def _where(ws: Workspace, body: Json) -> tuple[User, Channel]:
    user = _actor(ws, body)
    return user, ws.directory.place(str(body.get("channel", "")), user)


def _channels_of(ws: Workspace, user: User) -> list[Channel]:
    return [each for each in ws.directory.channels.values() if user.id in each.members]


def _page_view(ws: Workspace, view: Json | None) -> Json | None:
    return None if view is None else messages.with_sources(ws, view)


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise Refused("not_a_number") from error


async def _body(request: Request) -> Json:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise Refused("invalid_json") from error
    if not isinstance(body, dict):
        raise Refused("json_not_object")
    return body


def routes(ws: Workspace) -> list[Route]:
    """Return the routes under `/_control`."""

    def route(name: str, handler: Handler, *verbs: str) -> Route:
        async def endpoint(request: Request) -> Response:
            guard(request)
            return await handler(ws, request)

        return Route(f"/{name}", endpoint, methods=list(verbs))

    reads: dict[str, Handler] = {
        "health": health,
        "state": state,
        "messages": list_messages,
        "calls": calls,
        "visible": visible,
        "deliveries": deliveries,
        "events": events,
    }
    writes: dict[str, Handler] = {
        "say": say,
        "slash": slash,
        "click": click,
        "suggest": suggest,
        "submit": submit,
        "close_view": close_view,
        "shortcut": shortcut,
        "home": home,
        "stop": stop,
        "upload": upload,
        "clock": clock,
        "manifest": manifest,
    }
    return [
        *(route(name, handler, "GET") for name, handler in reads.items()),
        *(route(name, handler, "POST") for name, handler in writes.items()),
        route("faults", faults, "POST", "DELETE"),
    ]
