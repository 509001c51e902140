"""Socket Mode: WebSocket connections of the app, each envelope to one of them in turn.

Frames follow docs.slack.dev/apis/events-api/using-socket-mode: `hello`, envelopes, `disconnect`,
acknowledgements by `envelope_id` on any connection. Pings are answered below, by the server.
"""

import asyncio
import functools
import json

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from workspace.clock import Clock
from workspace.delivery import Ack, Envelope, Waiting
from workspace.ids import Ids
from workspace.wire import Json

MOST_CONNECTIONS = 10
_TICKET_S = 30.0
_HARD_CLOSE = 1011


class SocketHub:
    """The app's open connections and the acknowledgements they owe."""

    def __init__(self, clock: Clock, ids: Ids, app_id: str) -> None:
        """Start without a connection."""
        self._clock = clock
        self._ids = ids
        self._app_id = app_id
        self._tickets: dict[str, float] = {}
        self._open: list[WebSocket] = []
        self._turn = 0
        self._waiting: dict[str, Waiting] = {}
        self._hopes: set[asyncio.Future[bool]] = set()

    def ticket(self) -> str:
        """Return a ticket that opens one connection within 30 s."""
        ticket = self._ids.secret()
        self._tickets[ticket] = self._clock.now() + _TICKET_S
        return ticket

    async def serve(self, websocket: WebSocket) -> None:
        """Hold one connection until it closes; a bad ticket is refused before it opens."""
        expires = self._tickets.pop(websocket.query_params.get("ticket", ""), 0.0)
        if self._clock.now() > expires:
            await websocket.close(1008)
            return
        await websocket.accept()
        if len(self._open) >= MOST_CONNECTIONS:
            await _close(websocket, {"type": "disconnect", "reason": "too_many_websockets"}, 1000)
            return
        await self._hold(websocket)

    async def ready(self, wait_s: float) -> bool:
        """Wait for a connection, at most `wait_s`."""
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
        if not self._open:
            return
        self._turn = (self._turn + 1) % len(self._open)
        await _send(self._open[self._turn], _frame(envelope_id, envelope))

    async def disconnect(self, how: str) -> None:
        """Close every connection: `soft` says so first, so that the app reconnects."""
        doomed = self._open.copy()
        self._open.clear()
        notice = {"type": "disconnect", "reason": "refresh_requested"} if how == "soft" else None
        for websocket in doomed:
            await _close(websocket, notice, 1000 if how == "soft" else _HARD_CLOSE)

    async def _hold(self, websocket: WebSocket) -> None:
        self._open.append(websocket)
        await _send(websocket, json.dumps(self._hello()))
        for hope in self._hopes:
            _settle(hope, connected=True)
        try:
            while True:
                self._acknowledge(await websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            pass  # closed by the app, or by `disconnect` while this was about to read
        finally:
            if websocket in self._open:
                self._open.remove(websocket)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {
                "host": "workspace",
                "build_number": 1,
                "approximate_connection_time": 3600,
            },
            "connection_info": {"app_id": self._app_id},
        }

    def _acknowledge(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        waiting = (
            self._waiting.get(frame.get("envelope_id", "")) if isinstance(frame, dict) else None
        )
        if waiting is not None and not waiting.done():
            payload = frame.get("payload")
            waiting.set_result(Ack(payload if isinstance(payload, dict) and payload else None))

    def _forget(self, envelope_id: str, _waiting: Waiting) -> None:
        del self._waiting[envelope_id]


def _settle(hope: asyncio.Future[bool], *, connected: bool) -> None:
    if not hope.done():
        hope.set_result(connected)


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


async def _close(websocket: WebSocket, notice: Json | None, code: int) -> None:
    if notice is not None:
        await _send(websocket, json.dumps(notice))
    if websocket.application_state is WebSocketState.CONNECTED:
        try:
            await websocket.close(code)
        except RuntimeError:
            return  # the other side was faster
