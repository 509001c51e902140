"""What a person does: each answers with what came of it."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workspace import actions, files, interactions, processing
from workspace.control import asking
from workspace.control.asking import Handler
from workspace.state import Workspace
from workspace.wire import Refused


async def say(ws: Workspace, request: Request) -> Response:
    """Post what a person typed."""
    body = await asking.body(request)
    user, channel = asking.open_where(ws, body)
    thread_ts = str(body.get("thread_ts") or "")
    message = actions.say(ws, user, channel, str(body.get("text", "")), thread_ts)
    return JSONResponse({"ok": True, "ts": message["ts"]})


async def slash(ws: Workspace, request: Request) -> Response:
    """Run a slash command and return the app's acknowledgement."""
    body = await asking.body(request)
    user, channel = asking.open_where(ws, body)
    command, rest = str(body.get("command", "")), str(body.get("text") or "")
    return JSONResponse(await actions.slash(ws, user, channel, command, rest))


async def click(ws: Workspace, request: Request) -> Response:
    """Use an element of a message or a view."""
    body = await asking.body(request)
    return JSONResponse(await interactions.click(ws, asking.actor(ws, body), body))


async def suggest(ws: Workspace, request: Request) -> Response:
    """Type into an external select."""
    body = await asking.body(request)
    return JSONResponse(await interactions.suggest(ws, asking.actor(ws, body), body))


async def submit(ws: Workspace, request: Request) -> Response:
    """Submit a modal."""
    body = await asking.body(request)
    return JSONResponse(await interactions.submit(ws, asking.actor(ws, body), body))


async def close_view(ws: Workspace, request: Request) -> Response:
    """Close a modal."""
    body = await asking.body(request)
    return JSONResponse(await interactions.close_view(ws, asking.actor(ws, body), body))


async def shortcut(ws: Workspace, request: Request) -> Response:
    """Use a global or message shortcut."""
    body = await asking.body(request)
    user = asking.actor(ws, body)
    channel = ws.directory.place(str(body["channel"]), user) if body.get("channel") else None
    callback_id, ts = str(body.get("callback_id", "")), str(body.get("ts") or "")
    return JSONResponse(await actions.shortcut(ws, user, callback_id, channel, ts))


async def home(ws: Workspace, request: Request) -> Response:
    """Open the app's Home."""
    body = await asking.body(request)
    user = asking.actor(ws, body)
    return JSONResponse(await actions.open_home(ws, user, str(body.get("tab") or "home")))


async def upload(ws: Workspace, request: Request) -> Response:
    """Post a person's file; answered when it is processed, as Slack's own composer waits."""
    async with request.form() as form:
        body = {name: value for name, value in form.items() if isinstance(value, str)}
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused("no_file")
        if (file.size or 0) > min(files.room_bytes(ws), ws.uploads.limits.file_bytes):
            raise Refused("file_too_large", 413)
        given = actions.Upload(
            name=file.filename or "file",
            content=await file.read(),
            said=body.get("text", ""),
            thread_ts=body.get("thread_ts", ""),
        )
    user, channel = asking.open_where(ws, body)
    message = actions.upload(ws, user, channel, given)
    file_id = message["files"][0]["id"]
    await processing.finished(ws, [file_id])
    return JSONResponse({"ok": True, "ts": message["ts"], "file_id": file_id})


WRITES: Mapping[str, Handler] = MappingProxyType(
    {
        "say": say,
        "slash": slash,
        "click": click,
        "suggest": suggest,
        "submit": submit,
        "close_view": close_view,
        "shortcut": shortcut,
        "home": home,
        "upload": upload,
    }
)
