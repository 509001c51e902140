"""The workspace's clock: the real one plus what tests have advanced it by.

Every wait of the workspace (acks, redeliveries, triggers, streams) is on this clock, so that a test
crosses five minutes at once. It does not slow down or stop the real clock, and an advance fires
only waits that exist at that moment: a wait that starts afterwards starts from the new time.
"""

import asyncio
import time
from collections.abc import Callable


class Alarm:
    """One pending call; `cancel` forgets it."""

    __slots__ = ("_call", "_clock", "_handle", "due")

    def __init__(self, clock: "Clock", due: float, call: Callable[[], object]) -> None:
        """Arm it for `due`, a Unix time of the workspace's clock."""
        self.due = due
        self._clock = clock
        self._call = call
        self._handle: asyncio.TimerHandle | None = None
        self.arm()

    def arm(self) -> None:
        """Set the timer again from the clock's present time."""
        if self._handle is not None:
            self._handle.cancel()
        delay_s = max(0.0, self.due - self._clock.now())
        self._handle = asyncio.get_running_loop().call_later(delay_s, self._ring)

    def cancel(self) -> None:
        """Forget the call."""
        if self._handle is not None:
            self._handle.cancel()
        self._clock.alarms.discard(self)

    def _ring(self) -> None:
        self._clock.alarms.discard(self)
        self._call()


class Clock:
    """Tells the time and waits on it."""

    def __init__(self) -> None:
        """Start at the real time."""
        self.alarms: set[Alarm] = set()
        self._sleepers: set[asyncio.Future[None]] = set()
        self._ahead_s = 0.0

    def now(self) -> float:
        """Return the Unix time in seconds."""
        return time.time() + self._ahead_s

    def advance(self, seconds: float) -> float:
        """Move on by `seconds`, ring what became due, in order of due time; return the new time."""
        before = self.now()
        self._ahead_s += seconds
        waiting = (alarm for alarm in self.alarms if alarm.due > before)
        for alarm in sorted(waiting, key=lambda alarm: alarm.due):
            alarm.arm()
        return self.now()

    def after(self, delay_s: float, call: Callable[[], object]) -> Alarm:
        """Call `call` once, `delay_s` from now."""
        alarm = Alarm(self, self.now() + delay_s, call)
        self.alarms.add(alarm)
        return alarm

    async def sleep(self, delay_s: float) -> None:
        """Wait `delay_s` of the workspace's time, or until `wake`."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        alarm = self.after(delay_s, lambda: _end(done))
        self._sleepers.add(done)
        try:
            await done
        finally:
            self._sleepers.discard(done)
            alarm.cancel()

    def wake(self) -> None:
        """End every sleep now; alarms stay as they are."""
        for done in self._sleepers:
            _end(done)


def _end(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
