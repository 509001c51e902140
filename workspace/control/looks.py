"""What there is to see: a person's page, everything shown so far, calls and deliveries."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from workspace import messages, payloads, threads
from workspace.control import asking, places
from workspace.control.asking import Handler
from workspace.journal import Record
from workspace.people import APP_ID, BOT_USER, Channel, User
from workspace.state import Workspace
from workspace.wire import Json, Refused

_SHOWN_ONLY = frozenset({"file", "ack"})


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
        "stoppable": threads.is_stoppable(ws),
        **threads.cards(ws, me),
        **places.cards(ws, me),
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


async def calls(ws: Workspace, request: Request) -> Response:
    """Return the Web API calls, oldest first; `limit` keeps the newest."""
    query = request.query_params
    wanted = query.get("method")
    found = [each for each in ws.calls if wanted in {None, each["method"]}]
    limit = int(asking.number(query.get("limit", len(found))))
    return JSONResponse({"calls": found[-limit:] if limit > 0 else []})


async def visible(ws: Workspace, request: Request) -> Response:
    """Return every state of everything this person has been shown."""
    user = ws.directory.person(request.query_params.get("user", ""))
    return JSONResponse({"shown": [_shown(each) for each in ws.journal.shown_to(user.id)]})


async def content(ws: Workspace, request: Request) -> Response:
    """Return the bytes of a file that `visible` names by their SHA-256, deleted ones too."""
    wanted = request.query_params.get("sha256", "")
    there = (each.content for each in ws.files.values() if each.sha256 == wanted)
    found = next(there, ws.remains.find(wanted))
    if found is None:
        raise Refused("file_not_found", 404)
    return JSONResponse({"base64": base64.b64encode(found).decode()})


async def deliveries(ws: Workspace, request: Request) -> Response:
    """Return what became of every envelope."""
    del request
    return JSONResponse({"deliveries": list(ws.dispatcher.log)})


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


def _channels_of(ws: Workspace, user: User) -> list[Channel]:
    return [each for each in ws.directory.channels.values() if user.id in each.members]


def _page_view(ws: Workspace, view: Json | None) -> Json | None:
    return None if view is None else messages.with_sources(ws, view)


READS: Mapping[str, Handler] = MappingProxyType(
    {
        "health": health,
        "state": state,
        "messages": list_messages,
        "calls": calls,
        "visible": visible,
        "content": content,
        "deliveries": deliveries,
        "events": events,
    }
)
