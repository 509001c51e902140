"""The server of the engine's process: it says when it listens, and ends in good order.

After a signal it takes nothing new; what is under way has so many seconds, and then gets a last
event that says why. A second signal skips the waiting.
"""

import asyncio
import logging
import socket
from types import FrameType

import uvicorn
from typing_extensions import override

from generators.engine.roster import Roster
from generators.engine.server import build_app

GOODBYE_S = 2.0
"""For the last events to reach those who wait."""
logger = logging.getLogger(__name__)


class EngineServer(uvicorn.Server):
    """Serves a roster until a signal."""

    def __init__(self, roster: Roster, greeting: str, *, drain_s: float) -> None:
        """Take what to serve, the line to print, and the seconds for what is under way."""
        super().__init__(_config(roster, drain_s))
        self._roster = roster
        self._greeting = greeting
        self._drain_s = drain_s

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then print the greeting."""
        await super().startup(sockets)
        print(self._greeting, flush=True)  # noqa: T201 - the line that whoever started us waits for

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, wait for what is under way, end what is left."""
        self._roster.drain()
        if count := self._roster.under_way:
            about = {"count": count, "wait_s": round(self._drain_s, 1)}
            logger.info("the engine stops; %(count)s requests have %(wait_s)s s to end", about)
        ending = asyncio.get_running_loop().call_later(self._drain_s, self._end)
        await super().shutdown(sockets)
        ending.cancel()

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; at the second signal without waiting."""
        del sig, frame  # not kept, so that uvicorn raises it not again: this is an orderly end
        self.force_exit = self.should_exit
        self.should_exit = True

    def _end(self) -> None:
        if count := self._roster.under_way:
            logger.warning("%(count)s requests were not done in time and end", {"count": count})
        self._roster.stop()


def _config(roster: Roster, drain_s: float) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(roster),
        log_config=None,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=round(drain_s + GOODBYE_S),
    )
