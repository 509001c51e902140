"""Bytes and answers that travel outside the Web API: uploads, downloads, response URLs."""

import hmac
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from workspace import files, responses
from workspace.people import User
from workspace.state import StoredFile, Workspace
from workspace.wire import Json, SlackError

_INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}
_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


async def upload(ws: Workspace, request: Request) -> Response:
    """Take the bytes of one upload, raw or as a multipart file; answer `OK - size`."""
    identity = ws.uploads.pop(str(request.path_params["token"]), "")
    stored = ws.files.get(identity)
    if stored is None:
        return PlainTextResponse("not found", status_code=404)
    content = await _content(request)
    files.fill(stored, content)
    return PlainTextResponse(f"OK - {len(content)}")


async def download(ws: Workspace, request: Request) -> Response:
    """Serve a file to the app, a person who may see it, or the page; others go to the page."""
    stored = ws.files.get(str(request.path_params["file_id"]))
    if stored is None or not stored.has_content:
        return PlainTextResponse("not found", status_code=404)
    if not _may_read(ws, request, stored):
        return RedirectResponse("/?redir=file", status_code=302)
    kind = str(stored.info["mimetype"])
    headers = dict(_INERT)
    if kind not in _INLINE or "download" in request.query_params:
        headers["Content-Disposition"] = "attachment"
    return Response(stored.content, media_type=kind, headers=headers)


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

    async def on_hook(request: Request) -> Response:
        return await hook(ws, request)

    return [
        Route("/upload/{token}", on_upload, methods=["POST"]),
        Route("/files/{file_id}/{name}", on_download, methods=["GET"]),
        Route("/hooks/{token}", on_hook, methods=["POST"]),
    ]


def _may_read(ws: Workspace, request: Request, stored: StoredFile) -> bool:
    if hmac.compare_digest(request.query_params.get("t", "").encode(), ws.page_token.encode()):
        return True
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    owner: User | None = ws.directory.owner(token) if scheme.lower() == "bearer" else None
    return owner is not None and files.may_see(ws, owner, stored)


async def _content(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
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
