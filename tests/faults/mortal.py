"""Where on its way a bot can be told to die.

A fail point is a method of the bot before or after which the process kills itself, with nothing in
the bot itself that knows of it.
"""

import functools
import importlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

Side = Literal["before", "after"]

LEDGER, SLACK = "bot.ledger.ledger:Ledger", "bot.delivery.slack:Slack"
DESK = "bot.ledger.reviewing:Desk"
DESK = "bot.ledger.reviewing:Desk"
POINTS: Mapping[str, tuple[str, Side]] = MappingProxyType(
    {
        "after-accept": (f"{LEDGER}.accept", "after"),
        "before-queue": (f"{LEDGER}.queue", "before"),
        "after-queue": (f"{LEDGER}.queue", "after"),
        "before-placeholder": (f"{SLACK}.post", "before"),
        "after-placeholder": (f"{SLACK}.post", "after"),
        "after-placeholder-is-known": (f"{LEDGER}.sent", "after"),
        "before-greeted": (f"{LEDGER}.greeted", "before"),
        "after-greeted": (f"{LEDGER}.greeted", "after"),
        "after-claim": ("bot.pipeline:Pipeline._end", "before"),
        "after-admitted": (f"{LEDGER}.admitted", "after"),
        "in-stream": (f"{LEDGER}.judged", "after"),
        "before-settle": (f"{LEDGER}.settle", "before"),
        "after-settle": (f"{LEDGER}.settle", "after"),
        "before-update": (f"{SLACK}.update", "before"),
        "after-update": (f"{SLACK}.update", "after"),
        "before-done": (f"{LEDGER}.done", "before"),
        "after-done": (f"{LEDGER}.done", "after"),
        "before-stream": (f"{SLACK}.start_stream", "before"),
        "after-stream": (f"{SLACK}.start_stream", "after"),
        "before-stream-grows": (f"{SLACK}.append_stream", "before"),
        "after-stream-grows": (f"{SLACK}.append_stream", "after"),
        "before-stream-ends": (f"{SLACK}.stop_stream", "before"),
        "after-stream-ends": (f"{SLACK}.stop_stream", "after"),
        "upload-granted": (f"{SLACK}._send_bytes", "before"),
        "upload-sent": (f"{SLACK}._send_bytes", "after"),
        "upload-completed": (f"{SLACK}.upload", "after"),
        "before-hold": (f"{LEDGER}.hold", "before"),
        "after-hold": (f"{LEDGER}.hold", "after"),
        "before-decide": (f"{DESK}.decide", "before"),
        "after-decide": (f"{DESK}.decide", "after"),
        "before-release": (f"{LEDGER}.release", "before"),
        "after-release": (f"{LEDGER}.release", "after"),
    }
)
"""Where a process may die: a method, and whether it dies before it is called or once it is done."""


def arm(point: str, nth: int) -> None:
    """Let this process die at the nth pass of a point. Raises KeyError, AttributeError."""
    path, side = POINTS[point]
    module, _, place = path.partition(":")
    name, _, method = place.partition(".")
    owner = getattr(importlib.import_module(module), name)
    setattr(owner, method, mortal(getattr(owner, method), side, nth))


def mortal(
    method: Callable[..., Awaitable[Any]], side: Side, nth: int
) -> Callable[..., Awaitable[Any]]:
    """Return the method, the nth call of which is the end."""
    left = iter(range(nth - 1, -1, -1))

    def die() -> None:
        if next(left, 1) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(method)
    async def called(*given: Any, **named: Any) -> Any:
        if side == "before":
            die()
        answer = await method(*given, **named)
        if side == "after":
            die()
        return answer

    return called
