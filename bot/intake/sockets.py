"""Socket Mode's connections, watched: one that is silent is built anew, and not for ever.

Slack's SDK reconnects by itself, but knows cases where it does not come back: an address that ran
out while it retries, a connection that stands and says nothing. docs.slack.dev/apis/events-api/
using-socket-mode: a connection begins with `hello`, and up to ten may be open.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

log = logging.getLogger(__name__)

HELLO_S = 30.0
"""How long a connection may take until Slack greets it."""
PINGS = 4
"""How many pings in a row may stay unanswered."""
LOOK_S = 5.0
REBUILDS = 3
"""How often in a row building a connection anew may fail."""
_LOOK_AGAIN_S = 0.01


class SocketLost(Exception):  # noqa: N818 - reads as the state it names
    """No connection to Slack can be built any more."""


class Socket(AsyncSocketModeHandler):
    """One connection, and what is known of how it does."""

    def __init__(
        self, app: AsyncApp, token: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the app and its app-level token; nothing is connected yet."""
        super().__init__(app, token)
        self.client.proxy = app.client.proxy
        self.client.message_listeners.append(self._heard)
        self.client.socket_mode_request_listeners[:] = [self._handled]
        self.busy = 0
        """Envelopes that are being answered."""
        self.heard_at = now()
        """When Slack last sent anything."""
        self._now = now
        self._session: object = None
        self._greeted: object = None
        self._pong: float | None = None
        self._since = self._pong_at = now()

    async def open(self) -> None:
        """Connect, and wait until Slack says hello. Raises TimeoutError, and what Slack says."""
        async with asyncio.timeout(HELLO_S):
            self.client.wss_uri = await self.client.issue_new_wss_url()
            await self.client.connect()
            while not self.greeted:  # noqa: ASYNC110 - the SDK's own task hears it
                await asyncio.sleep(_LOOK_AGAIN_S)

    @property
    def greeted(self) -> bool:
        """Whether Slack said hello on the connection that stands."""
        session = self.client.current_session
        return session is not None and session is self._greeted and not session.closed

    def is_well(self) -> bool:
        """Tell whether it was greeted in time, and answers pings."""
        now, client = self._now(), self.client
        if client.current_session is not self._session:
            self._session = client.current_session
            self._since = self._pong_at = now
        if client.last_ping_pong_time != self._pong:
            self._pong, self._pong_at = client.last_ping_pong_time, now
        if client.message_processor.done() or now - self._pong_at > PINGS * client.ping_interval:
            return False
        return self.greeted or now - self._since <= HELLO_S

    async def quiet(self) -> None:
        """Wait until everything that came is answered."""
        self.client.auto_reconnect_enabled = False
        while self.busy or not self.client.message_queue.empty():  # noqa: ASYNC110 - the SDK's queue
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def shut(self) -> None:
        """Close the connection and end what the SDK runs for it."""
        with suppress(asyncio.CancelledError):  # its own tasks, which it awaits
            await self.close_async()

    async def _handled(self, sdk: AsyncBaseSocketModeClient, envelope: SocketModeRequest) -> None:
        """Hand an envelope to Bolt and answer it."""
        self.busy += 1
        try:
            await self.handle(sdk, envelope)  # pyrefly: ignore[bad-argument-type] - it is aiohttp's
        finally:
            self.busy -= 1

    async def _heard(
        self, _sdk: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: str | None
    ) -> None:
        self.heard_at = self._now()
        if message.get("type") == "hello":
            self._greeted = self.client.current_session


@dataclass(slots=True, kw_only=True)
class Sockets:
    """The connections of one bot."""

    make: Callable[[], Socket]
    count: int
    rebuilt: Callable[[], None] = lambda: None
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _open: list[Socket] = field(default_factory=list, init=False)
    _closing: bool = field(default=False, init=False)

    @property
    def up(self) -> bool:
        """Whether one of them can be told something now."""
        return any(socket.greeted and socket.is_well() for socket in self._open)

    @property
    def url(self) -> str:
        """Nothing has to reach us."""
        return ""

    @property
    def silent_s(self) -> float:
        """Seconds since Slack sent anything at all."""
        heard_at = max((socket.heard_at for socket in self._open), default=self.now())
        return self.now() - heard_at

    async def open(self) -> None:
        """Connect all of them. Raises what `Socket.open` raises."""
        self._open = [self.make() for _ in range(self.count)]
        await asyncio.gather(*(socket.open() for socket in self._open))

    async def watch(self) -> None:
        """Build anew whatever is not well, until cancelled. Raises SocketLost."""
        failed = 0
        while failed < REBUILDS:
            await self.sleep(LOOK_S)
            sick = [socket for socket in self._open if not socket.is_well()]
            for socket in sick if not self._closing else ():
                failed = 0 if await self._renewed(socket) else failed + 1
        raise SocketLost

    async def close(self) -> None:
        """Answer what came, then close all of them."""
        self._closing = True
        await asyncio.gather(*(_finished(socket) for socket in self._open))
        self._open.clear()

    async def abandon(self) -> None:
        """Close all of them now."""
        await asyncio.gather(*(socket.shut() for socket in self._open))
        self._open.clear()

    async def _renewed(self, old: Socket) -> bool:
        """Put a new connection in the place of one that is not well; False where that fails."""
        log.warning("a connection to Slack is silent; building it anew")
        self.rebuilt()
        new = self.make()
        self._open[self._open.index(old)] = new
        try:
            await old.shut()
            await new.open()
        except Exception as error:  # noqa: BLE001 - the SDK raises whatever its HTTP client does
            log.warning("no connection to Slack: %(error)s", {"error": type(error).__name__})
            return False
        return True


async def _finished(socket: Socket) -> None:
    """Close a connection in the moment in which nothing waits for an answer, and not later."""
    await socket.quiet()
    await socket.shut()
