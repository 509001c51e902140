"""Slack's allowances, kept to: what matters waits its turn, what does not is left out.

Tiers are calls a minute for each method (docs.slack.dev/apis/web-api/rate-limits), and posting is
one message a second for each channel. Half of a minute's calls may come at once; the other half is
air, for other processes with the same token. One `Pace` is shared by all that calls Slack.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

POST = "chat.postMessage"
POSTS_PER_S = 1.0
POST_BURST = 3
PER_MINUTE: Mapping[str, int] = MappingProxyType(
    {
        "agents.sessions.setStatus": 50,
        "chat.delete": 50,
        "chat.update": 50,
        "chat.postEphemeral": 100,
        "chat.startStream": 20,
        "chat.appendStream": 100,
        "chat.stopStream": 20,
        "conversations.history": 50,
        "conversations.info": 50,
        "conversations.list": 20,
        "conversations.members": 100,
        "conversations.open": 50,
        "conversations.replies": 50,
        "files.completeUploadExternal": 100,
        "files.delete": 50,
        "files.getUploadURLExternal": 100,
        "files.info": 100,
        "usergroups.users.list": 20,
        "views.open": 100,
        "views.update": 100,
        "views.publish": 100,
        "users.info": 100,
    }
)
_FORGET_AT = 10_000
_EXACT_S = 1e-6


class Pace:
    """Who may call when. Times are seconds of `now`; waiting is `sleep`."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        enabled: bool = True,
    ) -> None:
        """Start with every allowance untouched; not `enabled` waits only when Slack says so."""
        self._enabled = enabled
        self._now = now
        self._sleep = sleep
        self._used_until: dict[tuple[str, str], float] = {}
        self._silent_until: dict[str, float] = {}

    async def turn(self, method: str, channel: str = "") -> None:
        """Wait until one more call is allowed, first come first served."""
        every_s, burst = self._allowance(method)
        place = (method, channel if method == POST else "")
        used_until = max(self._now(), self._used_until.get(place, 0.0)) + every_s
        self._used_until[place] = used_until
        self._forget()
        due = used_until - every_s * burst
        while (wait_s := max(due, self._silent_until.get(method, 0.0)) - self._now()) > _EXACT_S:
            await self._sleep(wait_s)

    def spare(self, method: str) -> bool:
        """Tell whether a call that may as well be left out takes nothing from one that may not."""
        every_s, burst = self._allowance(method)
        ahead_s = self._used_until.get((method, ""), 0.0) - self._now()
        return ahead_s <= every_s * burst / 2 and not self._is_silent(method)

    def told(self, method: str, wait_s: float) -> None:
        """Remember that Slack asked to call this method no more for so long."""
        until = self._now() + wait_s
        self._silent_until[method] = max(until, self._silent_until.get(method, 0.0))

    def _is_silent(self, method: str) -> bool:
        return self._silent_until.get(method, 0.0) > self._now()

    def _forget(self) -> None:
        """Drop channels whose allowance is whole again, once there are many."""
        if len(self._used_until) > _FORGET_AT:
            now = self._now()
            self._used_until = {name: at for name, at in self._used_until.items() if at > now}

    def _allowance(self, method: str) -> tuple[float, int]:
        """Return the seconds between calls, and how many may come at once."""
        if not self._enabled:
            return 0.0, 1
        if method == POST:
            return 1 / POSTS_PER_S, POST_BURST
        a_minute = PER_MINUTE[method]
        return 60 / a_minute, a_minute // 2
