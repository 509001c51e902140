"""One thread that makes at once what can be made together: micro-batches, fair by person.

Knows nothing of models. A request has parts (pictures, texts). The line says whose part is next,
and the thread takes with it what else may be made in the same go. A go that raises is halved and
tried again until the part that fails alone is found, and only its request fails.
"""

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from generators.engine.errors import Busy, Refusal, Stopping
from generators.engine.line import Line
from generators.engine.pace import Pace, Queued, Step
from generators.engine.pulse import Pulse
from generators.engine.worker import Call, Cancelled, log_error

WINDOW_S = 0.02
"""How long a request waits for others that could be made with it, where nothing else is to do."""
Part = TypeVar("Part")
Made = TypeVar("Made")
Result = TypeVar("Result")
Model = TypeVar("Model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Part, Made, Result]):
    """A request: its parts, and who makes something of them.

    Parts with equal keys may be made together, `most()` of them at once. `make` returns one thing
    for each piece, in order, and None for one that is no longer wanted. `cost` is that of one part.
    """

    parts: Sequence[Part]
    key: Hashable
    cost: float
    make: "Callable[[Sequence[Piece[Part]]], Sequence[Made | None]]"
    finish: Callable[[Sequence[Made]], Result]
    most: Callable[[], int]
    person: str = ""
    rank: int = 0


class Piece(Generic[Part]):
    """One part of a request on its way through the thread."""

    def __init__(self, index: int, asked: "_Asked") -> None:
        """Take the place among the request's parts."""
        self.part: Part = asked.job.parts[index]
        self.asked = asked
        self.index = index

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.asked.call.cancelled or self.asked.call.future.done()

    def advance(self, number: int, total: int) -> None:
        """Tell that step `number` of `total` is done."""
        self.asked.pulse.beat()
        self.asked.advance(self.index, number, total)

    def emit(self, event: object) -> None:
        """Tell the client something else."""
        self.asked.call.emit(event)


class _Asked:
    """A request, and what came of its parts so far."""

    def __init__(self, job: Job[Any, Any, Any], call: Call[Any, Any], pulse: Pulse) -> None:
        self.job = job
        self.call = call
        self.pulse = pulse
        self._made: list[Any] = [None] * len(job.parts)
        self._left = len(job.parts)
        self._steps = [0] * len(job.parts)
        self._told_step = 0
        self._told_ahead: int | None = None

    def begin(self) -> bool:
        """Say that work begins; returns whether it is still wanted."""
        future = self.call.future
        return future.running() or (not future.done() and future.set_running_or_notify_cancel())

    def advance(self, index: int, number: int, total: int) -> None:
        self._steps[index] = number
        mean = sum(self._steps) // len(self._steps)
        if mean > self._told_step and not self.call.cancelled:
            self._told_step = mean
            self.call.emit(Step(number=mean, total=total))

    def queued(self, ahead: int, wait_s: float | None) -> None:
        if ahead != self._told_ahead and not self.call.future.running():
            self._told_ahead = ahead
            self.call.emit(Queued(ahead=ahead, wait_s=wait_s))

    def put(self, index: int, made: object) -> None:
        self._made[index] = made
        self._left -= 1
        if not self._left:
            self.call.future.set_result(self.job.finish(self._made))

    def end(self, error: BaseException) -> None:
        if self.begin():
            self.call.future.set_exception(error)


class Gatherer:
    """A thread that works on batches, and lets at most `capacity` requests wait."""

    def __init__(
        self,
        name: str,
        *,
        capacity: int,
        seats: int = 1,
        window_s: float = WINDOW_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the thread's name, the limits, and how many parts are made at once at most."""
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._capacity = capacity
        self.seats = seats
        self.pulse = Pulse()
        self._window_s = window_s
        self._clock = clock
        self._calls: set[Call[Any, Any]] = set()
        self._line: Line[Piece[Any]] = Line(clock)
        self._more = threading.Condition()
        self._pace = Pace(clock)

    @property
    def active(self) -> int:
        """Requests being worked on."""
        return sum(call.future.running() for call in tuple(self._calls))

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        return len(self._calls) - self.active

    @property
    def under_way(self) -> int:
        """Requests that run or wait; one that begins just now counts once."""
        return len(self._calls)

    def load(self, build: Callable[[], Model]) -> "Future[Model]":
        """Run `build` in the thread, between two batches."""
        return self._pool.submit(build)

    def submit(self, job: Job[Any, Any, Result]) -> Call[Any, Result]:
        """Queue a request, from the event loop. Raises Busy when too many wait."""
        if len(self._calls) >= self._capacity + job.most():
            raise Busy(f"{self._capacity} requests already wait for this model. Try again later.")
        call: Call[Any, Result] = Call()
        self._calls.add(call)
        # Before the event loop learns of the end, so that whoever waited finds a free place.
        call.future.add_done_callback(lambda _: self._calls.discard(call))
        call.follow(call.future)
        asked = _Asked(job, call, self.pulse)
        with self._more:
            for index in range(len(job.parts)):
                piece: Piece[Any] = Piece(index, asked)
                self._line.add(piece, person=job.person, rank=job.rank, cost=job.cost)
            self._more.notify_all()
        for _ in job.parts:  # one turn for each piece: a turn that finds none is over at once
            self._pool.submit(self._turn)
        if self.active:
            self._tell()
        return call

    def stop(self) -> None:
        """End every request and start no other; does not wait for the thread."""
        self.release(Stopping())
        self._pool.shutdown(wait=False, cancel_futures=True)

    def release(self, refusal: Refusal) -> None:
        """End every request with this answer."""
        for call in tuple(self._calls):
            call.end(refusal)

    def _turn(self) -> None:
        batch = self._gathered()
        if batch:
            self._tell()
            self._pace.begin(sum(piece.asked.job.cost for piece in batch))
            try:
                self._make(batch)
            finally:
                self.pulse.rest()
            self._pace.end()

    def _gathered(self) -> list[Piece[Any]]:
        """Take who is next out of the line, and who may go with them."""
        with self._more:
            self._wait()
            self._sweep()
            first = self._line.fitting(lambda _: True)
            if first is None:
                return []
            job, batch = first.item.asked.job, list[Piece[Any]]()
            while len(batch) < job.most() and (
                place := self._line.fitting(lambda piece: piece.asked.job.key == job.key)
            ):
                self._line.leave(place)
                if place.item.asked.begin():
                    batch.append(place.item)
            return batch

    def _wait(self) -> None:
        """Wait for company, but nobody longer than the window."""
        while (first := self._line.fitting(lambda _: True)) is not None:
            job = first.item.asked.job
            there = sum(piece.asked.job.key == job.key for piece in self._line)
            left_s = first.since_s + self._window_s - self._clock()
            if there >= job.most() or left_s <= 0:
                return
            self._more.wait(left_s)

    def _sweep(self) -> None:
        """Let go of those for whom nobody waits."""
        for piece in [piece for piece in self._line if piece.cancelled]:
            self._line.drop(piece)
            piece.asked.end(Cancelled())

    def _tell(self) -> None:
        """Tell those who wait their place."""
        with self._more:
            places = self._line.places()
        ahead: dict[_Asked, None] = {}
        cost = 0.0
        for place in places:
            asked = place.item.asked
            if asked not in ahead:
                asked.queued(len(ahead), self._pace.after(cost))
                ahead[asked] = None
            cost += place.cost

    def _make(self, batch: Sequence[Piece[Any]]) -> None:
        """Make a batch, and what fails of it again in halves."""
        most = batch[0].asked.job.most()  # which may have become less since it was gathered
        self.pulse.beat()
        error = None if len(batch) > most else _tried(batch)
        if len(batch) > most:
            for start in range(0, len(batch), most):
                self._make(batch[start : start + most])
        elif error is not None:
            self._blame(batch, error)

    def _blame(self, batch: Sequence[Piece[Any]], error: Exception) -> None:
        left = [piece for piece in batch if not piece.cancelled]
        for piece in batch:
            if piece.cancelled:
                piece.asked.end(Cancelled())
        if len(batch) == 1 and left:
            left[0].asked.end(error)
        elif left:
            middle = (len(left) + 1) // 2
            for half in (left[:middle], left[middle:]):
                still = [piece for piece in half if not piece.cancelled]
                if still:
                    self._make(still)


def _tried(batch: Sequence[Piece[Any]]) -> Exception | None:
    """Make a batch and hand it out; returns why not, without the frames that hold its memory."""
    try:
        made = list(zip(batch, batch[0].asked.job.make(batch), strict=True))
    except Exception as error:  # noqa: BLE001 - a model raises what it likes
        if not isinstance(error, Refusal | Cancelled):
            log_error(f"making {len(batch)} at once failed", error)
        with contextlib.suppress(RuntimeError):  # a frame that still runs
            traceback.clear_frames(error.__traceback__)
        return error.with_traceback(None)
    for piece, one in made:
        if piece.cancelled or one is None:
            piece.asked.end(Cancelled())
        else:
            piece.asked.put(piece.index, one)
    return None
