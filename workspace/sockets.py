"""Socket Mode: WebSocket connections of the app, each envelope to one of them in turn.

Frames follow docs.slack.dev/apis/events-api/using-socket-mode: `hello`, envelopes, `disconnect`,
acknowledgements by `envelope_id` on any connection. A connection lives an hour by the workspace's
clock (six minutes with `&debug_reconnects=true` in its URL), is warned 10 s before its end, and
after `refresh_requested` goes on working until the app closes it, or for `GRACE_S`, a figure of our
own. Pings are answered below, by the server, which also sends its own.
"""

import asyncio
import functools
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from workspace.clock import Alarm, Clock
from workspace.delivery import Ack, Envelope, Waiting
from workspace.ids import Ids
from workspace.wire import Json, SlackError

MOST_CONNECTIONS = 10
LIFETIME_S = 3600.0
DEBUG_LIFETIME_S = 360.0
WARNING_S = 10.0
GRACE_S = 10.0
_TICKET_S = 30.0
_CLOSE, _HARD_CLOSE, _REFUSED = 1000, 1011, 1008
_HOST = "applink-workspace"


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One open connection; `is_leaving` once the app was asked to replace it."""

    websocket: WebSocket
    is_leaving: bool = False
    alarm: Alarm | None = None


class SocketHub:
    """The app's open connections and the acknowledgements they owe."""

    timeout = "timeout"

    def __init__(
        self, clock: Clock, ids: Ids, app_id: str, is_enabled: Callable[[], bool] = lambda: True
    ) -> None:
        """Start without a connection; `is_enabled` tells whether the app uses Socket Mode."""
        self._clock = clock
        self._ids = ids
        self._app_id = app_id
        self._is_enabled = is_enabled
        self._tickets: dict[str, float] = {}
        self._open: list[Connection] = []
        self._turn = 0
        self._waiting: dict[str, Waiting] = {}
        self._hopes: set[asyncio.Future[bool]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def ticket(self) -> str:
        """Return a ticket that opens one connection within 30 s.

        Raises SlackError for an app whose manifest turns Socket Mode off: `forbidden_team`, the one
        documented error of apps.connections.open that says so.
        """
        if not self._is_enabled():
            raise SlackError("forbidden_team")
        ticket = self._ids.secret()
        self._tickets[ticket] = self._clock.now() + _TICKET_S
        return ticket

    async def serve(self, websocket: WebSocket) -> None:
        """Hold one connection until it closes; a bad ticket is refused before it opens."""
        expires = self._tickets.pop(websocket.query_params.get("ticket", ""), 0.0)
        if self._clock.now() > expires:
            await websocket.close(_REFUSED)
            return
        await websocket.accept()
        if len(self._open) >= MOST_CONNECTIONS:
            await _send(websocket, _notice("too_many_websockets"))
            await _close(websocket, _CLOSE)
            return
        is_short = websocket.query_params.get("debug_reconnects") == "true"
        await self._hold(
            Connection(websocket=websocket), DEBUG_LIFETIME_S if is_short else LIFETIME_S
        )

    async def ready(self, envelope: Envelope, wait_s: float) -> bool:
        """Wait for a connection, at most `wait_s`."""
        del envelope
        if self._open:
            return True
        hope: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._hopes.add(hope)
        alarm = self._clock.after(wait_s, lambda: _settle(hope, connected=False))
        try:
            return await hope
        finally:
            alarm.cancel()
            self._hopes.discard(hope)

    async def send(self, envelope_id: str, envelope: Envelope, waiting: Waiting) -> None:
        """Send to the next connection; `waiting` is resolved by its acknowledgement."""
        self._waiting[envelope_id] = waiting
        waiting.add_done_callback(functools.partial(self._forget, envelope_id))
        connection = self._next()
        if connection is not None:
            await _send(connection.websocket, _frame(envelope_id, envelope))

    async def disconnect(self, how: str) -> None:
        """Break every connection.

        `soft` and `warning` announce it and let the app act; `link_disabled`, what Slack says when
        Socket Mode is turned off, announces it and closes; `hard` closes without a word.
        """
        for connection in self._open.copy():
            if how == "soft":
                self._refresh(connection)
            elif how == "warning":
                self._warn(connection)
            else:
                await self._drop(connection, how)

    async def close(self) -> None:
        """Close every connection, and stop waiting for one."""
        for hope in self._hopes:
            _settle(hope, connected=False)
        for connection in self._open.copy():
            self._leave(connection)
            await _close(connection.websocket, _CLOSE)
        for task in list(self._tasks):
            task.cancel()

    async def _hold(self, connection: Connection, lifetime_s: float) -> None:
        self._open.append(connection)
        self._later(connection, lifetime_s - WARNING_S, self._warn)
        await _send(connection.websocket, json.dumps(self._hello(lifetime_s)))
        for hope in self._hopes:
            _settle(hope, connected=True)
        try:
            while True:
                self._acknowledge(await connection.websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            pass  # closed by the app, or by `disconnect` while this was about to read
        finally:
            self._leave(connection)

    def _next(self) -> Connection | None:
        """Return whose turn it is; one that is leaving only where there is no other."""
        staying = [each for each in self._open if not each.is_leaving] or self._open
        if not staying:
            return None
        self._turn = (self._turn + 1) % len(staying)
        return staying[self._turn]

    def _warn(self, connection: Connection) -> None:
        self._later(connection, WARNING_S, self._refresh)
        self._start(_send(connection.websocket, _notice("warning")))

    def _refresh(self, connection: Connection) -> None:
        connection.is_leaving = True
        self._later(connection, GRACE_S, self._expire)
        self._start(_send(connection.websocket, _notice("refresh_requested")))

    def _expire(self, connection: Connection) -> None:
        self._leave(connection)
        self._start(_close(connection.websocket, _CLOSE))

    async def _drop(self, connection: Connection, how: str) -> None:
        self._leave(connection)
        if how == "link_disabled":
            await _send(connection.websocket, _notice(how))
        await _close(connection.websocket, _CLOSE if how == "link_disabled" else _HARD_CLOSE)

    def _leave(self, connection: Connection) -> None:
        """Send nothing more to this connection."""
        if connection.alarm is not None:
            connection.alarm.cancel()
        if connection in self._open:
            self._open.remove(connection)

    def _later(
        self, connection: Connection, delay_s: float, call: Callable[[Connection], None]
    ) -> None:
        if connection.alarm is not None:
            connection.alarm.cancel()
        connection.alarm = self._clock.after(delay_s, functools.partial(call, connection))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hello(self, lifetime_s: float) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {
                "host": _HOST,
                "build_number": 1,
                "approximate_connection_time": int(lifetime_s),
            },
            "connection_info": {"app_id": self._app_id},
        }

    def _acknowledge(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        identity = frame.get("envelope_id") if isinstance(frame, dict) else None
        waiting = self._waiting.get(identity) if isinstance(identity, str) else None
        if waiting is not None and not waiting.done():
            payload = frame.get("payload")
            waiting.set_result(Ack(payload if isinstance(payload, dict) and payload else None))

    def _forget(self, envelope_id: str, _waiting: Waiting) -> None:
        del self._waiting[envelope_id]


def _settle(hope: asyncio.Future[bool], *, connected: bool) -> None:
    if not hope.done():
        hope.set_result(connected)


def _notice(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}})


def _frame(envelope_id: str, envelope: Envelope) -> str:
    frame: Json = {
        "envelope_id": envelope_id,
        "type": envelope.type,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.accepts_response,
    }
    if envelope.type == "events_api":
        frame["retry_attempt"] = envelope.retry_attempt
        frame["retry_reason"] = envelope.retry_reason
    return json.dumps(frame)


async def _send(websocket: WebSocket, text: str) -> None:
    """Send a frame; one that the closing connection loses is redelivered by the schedule."""
    try:
        await websocket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        return


async def _close(websocket: WebSocket, code: int) -> None:
    if websocket.application_state is WebSocketState.CONNECTED:
        try:
            await websocket.close(code)
        except (WebSocketDisconnect, RuntimeError):
            return  # the other side was faster
