"""One thread that writes many answers at once: continuous batching.

Between two steps of the model requests come and go: who waits gets a seat when there is room, who
is done or gone leaves. A step that raises is taken back: each of its requests is computed again
from its tokens, alone, until it has got further than before; one that fails alone is the one to
blame and fails, and the others never notice. A thread that dies is followed by another one.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from generators.engine.cache import Segment, Stepper
from generators.engine.errors import Busy, ModelFailed, Refusal, Stopping
from generators.engine.line import Line
from generators.engine.metrics import Metrics
from generators.engine.prompt import Answer, Draw, Prompt, Standing
from generators.engine.pulse import Pulse
from generators.engine.row import Decode, Row
from generators.engine.standing import Board
from generators.engine.worker import Call, Cancelled, log_error

ROWS = 16
ONES_SHARE = 0.75
"""Of the seats, how many one person may have; requests that name nobody share no such limit."""
MOST_FAILURES = 2
"""Failures without a new token in between after which a request that runs alone has failed."""
Model = TypeVar("Model")
logger = logging.getLogger(__name__)


@runtime_checkable
class Writer(Protocol):
    """A language model as the batch needs it."""

    stepper: Stepper
    decode: Decode
    stop_tokens: frozenset[int]

    def choose(self, scores: Any, draws: Sequence[Draw]) -> Any:  # noqa: ANN401 - tensors
        """Return the next token of each row of scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A step under way: its rows, those of them that get a token, and these tokens."""

    rows: Sequence[Row]
    drawn: Sequence[Row]
    tokens: Any
    begun_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """Something to do when there is no request."""

    work: Callable[[], Any]
    future: "Future[Any]"


class Batcher:
    """A thread that runs `rows` requests at once and lets at most `capacity` wait."""

    def __init__(
        self, name: str, *, capacity: int, rows: int = ROWS, metrics: Metrics | None = None
    ) -> None:
        """Take the thread's name, the limits, and what counts."""
        self._name = name
        self._metrics = metrics or Metrics()
        self.pulse = Pulse()
        self._board = Board()
        self._capacity = capacity
        self._most_rows = rows
        self._calls: set[Call[str | Standing, Answer]] = set()
        self._inbox: queue.SimpleQueue[Row | _Build | None] = queue.SimpleQueue()
        self._line: Line[Row] = Line(time.monotonic)
        self._rows: list[Row] = []
        self._builds: list[_Build] = []
        self._model: Writer | None = None
        self._step: _Step | None = None
        self._tried: Sequence[Row] = ()
        self._seen_s = 0.0
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def seats(self) -> int:
        """Requests that can be answered at once."""
        return self._most_rows

    @property
    def active(self) -> int:
        """Requests being answered."""
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
        """Run `build` in the thread, while no request runs or waits; a `Writer` is used then."""
        future: Future[Model] = Future()
        self._inbox.put(_Build(work=build, future=future))
        self._start()
        return future

    def submit(self, prompt: Prompt) -> Call[str | Standing, Answer]:
        """Queue a request, from the event loop. Raises Busy when too many wait."""
        if len(self._calls) >= self._capacity + self._most_rows:
            raise Busy(f"{self._capacity} requests already wait for this model. Try again later.")
        call: Call[str | Standing, Answer] = Call()
        self._calls.add(call)
        # Before the event loop learns of the end, so that whoever waited finds a free place.
        call.future.add_done_callback(lambda _: self._calls.discard(call))
        call.follow(call.future)
        self._inbox.put(Row(prompt, call))
        self._start()
        return call

    def stop(self) -> None:
        """End every request and start no other; does not wait for the thread."""
        self._stopping.set()
        self.release(Stopping())
        self._inbox.put(None)

    def release(self, refusal: Refusal) -> None:
        """End every request with this answer."""
        for call in tuple(self._calls):
            call.end(refusal)

    def ended(self, timeout_s: float) -> bool:
        """Wait so long for the thread to end, after `stop`; return whether it has."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def _start(self) -> None:
        """Start the thread if there is none, or none any more."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._live, name=self._name, daemon=True)
                self._thread.start()

    def _live(self) -> None:
        try:
            while not self._stopping.is_set():
                self._read()
                self._build()
                self._turn()
        except BaseException as error:  # noqa: BLE001 - what ends a thread must not end the service
            self._blame("the language model's thread died, and another one goes on", error)
            self._thread = None
            self._start()
            return
        for row in tuple(self._rows):
            self._end(row, Cancelled())

    def _read(self) -> None:
        """Take what has come; wait for it when there is nothing else to do."""
        with contextlib.suppress(queue.Empty):
            idle = not (self._rows or self._builds or len(self._line))
            if idle:
                self.pulse.rest()
            self._take(self._inbox.get(block=idle))
            if idle:
                self.pulse.beat()
            while True:
                self._take(self._inbox.get_nowait())

    def _take(self, item: Row | _Build | None) -> None:
        if isinstance(item, _Build):
            self._builds.append(item)
        elif item is not None:
            asked = item.prompt
            self._line.add(item, person=asked.person, rank=asked.rank, cost=asked.tokens)

    def _build(self) -> None:
        while self._builds and not self._rows and not len(self._line):
            build = self._builds.pop(0)
            self.pulse.rest()
            if build.future.set_running_or_notify_cancel():
                made = _built(build)
                known = self._model if isinstance(self._model, Writer) else None  # or was released
                self._model = made if isinstance(made, Writer) else known
            self.pulse.beat()

    def _turn(self) -> None:
        """Do one step and tell what came of it."""
        if (model := self._model) is None:
            return
        try:
            self._sweep()
            step = self._step or self._launch(model)
            told = self._collect(step, model) if step else []
        except Exception as error:  # noqa: BLE001 - a model raises what it likes
            self._blame("a step of the language model failed", error)
            return
        if model.stepper.device.type != "cpu":
            self._hurry(model)
        self._tell(told, model)

    def _hurry(self, model: Writer) -> None:
        """Begin the next step now, so that the device computes while text goes out."""
        try:
            self._step = self._launch(model)
        except Exception as error:  # noqa: BLE001 - as above
            self._blame("a step of the language model failed", error)

    def _launch(self, model: Writer) -> _Step | None:
        """Begin a step with all that is to be computed; None when there is nothing."""
        self._admit(model.stepper)
        if len(self._line):
            self._board.tell(self._rows, self._line.ordered())
        pairs = _plan(self._rows, model.stepper.prefill_tokens)
        if not pairs:
            return None
        begun, self._tried = time.perf_counter(), [row for row, _ in pairs]
        scores = model.stepper.step([segment for _, segment in pairs])
        for row, segment in pairs:
            row.cached = segment.end
        ready = [place for place, (row, _) in enumerate(pairs) if row.cached == len(row.known)]
        drawn = [pairs[place][0] for place in ready]
        if len(ready) < len(pairs):
            scores = scores[ready]
        tokens = model.choose(scores, [row.draw() for row in drawn]) if drawn else scores
        return _Step(rows=self._tried, drawn=drawn, tokens=tokens, begun_s=begun)

    def _collect(self, step: _Step, model: Writer) -> list[Row]:
        """Wait for the step; give each row its token. Returns the rows that got one."""
        self._step, self._tried = None, step.rows
        tokens = step.tokens.tolist() if step.drawn else []
        now = time.perf_counter()
        spent = now - max(step.begun_s, self._seen_s)
        self._seen_s = now
        self.pulse.beat()
        self._board.stepped(spent)
        self._metrics.stepped("text", spent, rows=len(step.rows))
        for row in step.rows:
            row.model_s += spent / len(step.rows)
        going = [(row, token) for row, token in zip(step.drawn, tokens, strict=True) if row.seat]
        for row, token in going:
            if not row.written:
                self._metrics.began("text", now - row.since_s)
            row.grow(token)
            if row.ends(model.stop_tokens):
                self._leave(row)
        return [row for row, _ in going]

    def _tell(self, rows: Sequence[Row], model: Writer) -> None:
        """Turn new tokens into text and send it; end what is over."""
        for row in rows:
            text = row.text(model.decode)
            if row.prompt.shape is not None and row.prompt.shape.broken:
                self._end(row, ModelFailed("This schema took more than a step may take."))
                continue
            over = row.seat is None or text.stopped
            text.tell(row.call, all_of_it=over)
            if over:
                self._board.ended(row)
                self._leave(row)
                row.call.future.set_result(row.answer(model.decode, model.stop_tokens))

    def _admit(self, stepper: Stepper) -> None:
        while len(self._rows) < self._most_rows and (place := self._line.first(self._may_run)):
            row = place.item
            seat = stepper.open(row.prompt.tokens)
            if seat is None:
                return
            self._line.leave(place)
            row.seat = seat
            if row.call.future.set_running_or_notify_cancel():
                self._rows.append(row)
            else:
                stepper.close(seat)

    def _may_run(self, person: str) -> bool:
        """Whether a person has few enough answers under way to leave seats for others."""
        theirs = sum(row.prompt.person == person for row in self._rows)
        return not person or theirs < max(1, round(self._most_rows * ONES_SHARE))

    def _sweep(self) -> None:
        """Let go of those for whom nobody waits."""
        for row in [row for row in self._line if row.call.future.cancelled()]:
            self._line.drop(row)
        for row in [row for row in self._rows if row.call.cancelled]:
            self._end(row, Cancelled())

    def _leave(self, row: Row) -> None:
        if row.seat is not None and self._model is not None:
            self._model.stepper.close(row.seat)
            row.seat = None
            self._rows.remove(row)
            self._metrics.used(len(row.prompt.token_ids), row.written)

    def _end(self, row: Row, error: Exception) -> None:
        self._leave(row)
        row.call.future.set_exception(error)

    def _blame(self, what: str, error: BaseException) -> None:
        """Try the rows of a failed step again, each alone, or end the one that failed alone."""
        log_error(what, error)
        self.pulse.beat()
        self._step = None
        rows = [row for row in self._tried if row.seat is not None]
        for row in rows:
            row.doubt()
        if len(self._tried) == 1 and rows and rows[0].failures >= MOST_FAILURES:
            name = type(error).__name__
            self._end(rows[0], ModelFailed(f"The model failed on this request ({name})."))


def _plan(rows: Sequence[Row], prefill_tokens: int) -> list[tuple[Row, Segment]]:
    """Who computes what in the next step: a suspect alone, else one token each and some prompt."""
    suspects = [row for row in rows if row.suspect][:1]
    pairs: list[tuple[Row, Segment]] = []
    room = prefill_tokens
    for row in suspects or rows:
        segment = row.segment(max(room, 1))
        if row.writing or room > 0:
            pairs.append((row, segment))
            room -= 0 if row.writing else len(segment.tokens)
    return pairs


def _built(build: _Build) -> object:
    try:
        made = build.work()
    except Exception as error:  # noqa: BLE001 - whoever asked for it reads it from the future
        build.future.set_exception(error)
        return None
    build.future.set_result(made)
    return made
