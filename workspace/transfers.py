"""Bytes and answers that travel outside the Web API: uploads, downloads, response URLs."""

import asyncio
import hmac
import json
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive

from workspace import files, filetypes, responses
from workspace.guard import guard
from workspace.people import User
from workspace.state import StoredFile, Workspace
from workspace.uploads import Ticket
from workspace.wire import Json, SlackError

_INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}
_INLINE = frozenset(filetypes.PICTURES.values()) - {"image/bmp"}
_FORM_BYTES = 1 << 16
"""What a multipart form may need beside its file."""

_DRAINED_BYTES = 1 << 24


class _TooLongError(Exception):
    """More bytes came than the upload address has leave for."""


async def upload(ws: Workspace, request: Request) -> Response:
    """Take the bytes of one upload, raw or as a multipart file; answer `OK - size`.

    404 for an address that is unknown, used or expired; 413 for more bytes than were announced
    or fit; 400 for fewer. Only a success uses the address up.
    """
    files.prune(ws)
    room_bytes = files.room_bytes(ws)
    ticket = ws.uploads.take(str(request.path_params["token"]))
    if ticket is None:
        return PlainTextResponse("not found", status_code=404)
    arrived = False
    try:
        response = await _received(ws, request, ticket, room_bytes)
        arrived = response.status_code == 200  # noqa: PLR2004  # HTTP's OK
    finally:
        ws.uploads.end(ticket, arrived=arrived)
    return response


async def download(ws: Workspace, request: Request) -> Response:
    """Serve a file to the app, a person who may see it, or the page; others go to the page."""
    stored = ws.files.get(str(request.path_params["file_id"]))
    if stored is None or not stored.has_content:
        return PlainTextResponse("not found", status_code=404)
    if not _may_read(ws, request, stored):
        return _sign_in(request)
    kind = str(stored.info["mimetype"]) or "application/octet-stream"
    inline = kind in _INLINE and "/download/" not in request.url.path
    way = "inline" if inline else "attachment"
    name = quote(stored.info["name"], safe="")
    headers = _INERT | {"Content-Disposition": f"{way}; filename*=UTF-8''{name}"}
    return Response(stored.content, media_type=kind, headers=headers)


async def thumb(ws: Workspace, request: Request) -> Response:
    """Serve a thumbnail to those who may have the file."""
    stored = ws.files.get(str(request.path_params["file_id"]))
    edge = str(request.path_params["name"]).rpartition(".")[0].rpartition("_")[2]
    thumbs = stored.picture.thumbs if stored is not None and stored.picture is not None else {}
    found = next((each for size, each in thumbs.items() if str(size) == edge), None)
    if stored is None or stored.picture is None or found is None:
        return PlainTextResponse("not found", status_code=404)
    if not _may_read(ws, request, stored):
        return _sign_in(request)
    kind = filetypes.PICTURES[stored.picture.suffix]
    return Response(found.content, media_type=kind, headers=_INERT)


async def permalink(ws: Workspace, request: Request) -> Response:
    """Lead from a file's permalink to the page: to the message that shares it, if there is one."""
    guard(request)
    stored = ws.files.get(str(request.path_params["file_id"]))
    if stored is None:
        return PlainTextResponse("not found", status_code=404)
    for places in stored.info["shares"].values():
        for channel, entries in places.items():
            path = f"/archives/{channel}/p{entries[0]['ts'].replace('.', '')}"
            thread = entries[0].get("thread_ts")
            query = f"?thread_ts={thread}&cid={channel}" if thread else ""
            return RedirectResponse(path + query, status_code=302)
    return RedirectResponse("/", status_code=302)


async def hook(ws: Workspace, request: Request) -> Response:
    """Take one post to a response URL."""
    try:
        responses.respond(ws, str(request.path_params["token"]), await _json(request))
    except SlackError as error:
        status = 404 if error.code in {"used_url", "expired_url"} else 400
        return JSONResponse(error.body(), status_code=status)
    return PlainTextResponse("ok")


def routes(ws: Workspace) -> list[Route]:
    """Return the routes of uploads, files and response URLs."""

    async def on_upload(request: Request) -> Response:
        return await upload(ws, request)

    async def on_download(request: Request) -> Response:
        return await download(ws, request)

    async def on_thumb(request: Request) -> Response:
        return await thumb(ws, request)

    async def on_permalink(request: Request) -> Response:
        return await permalink(ws, request)

    async def on_hook(request: Request) -> Response:
        return await hook(ws, request)

    return [
        Route("/upload/{token}", on_upload, methods=["POST"]),
        Route("/files/{file_id}/{name}", on_download, methods=["GET"]),
        Route("/files/{file_id}/download/{name}", on_download, methods=["GET"]),
        Route("/files/{file_id}/thumb/{name}", on_thumb, methods=["GET"]),
        Route("/files/{user_id}/{file_id}/{name}", on_permalink, methods=["GET"]),
        Route("/hooks/{token}", on_hook, methods=["POST"]),
    ]


def _may_read(ws: Workspace, request: Request, stored: StoredFile) -> bool:
    if hmac.compare_digest(request.query_params.get("t", "").encode(), ws.page_token.encode()):
        return True
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    owner: User | None = ws.directory.owner(token) if scheme.lower() == "bearer" else None
    if owner is None or (owner.is_bot and "files:read" not in ws.scopes):
        return False
    return files.may_see(ws, owner, stored)


def _sign_in(request: Request) -> Response:
    """Answer as Slack does who may not have a file: with the way to an HTML page, not an error."""
    return RedirectResponse(f"/?redir={quote(request.url.path, safe='')}", status_code=302)


async def _received(ws: Workspace, request: Request, ticket: Ticket, room_bytes: int) -> Response:
    most = min(ticket.length, room_bytes)
    stored = ws.files.get(ticket.file_id)
    if stored is None:
        return PlainTextResponse("not found", status_code=404)
    try:
        content = await _content(request, most)
    except _TooLongError:
        return PlainTextResponse("too large", status_code=413)
    except ClientDisconnect:
        return PlainTextResponse("incomplete", status_code=400)
    if len(content) != ticket.length:
        return PlainTextResponse("length mismatch", status_code=400)
    await asyncio.to_thread(files.fill, stored, content)
    return PlainTextResponse(f"OK - {len(content)}")


async def _content(request: Request, most: int) -> bytes:
    """Return the bytes that were posted; _TooLongError as early as it shows."""
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    counted = _Counted(request.receive, most + (_FORM_BYTES if is_form else 0))
    try:
        counted.expect(request.headers.get("content-length", ""))
        inner = Request(request.scope, counted.receive)
        content = await (_form_file(inner) if is_form else inner.body())
    except _TooLongError:
        await counted.drain()
        raise
    if len(content) > most:
        raise _TooLongError
    return content


class _Counted:
    """A request's body, of which only so many bytes may come."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.left = most
        self._receive = receive
        self._is_over = False

    def expect(self, declared: str) -> None:
        """Take the announced length; _TooLongError when it is more than allowed."""
        if declared.isdigit() and int(declared) > self.left:
            raise _TooLongError

    async def receive(self) -> Message:
        """Receive a piece; _TooLongError once there is more than allowed."""
        message = await self._piece()
        if self.left < 0:
            raise _TooLongError
        return message

    async def drain(self) -> None:
        """Read on a little, so that a client that is still writing gets to read its answer."""
        while not self._is_over and self.left > -_DRAINED_BYTES:
            await self._piece()

    async def _piece(self) -> Message:
        message = await self._receive()
        self.left -= len(message.get("body", b""))
        self._is_over = not message.get("more_body", False)
        return message


async def _form_file(request: Request) -> bytes:
    async with request.form(max_files=1, max_fields=10) as form:
        parts = [part for part in form.values() if not isinstance(part, str)]
        return await parts[0].read() if parts else b""


async def _json(request: Request) -> Json:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise SlackError("invalid_payload") from error
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body
