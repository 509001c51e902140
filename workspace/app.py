"""The server: the Web API, Socket Mode, files, response URLs, the control API and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from workspace import oauth, transfers
from workspace.control import table as control
from workspace.guard import guard
from workspace.state import Workspace
from workspace.web_api import WebApi
from workspace.wire import Refused

WEB = Path(__file__).parent / "web"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def create_app(ws: Workspace) -> Starlette:
    """Return the ASGI application of one workspace."""

    async def link(websocket: WebSocket) -> None:
        await ws.sockets.serve(websocket)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await ws.close()

    routes: list[BaseRoute] = [
        *oauth.routes(ws),
        Route("/api/{method}", WebApi(ws)),
        WebSocketRoute("/link/", link),
        *transfers.routes(ws),
        Mount("/_control", routes=control.routes(ws)),
        Route("/", _page),
        Route("/archives/{path:path}", _page),
        Route("/web/{path:path}", _asset),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={Refused: _refusal})


async def _page(request: Request) -> Response:
    guard(request)
    return _served(WEB / "index.html")


async def _asset(request: Request) -> Response:
    guard(request)
    path = (WEB / str(request.path_params["path"])).resolve()
    if not path.is_relative_to(WEB):
        return PlainTextResponse("not found", status_code=404)
    return _served(path)


def _served(path: Path) -> Response:
    if not path.is_file():
        return PlainTextResponse("not found", status_code=404, headers=_PAGE_HEADERS)
    return FileResponse(path, headers=_PAGE_HEADERS)


async def _refusal(_request: Request, error: Exception) -> Response:
    code, status = (error.code, error.status) if isinstance(error, Refused) else ("error", 500)
    return JSONResponse({"error": code}, status_code=status)
