"""A feed that a real bot fetches over a real socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from tests.bot.digests.feeds import rss


@dataclass
class FeedHost:
    """What the feed holds now, and where it is."""

    raw: bytes
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/rss"


@contextmanager
def serving_feed() -> Iterator[FeedHost]:
    """Serve a feed until the end; its content may be changed."""
    host = FeedHost(rss("Old"))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(host.raw)))
            self.end_headers()
            self.wfile.write(host.raw)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
