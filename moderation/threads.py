"""Threads for work that may hang: one that hangs is given up and replaced, up to a limit.

Nobody can stop a thread from outside. So each piece of work has a time; what is late goes on alone,
counts as abandoned until it comes back, and its place is taken by a fresh thread. When too many are
abandoned, nothing more is begun. The threads are daemons: a hung one does not keep a process alive.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

AT_ONCE: Final = 4
"""Pieces of work at once; Python runs one at a time, and the others wait for it in turns."""
IDLE_S: Final = 1.0
"""How long a thread waits for more work: to start one takes longer than most work does."""
ABANDONED: Final = 8
"""Threads that may hang before no more work is begun."""

T = TypeVar("T")


class Stuck(Exception):  # noqa: N818 - reads as the state it names
    """So many threads hang that no more work is begun."""


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], object]
    begun: Callable[[], object]
    done: Future[Any] = field(default_factory=Future)
    """What `work` returns."""
    left: bool = False
    """Whether nobody waits for it any more."""
    abandoned: bool = False

    def run(self) -> None:
        if not self.done.set_running_or_notify_cancel():
            return
        with suppress(RuntimeError):  # the loop of whoever waited is closed
            self.begun()
        try:
            value = self.work()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            self.done.set_exception(error)
        else:
            self.done.set_result(value)


class Threads:
    """Runs work beside the event loop, at most `at_once` pieces at a time."""

    def __init__(self, at_once: int = AT_ONCE, abandoned: int = ABANDONED) -> None:
        """Start no thread before there is work."""
        self._at_once = at_once
        self._limit = abandoned
        self._lock = threading.Lock()
        self._more = threading.Condition(self._lock)
        self._line = deque[_Job]()
        self._busy = self._idle = self._called = 0
        self._abandoned = 0

    @property
    def abandoned(self) -> int:
        """How many threads hang now."""
        return self._abandoned

    @property
    def stuck(self) -> bool:
        """Whether so many hang that no more work is begun."""
        return self._abandoned >= self._limit

    async def run(self, work: Callable[[], T], timeout_s: float) -> T:
        """Return what the work returns. Its time begins when a thread is free for it.

        Raises TimeoutError, `Stuck`, and whatever the work raises.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit:

            def begin() -> None:
                if not job.left:
                    limit.reschedule(loop.time() + timeout_s)

            job = _Job(work, lambda: loop.call_soon_threadsafe(begin))
            self._queue(job)
            try:
                value: T = await asyncio.wrap_future(job.done)
                return value
            finally:
                self._leave(job)

    def _queue(self, job: _Job) -> None:
        with self._lock:
            if self.stuck:
                raise Stuck
            self._line.append(job)
            self._staff()

    def _staff(self) -> None:
        """Call a thread that is idle, or start one where one may be; the lock is held."""
        if not self._line or self._busy >= self._at_once:
            return
        self._busy += 1
        if self._idle:
            self._idle -= 1
            self._called += 1
            self._more.notify()
        else:
            threading.Thread(target=self._serve, name="checks", daemon=True).start()

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            job.run()
            with self._lock:
                if job.abandoned:
                    self._abandoned -= 1  # another thread has its place
                    return
            del job  # while the thread waits, nothing holds what was judged

    def _next(self) -> _Job | None:
        """Take the next piece of work, or wait a while for one; None ends the thread."""
        with self._lock:
            while not self._line:
                self._busy -= 1
                self._idle += 1
                if not self._more.wait_for(lambda: self._called, IDLE_S):
                    self._idle -= 1
                    return None
                self._called -= 1
            return self._line.popleft()

    def _leave(self, job: _Job) -> None:
        """Give up what nobody waits for any more; the work in line goes to a fresh thread."""
        with self._lock:
            job.left = True
            if job.done.running():
                job.abandoned = True
                self._abandoned += 1
                self._busy -= 1
            refused = list(self._line) if self.stuck else []
            if refused:
                self._line.clear()
            self._staff()
        for other in refused:
            other.done.set_exception(Stuck())
