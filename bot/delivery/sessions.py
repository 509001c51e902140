"""What a thread's agent session does, which is what people see beside it, with a button to stop it.

A stream begins and ends one by itself; where an answer is not streamed, this does. It is a
courtesy: where Slack has no room for it, or no agents here, it is left out.
"""

import logging
import time
from collections.abc import Callable
from uuid import UUID

from bot.delivery.codes import STREAMLESS
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.delivery.streams import REST_S, recipient
from generators.draft import Request

log = logging.getLogger(__name__)

SET = "agents.sessions.setStatus"
LONGEST_S = 900.0
"""After that, work that this process never saw the end of went on elsewhere."""


class Sessions:
    """The threads in which this process is at work."""

    def __init__(self, slack: Slack, now: Callable[[], float] = time.monotonic) -> None:
        """Take the way out; `now` counts seconds."""
        self._slack = slack
        self._now = now
        self._resting_until_s = 0.0
        self._busy: dict[tuple[str, str], dict[UUID, float]] = {}
        self._suspended: set[UUID] = set()

    async def busy(self, request: Request) -> None:
        """Show that a request is waited for or worked on."""
        to = recipient(request)
        if to is not None:
            self._busy.setdefault((to.channel, to.thread_ts), {})[request.id] = self._now()
            await self._set(request, "processing")

    async def rest(self, request: Request, status: str = "active", *, anyway: bool = False) -> None:
        """Show that a request is done, or what else, if it was shown to be worked on; or anyway."""
        to = recipient(request)
        if to is None:
            return
        here = self._busy.pop((to.channel, to.thread_ts), {})
        late = self._now() - LONGEST_S
        others = {one: at for one, at in here.items() if one != request.id and at > late}
        if others:
            self._busy[to.channel, to.thread_ts] = others
        elif here or anyway or request.id in self._suspended:
            await self._set(request, status)
        self._suspended.discard(request.id)
        if status == "suspended":
            self._suspended.add(request.id)

    async def _set(self, request: Request, status: str) -> None:
        to = recipient(request)
        rests = self._now() < self._resting_until_s
        if to is None or rests or not self._slack.has_room(SET):
            return
        try:
            await self._slack.set_session(to, status)
        except SlackRefused as refused:
            if refused.code in STREAMLESS:
                self._resting_until_s = self._now() + REST_S
                log.info("Slack has no agent sessions here: %(code)s", {"code": refused.code})
        except OutcomeUnknown:
            return  # it ends by itself within an hour
