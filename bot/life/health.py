"""Three pages for whoever runs the bot: `/livez`, `/readyz` and `/metrics`. No content is in them.

`/livez` says whether to start it again, `/readyz` whether it can do its work: a bot whose token was
revoked is alive and not ready, and starting it again would mend nothing.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from bot.life.metrics import CONTENT_TYPE, Metrics
from bot.life.pulse import Pulse

PROBE_S = 2.0
"""How long the database may take to commit a probe; also how long its answer is believed."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Probe:
    """Asks something, at most every 2 s however many want to know."""

    ask: Callable[[], Awaitable[object]]
    """Raises whatever it likes where the answer is no."""
    now: Callable[[], float] = time.monotonic
    _good: bool = field(default=False, init=False)
    _until: float = field(default=float("-inf"), init=False)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def good(self) -> bool:
        """Tell whether the answer was yes, in time."""
        async with self._asking:
            if self.now() >= self._until:
                self._good = await self._asked()
                self._until = self.now() + PROBE_S
            return self._good

    async def _asked(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_S):
                await self.ask()
        except Exception:  # noqa: BLE001 - why it is not so does not matter here
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The ASGI app. `ready` are questions that must be answered yes; `told` is told beside them."""

    pulse: Pulse
    metrics: Metrics
    database: Probe
    ready: Mapping[str, Callable[[], bool]]
    told: Mapping[str, Callable[[], str]]
    look: Callable[[], Awaitable[None]]
    """Brings up to date what `/metrics` tells of the database; may fail."""

    async def __call__(self, scope: dict[str, Any], _receive: object, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        match scope["path"]:
            case "/livez":
                await self._tell(send, self._lives(), {"loop_lag_s": round(self.pulse.lag_s, 3)})
            case "/readyz":
                states = await self._states()
                told = {name: say() for name, say in self.told.items()}
                await self._tell(send, all(states.values()), {**states, **told})
            case "/metrics":
                await self.look()
                await _answer(send, HTTPStatus.OK, self.metrics.text(), CONTENT_TYPE)
            case _:
                await _answer(send, HTTPStatus.NOT_FOUND, b"", "text/plain")

    def _lives(self) -> bool:
        return self.pulse.steady

    async def _states(self) -> dict[str, bool]:
        return {
            "database": await self.database.good(),
            **{name: is_so() for name, is_so in self.ready.items()},
        }

    async def _tell(self, send: Send, good: bool, said: Mapping[str, object]) -> None:
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        body = json.dumps({"ok": good, **said}).encode() + b"\n"
        await _answer(send, status, body, "application/json")


async def _answer(send: Send, status: int, body: bytes, kind: str) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
