"""A bot in a process of its own that can be told where on its way it shall die.

`live` is `python -m bot ...` in an interpreter that has its imports done already: three hundred
starts would take the time of three hundred imports otherwise. A fail point is a method of the bot
before or after which the process kills itself, with nothing in the bot itself that knows of it.
"""

import ctypes
import functools
import importlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from bot.__main__ import main

Side = Literal["before", "after"]
_PR_SET_PDEATHSIG = 1

LEDGER, SLACK = "bot.ledger.ledger:Ledger", "bot.delivery.slack:Slack"
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
        "upload-granted": (f"{SLACK}._send_bytes", "before"),
        "upload-sent": (f"{SLACK}._send_bytes", "after"),
        "upload-completed": (f"{SLACK}.upload", "after"),
        "before-hold": (f"{LEDGER}.hold", "before"),
        "after-hold": (f"{LEDGER}.hold", "after"),
        "before-decide": (f"{LEDGER}.decide", "before"),
        "after-decide": (f"{LEDGER}.decide", "after"),
        "before-release": (f"{LEDGER}.release", "before"),
        "after-release": (f"{LEDGER}.release", "after"),
    }
)
"""Where a process may die: a method, and whether it dies before it is called or once it is done."""


def live(
    arguments: list[str], environment: dict[str, str], said: str, log: str, death: tuple[str, int]
) -> None:
    """Be a bot: its stdout in `said`, its stderr in `log`, its death at the nth pass of a point."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # no bot outlives its tests
    os.environ.clear()
    os.environ.update(environment)
    for path, standard in ((said, 1), (log, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, standard)
        os.close(file)
    sys.argv = ["atelier", *arguments]
    point, nth = death
    if point:
        arm(point, nth)
    main()


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
