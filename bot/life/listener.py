"""An ASGI app on a TCP port of ours, inside our event loop and under our signal handlers.

uvicorn takes over SIGTERM and ends the process once no HTTP request is open: it knows nothing of
what the bot still has in hand. So its handlers stay off, and `stop` is called when it is time.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from typing_extensions import override

App = Callable[[dict[str, Any], Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Any]

AT_ONCE = 1024
"""Connections that are served at a time; whoever comes on top is answered 503."""
_BACKLOG = 2048
_LAST_S = 3
"""Whoever is being answered when it stops has as long as Slack waits."""


class Listener(uvicorn.Server):
    """One app on one port."""

    def __init__(self, app: App, host: str, port: int) -> None:
        """Take the port; 0 takes any free one. Raises OSError when it cannot be had."""
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=AT_ONCE,
            timeout_graceful_shutdown=_LAST_S,
        )
        super().__init__(config)
        self._socket = _bound(host, port)
        self._ended = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def run_until_stopped(self) -> None:
        """Answer until `stop` is called, then finish what is being answered."""
        try:
            await self.serve(sockets=[self._socket])
        finally:
            self._socket.close()
            self._ended.set()

    async def stop(self) -> None:
        """Take nothing new, and wait until what was taken is answered."""
        self.should_exit = True
        await self._ended.wait()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs this."""
        yield


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound
