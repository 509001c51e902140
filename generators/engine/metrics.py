"""What the engine counts and measures, in Prometheus's text format. No label names a person.

One registry a process, made with the roster and passed down: nothing here is global.
"""

import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Protocol, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from generators.engine.errors import BadRequest, Busy, NotReady, Refusal
from generators.engine.pace import Preview, Step
from generators.engine.pulse import Pulse
from generators.engine.worker import Call, Cancelled

PREFIX = "atelier_engine"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STEP_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_FIRST_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
Event = TypeVar("Event")


class Metrics:
    """Every counter and histogram of one engine."""

    def __init__(self) -> None:
        """Start with zeros."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = self._counter("requests", "Requests by how they ended.", "kind", "end")
        self._tokens = self._counter("tokens", "Tokens read and written.", "of")
        self._pictures = self._counter("pictures", "Pictures made.")
        self._loads = self._counter("model_loads", "Models loaded, or not.", "kind", "end")
        self._steps = self._histogram("step_seconds", "Steps of a model.", _STEP_S, "kind")
        self._first = self._histogram(
            "first_token_seconds", "From a request to its first token.", _FIRST_S, "kind"
        )
        self._rows = self._histogram("batch_size", "Requests in one step.", _ROWS, "kind")
        memory = self._gauge("device_memory_bytes", "Memory that tensors have on the GPU.")
        memory.set_function(_device_bytes)

    def stepped(self, kind: str, seconds: float, *, rows: int) -> None:
        """Note one step of a model for so many requests."""
        self._steps.labels(kind).observe(seconds)
        self._rows.labels(kind).observe(rows)

    def began(self, kind: str, seconds: float) -> None:
        """Note the first token of an answer."""
        self._first.labels(kind).observe(seconds)

    def used(self, read: int, written: int) -> None:
        """Note the tokens of a request that is over, however it ended."""
        self._tokens.labels("prompt").inc(read)
        self._tokens.labels("answer").inc(written)

    def drew(self, pictures: int) -> None:
        """Note finished pictures."""
        self._pictures.inc(pictures)

    def loaded(self, kind: str, end: str) -> None:
        """Note that a model was loaded, or why not: "ready", "absent" or "failed"."""
        self._loads.labels(kind, end).inc()

    @contextmanager
    def asked(self, kind: str) -> Generator[None]:
        """Note a request that is refused in this block."""
        try:
            yield
        except Refusal as refusal:
            self._requests.labels(kind, _refused(refusal)).inc()
            raise

    def follow(self, kind: str, call: Call[Any, Any]) -> None:
        """Note how a request ends."""
        call.future.add_done_callback(lambda _: self._requests.labels(kind, _end(call)).inc())

    async def timed(self, kind: str, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
        """Pass events on, and note those that are a step."""
        before_s = perf_counter()
        async for event in events:
            now_s = perf_counter()
            if isinstance(event, Step):
                self.stepped(kind, now_s - before_s, rows=1)
            if not isinstance(event, Preview):  # which comes within a step
                before_s = now_s
            yield event

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self.registry)

    def _counter(self, name: str, means: str, *labels: str) -> Counter:
        return Counter(name, means, labels, namespace=PREFIX, registry=self.registry)

    def _gauge(self, name: str, means: str, *labels: str) -> Gauge:
        return Gauge(name, means, labels, namespace=PREFIX, registry=self.registry)

    def _histogram(
        self, name: str, means: str, bounds: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(
            name, means, labels, namespace=PREFIX, buckets=bounds, registry=self.registry
        )


class Part(Protocol):
    """One model, as these pages show it."""

    @property
    def part(self) -> str:
        """Return its kind, and of a further model of a kind its id too."""

    @property
    def pulse(self) -> Pulse:
        """Return whether it gets on."""

    def numbers(self) -> Mapping[str, float]:
        """Return what is so at this moment, by name."""


MEANS = {
    "ready": "1 while the model can be asked.",
    "running": "Requests that are being answered.",
    "waiting": "Requests that have not begun.",
    "seats": "How many can be answered at once.",
}


class Now(Collector):
    """How things stand whenever somebody looks."""

    def __init__(self, parts: Callable[[], Iterable[Part]]) -> None:
        """Take the kinds of models."""
        self._parts = parts

    @override
    def collect(self) -> list[Metric]:
        """Return a gauge for each number, by kind, and what tells whether a thread hangs."""
        parts = list(self._parts())
        steps = CounterMetricFamily(
            f"{PREFIX}_beats",
            "Steps of any kind; stands still in a thread that hangs.",
            labels=("kind",),
        )
        gauges = {name: _family(name, means) for name, means in MEANS.items()}
        stalled = _family("stalled_seconds", "Since the last step, while there is work.")
        for part in parts:
            steps.add_metric((part.part,), part.pulse.beats)
            stalled.add_metric((part.part,), part.pulse.stalled_s)
            for name, number in part.numbers().items():
                gauges[name].add_metric((part.part,), number)
        return [steps, stalled, *gauges.values()]


def _family(name: str, means: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", means, labels=("kind",))


def _end(call: Call[Any, Any]) -> str:
    if call.ended is not None:
        return "stopped"
    if call.cancelled or call.future.cancelled():
        return "cancelled"
    error = call.future.exception()
    if isinstance(error, Cancelled):
        return "cancelled"
    return "done" if error is None else "failed"


def _refused(refusal: Refusal) -> str:
    names = {Busy: "busy", NotReady: "unavailable", BadRequest: "refused"}
    return next((name for kind, name in names.items() if isinstance(refusal, kind)), "refused")


def _device_bytes() -> float:
    """Return what torch has on the GPU; 0 where there is none, or no torch yet."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return 0.0
    return float(torch.cuda.memory_allocated())
