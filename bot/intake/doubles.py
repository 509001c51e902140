"""A button that is pressed twice in a moment asks once: the second press is the same request.

Slack makes a new trigger of each press, so nothing in a payload says that two are one. Knows the
presses of this process alone.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import UUID

from bot.intake.following import OF
from generators.draft import Request

DOUBLE_S: Final = 2.0
"""Two presses of a button by one person within so long are one."""


class Doubles:
    """Gives a press that repeats another the id of that one."""

    def __init__(
        self,
        let_in: Callable[[Request], Request],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what decides how much is kept of a request, and a clock."""
        self._let_in = let_in
        self._now_s = now_s
        self._seen: dict[object, tuple[UUID, float]] = {}

    def one(self, request: Request) -> Request:
        """Return what is kept of a request, under the id by which it is known already."""
        request = self._let_in(request)
        if OF not in request.flags:
            return request
        now = self._now_s()
        self._seen = {key: seen for key, seen in self._seen.items() if now - seen[1] <= DOUBLE_S}
        asked = tuple(sorted(request.flags.items())), request.prompt
        key = (request.user, request.verb, request.reply_to, asked)
        known, _ = self._seen.setdefault(key, (request.id, now))
        return replace(request, id=known)
