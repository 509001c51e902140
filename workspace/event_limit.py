"""How many events an app is sent: 30,000 within 60 minutes (docs.slack.dev/apis/events-api).

What is over that is withheld, and once a minute the app is told so by `app_rate_limited`.
"""

from collections import deque

from workspace.clock import Clock

MOST_EVENTS = 30_000
WINDOW_S = 3600.0
_MINUTE_S = 60


class EventLimit:
    """The times of the last hour's events."""

    def __init__(self, clock: Clock) -> None:
        """Start with none sent; a test lowers `most`."""
        self.most = MOST_EVENTS
        self._clock = clock
        self._times: deque[float] = deque()
        self._told_minute = 0

    def takes(self) -> bool:
        """Count one event; False when it is too many and is to be withheld."""
        now = self._clock.now()
        while self._times and self._times[0] <= now - WINDOW_S:
            self._times.popleft()
        if len(self._times) >= self.most:
            return False
        self._times.append(now)
        return True

    def minute_to_tell(self) -> int:
        """Return the minute (a rounded Unix time) that the app must be told of now, or 0."""
        minute = int(self._clock.now()) // _MINUTE_S * _MINUTE_S
        if minute == self._told_minute:
            return 0
        self._told_minute = minute
        return minute
