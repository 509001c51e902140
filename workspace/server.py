"""Running the workspace on a port of this machine.

`running` is for tests and demos in the same event loop; `serve` is the process. Only 127.0.0.1.

What uvicorn does not offer stands here: an HTTP request can have its connection cut (`cut`), and
pings stay unanswered where a fault says so. Both rest on uvicorn's two protocol classes, which its
`Config` takes as arguments; tests/workspace/test_server.py fails when they change.
"""

import asyncio
import gc
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from workspace.app import create_app
from workspace.seed import sow
from workspace.state import Workspace
from workspace.storage import Storage
from workspace.wire import Json

_PORTS_TRIED = 50
_BACKLOG = 1024
_LONGEST_URL = 1 << 20
_PING_S = 20.0
_PONG = b"\x8a"
"""The first byte of a pong: FIN and opcode 10 (RFC 6455, section 5.2)."""


class HttpProtocol(H11Protocol):
    """HTTP whose requests know their connection: `scope["state"]["transport"]`."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:
        """Remember the connection for the requests that will come over it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def socket_protocol(ws: Workspace) -> type[asyncio.Protocol]:
    """Return the WebSocket protocol whose pongs the workspace's faults can switch off."""

    class SocketProtocol(WebSocketsSansIOProtocol):
        @override
        def handle_ping(self) -> None:
            frames = self.conn.data_to_send()
            answered = [each for each in frames if ws.faults.pong or not each.startswith(_PONG)]
            self.transport.write(b"".join(answered))

    return SocketProtocol


class Server(uvicorn.Server):
    """A server that lets the workspace end first, so that nothing is cancelled half-way."""

    def __init__(self, ws: Workspace, config: uvicorn.Config) -> None:
        """Serve this workspace."""
        super().__init__(config)
        self._workspace = ws

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer who still waits, then close."""
        await self._workspace.close()
        await super().shutdown(sockets)


def server(ws: Workspace) -> Server:
    """Configure a server: one second for open streams at the end, long URLs, no compression."""
    return Server(
        ws,
        uvicorn.Config(
            create_app(ws),
            http=HttpProtocol,
            ws=socket_protocol(ws),
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=_LONGEST_URL,
            ws_per_message_deflate=False,
            ws_ping_interval=_PING_S,
            ws_ping_timeout=_PING_S,
        ),
    )


def listen(port: int) -> socket.socket:
    """Listen on the port of 127.0.0.1, or on the next free one; 0 means any.

    From then on clients can connect; they are answered as soon as the server runs.
    """
    for candidate in range(port, port + _PORTS_TRIED) if port else (0,):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
        else:
            return listener
    raise SystemExit(f"No free port between {port} and {port + _PORTS_TRIED - 1}.")


def address(listener: socket.socket) -> str:
    """Return the URL of a bound socket."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def running(ws: Workspace, port: int = 0) -> AsyncIterator[str]:
    """Run a workspace in this event loop; yields its URL."""
    listener = listen(port)
    ws.base_url = address(listener)
    running_server = server(ws)
    task = asyncio.create_task(running_server.serve(sockets=[listener]))
    try:
        yield ws.base_url
    finally:
        running_server.should_exit = True
        await task


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a workspace begins with, and how its address is told."""

    as_json: bool = False
    seed: Json | None = None
    storage: Storage | None = None


async def serve(ws: Workspace, listener: socket.socket, start: Start) -> None:
    """Serve until interrupted; print the address first. Raises SeedError."""
    ws.base_url = address(listener)
    had_something = start.storage is not None and start.storage.load(ws)
    if start.seed is not None and not had_something:
        sow(ws, start.seed)
    line = json.dumps({"url": ws.base_url}) if start.as_json else f"Workspace: {ws.base_url}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    gc.freeze()  # what is there by now stays to the end; the collector need not look at it
    async with _kept(ws, start.storage):
        await server(ws).serve(sockets=[listener])


@asynccontextmanager
async def _kept(ws: Workspace, storage: Storage | None) -> AsyncIterator[None]:
    """Keep a workspace while this block lasts, and once more at its end."""
    if storage is None:
        yield
        return
    keeping = asyncio.create_task(storage.keep(ws))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        storage.save(ws)
        storage.close()
