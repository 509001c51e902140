"""One thread that runs one model, and the calls that wait for it.

Knows nothing of models. The event loop submits; the thread works; events flow back to the loop
and a cancel flows to the thread, which looks for it between two steps.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from generators.engine.errors import Busy, ModelFailed, NotReady, Refusal, Stopping
from generators.engine.pulse import Pulse
from generators.logs import Told, frames

Event = TypeVar("Event")
Result = TypeVar("Result")
Model = TypeVar("Model")
logger = logging.getLogger(__name__)


class Cancelled(Exception):  # noqa: N818 - reads as the state it names
    """Raised inside a model's step to leave it when nobody waits for the answer."""


class Call(Generic[Event, Result]):
    """One request on its way through a worker: iterate its events, then take its result."""

    def __init__(self, pulse: Pulse | None = None) -> None:
        """Begin, on the event loop that will iterate the events; each of them is a beat."""
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._cancelled = threading.Event()
        self._pulse = pulse
        self.ended: Refusal | None = None
        self.future: Future[Result] = Future()

    @property
    def cancelled(self) -> bool:
        """Whether the work should stop at its next step."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to stop; a call that still waits never starts."""
        self._cancelled.set()
        self.future.cancel()

    def end(self, refusal: Refusal) -> None:
        """Let whoever waits go with this answer, at once, even if the work hangs."""
        if not self.future.done():
            self.ended = refusal
            self.cancel()
            self._put(None)

    def emit(self, event: Event) -> None:
        """Hand an event to the event loop (from the worker's thread)."""
        if self._pulse is not None:
            self._pulse.beat()
        self._put(event)

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Yield events until the work has ended, in whatever way."""
        while (event := await self._events.get()) is not None:
            yield event

    def result(self) -> Result:
        """Return what the work returned; only after its events. Raises Refusal."""
        if self.ended is not None:
            raise self.ended
        if self.cancelled:
            raise NotReady("The request was cancelled before it was answered.")
        error = self.future.exception()
        if error is None:
            return self.future.result()
        if isinstance(error, Refusal):
            raise error
        log_error("the model failed on a request", error)
        raise ModelFailed(f"The model failed on this request ({type(error).__name__}).") from error

    def follow(self, future: "Future[Result]") -> None:
        """Take over the future of the submitted work; its end ends the events."""
        self.future = future
        future.add_done_callback(lambda _: self._put(None))

    def _put(self, event: Event | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)
        except RuntimeError:  # the loop is closed, so nobody waits for this call any more
            self._cancelled.set()


class Worker:
    """A thread that does one call at a time and lets at most `capacity` calls wait."""

    def __init__(self, name: str, *, capacity: int) -> None:
        """Take the thread's name and how many calls may wait."""
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._capacity = capacity
        self._calls: set[Call[Any, Any]] = set()
        self.pulse = Pulse()

    @property
    def seats(self) -> int:
        """Calls that can be worked on at once."""
        return 1

    @property
    def active(self) -> int:
        """Calls being worked on: 0 or 1."""
        return sum(call.future.running() for call in tuple(self._calls))

    @property
    def waiting(self) -> int:
        """Calls that have not begun."""
        return len(self._calls) - self.active

    def load(self, build: Callable[[], Model]) -> Future[Model]:
        """Run `build` in the worker's thread, before any call."""
        return self._pool.submit(build)

    def submit(self, work: Callable[[Call[Event, Result]], Result]) -> Call[Event, Result]:
        """Queue the work, from the event loop. Raises Busy when too many calls wait."""
        if len(self._calls) > self._capacity:
            raise Busy(f"{self._capacity} requests already wait for this model. Try again later.")
        call: Call[Event, Result] = Call(self.pulse)
        self._calls.add(call)
        future = self._pool.submit(self._done, work, call)
        # Before the event loop learns of the end, so that whoever waited finds a free place.
        future.add_done_callback(lambda _: self._calls.discard(call))
        call.follow(future)
        return call

    def stop(self) -> None:
        """End every call and start no other; does not wait for the thread."""
        self.release(Stopping())
        self._pool.shutdown(wait=False, cancel_futures=True)

    def release(self, refusal: Refusal) -> None:
        """End every call with this answer."""
        for call in tuple(self._calls):
            call.end(refusal)

    def _done(
        self, work: Callable[[Call[Event, Result]], Result], call: Call[Event, Result]
    ) -> Result:
        if call.cancelled:
            raise Cancelled
        self.pulse.beat()
        try:
            return work(call)
        finally:
            self.pulse.rest()


def log_error(what: str, error: BaseException) -> None:
    """Log where an error arose without its message, which may quote a prompt."""
    about = {"reason": Told(what), "error": type(error).__name__, "frames": frames(error)}
    logger.error("%(reason)s: %(error)s %(frames)s", about)
