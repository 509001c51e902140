"""A request on its way from the event loop to the thread that has the model, and back.

Knows nothing of models. Events flow from the thread to the loop, and a cancel flows to the thread,
which looks for it between two steps.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from generators.engine.errors import ModelFailed, NotReady, Refusal
from generators.logs import Told, frames

Event = TypeVar("Event")
Result = TypeVar("Result")
logger = logging.getLogger(__name__)


class Cancelled(Exception):  # noqa: N818 - reads as the state it names
    """Raised inside a model's step to leave it when nobody waits for the answer."""


class Call(Generic[Event, Result]):
    """One request on its way through a worker: iterate its events, then take its result."""

    def __init__(self) -> None:
        """Begin, on the event loop that will iterate the events."""
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._cancelled = threading.Event()
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

    def when_done(self, tell: Callable[[], None]) -> None:
        """Have `tell` called on the event loop once the thread is done with this call."""

        def done(_future: "Future[Result]") -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(tell)

        self.future.add_done_callback(done)

    def _put(self, event: Event | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)
        except RuntimeError:  # the loop is closed, so nobody waits for this call any more
            self._cancelled.set()


def log_error(what: str, error: BaseException) -> None:
    """Log where an error arose without its message, which may quote a prompt."""
    about = {"reason": Told(what), "error": type(error).__name__, "frames": frames(error)}
    logger.error("%(reason)s: %(error)s %(frames)s", about)
