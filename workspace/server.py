"""Running the workspace on a port of this machine.

`running` is for tests and demos in the same event loop; `serve` is the process. Only 127.0.0.1.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from workspace.app import create_app
from workspace.state import Workspace

_PORTS_TRIED = 50
_BACKLOG = 1024
_LONGEST_URL = 1 << 20


def server(ws: Workspace) -> uvicorn.Server:
    """Configure a server: one second for open streams at the end, long URLs, no compression."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(ws),
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=_LONGEST_URL,
            ws_per_message_deflate=False,
        )
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
        await ws.close()
        running_server.should_exit = True
        await task


async def serve(ws: Workspace, listener: socket.socket, *, as_json: bool = False) -> None:
    """Serve until interrupted; print the address first."""
    ws.base_url = address(listener)
    line = json.dumps({"url": ws.base_url}) if as_json else f"Workspace: {ws.base_url}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    await server(ws).serve(sockets=[listener])
