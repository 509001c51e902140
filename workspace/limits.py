"""Rate limits: what each method allows, and what to answer who asks for more.

Tiers are those of docs.slack.dev/apis/web-api/rate-limits: calls a minute for each method and
token, here with the whole minute as the burst. Posting is limited for each channel instead, to one
message a second; Slack tolerates short bursts of no documented length, here `POST_BURST`.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

from workspace.clock import Clock

SPECIAL = 5
"""The tier of methods with a limit of their own; their pages name it, if at all."""
PER_MINUTE: Mapping[int, int] = MappingProxyType({1: 1, 2: 20, 3: 50, 4: 100, SPECIAL: 600})
POSTS_PER_S = 1.0
POST_BURST = 5


class Limits:
    """One bucket of calls for each method and token, and one of posts for each channel."""

    def __init__(self, clock: Clock, *, enabled: bool = True) -> None:
        """Start with full buckets; not `enabled` lets every call pass."""
        self.enabled = enabled
        self._clock = clock
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def wait_s(self, tier: int, method: str, token: str, channel: str = "") -> int:
        """Take one call; return 0, or the seconds of `Retry-After` when there is none left."""
        if not self.enabled or tier == 0:
            return 0
        if method == "chat.postMessage":
            return self._take((method, token, channel), POSTS_PER_S, POST_BURST)
        most = PER_MINUTE[tier]
        return self._take((method, token), most / 60, most)

    def _take(self, name: tuple[str, ...], per_s: float, most: int) -> int:
        now = self._clock.now()
        left, at = self._buckets.get(name, (float(most), now))
        left = min(float(most), left + (now - at) * per_s)
        taken = left >= 1
        self._buckets[name] = (left - taken, now)
        return 0 if taken else max(1, math.ceil((1 - left) / per_s))
