"""What is counted and measured, in Prometheus's text format. No label names a person or a channel.

One registry a process, made in `bot.core` and passed down: nothing here is global.
"""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

PREFIX = "atelier"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ACK_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5)
_WRITE_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)

Values = Mapping[str, Callable[[], float]]


class Books:
    """What the books say: the nightly audit's count, and how far budgets are used."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Start with zeros, as if nothing had been looked at."""
        self._registry = registry
        self.usage_mismatch = self._gauge(
            "usage_mismatch", "Mismatches of usage that the last nightly audit found; must be 0."
        )
        self.audit_mismatch = self._gauge(
            "audit_mismatch", "Mismatches of any kind that it found; must be 0."
        )
        self.audited = self._gauge("audit_last_timestamp_seconds", "When it was; 0: not yet.")
        self.budgets = self._gauge(
            "budget_used_ratio",
            "Of the fullest budget of a scope, the share that is used.",
            "scope",
        )

    def _gauge(self, name: str, means: str, *labels: str) -> Gauge:
        return Gauge(name, means, labels, namespace=PREFIX, registry=self._registry)


class Metrics:
    """Every counter, gauge and histogram of one bot."""

    def __init__(self) -> None:
        """Start with zeros."""
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests that ended.", "kind", "outcome")
        self.accepted = self._counter("accepted", "Requests committed before their ack.")
        self.duplicates = self._counter(
            "duplicate_dropped", "Requests told of again and dropped.", "source"
        )
        self.refused = self._counter(
            "ack_refused", "Envelopes not acknowledged, by the status they got.", "status"
        )
        self.retries = self._counter("slack_retries", "Envelopes that Slack sent again.", "reason")
        self.door = self._counter(
            "door_refused", "HTTP requests that the gate at the door refused.", "status"
        )
        self.moderated = self._counter(
            "moderation", "Verdicts by what was judged and what was decided.", "stage", "decision"
        )
        self.calls = self._counter("slack_calls", "Calls to Slack.", "method", "result")
        self.unknown = self._counter(
            "slack_unknown", "Calls to Slack that may or may not have happened."
        )
        self.reconciled = self._counter(
            "placeholder_reconciled",
            "Posts of unknown outcome: found, made again, or a spare one removed.",
            "how",
        )
        self.expired = self._counter("lease_expired", "Leases that ran out before their work.")
        self.unmoderated = self._counter(
            "unmoderated_blocked", "Things without a seal that were to be shown; must stay 0."
        )
        self.books = Books(self.registry)
        self.rebuilt = self._counter("socket_rebuilt", "Socket Mode connections made anew.")
        self.acks = self._histogram("ack_seconds", "From envelope to answer.", _ACK_S)
        self.writes = self._histogram("db_write_seconds", "Commits of the writer.", _WRITE_S)
        self.batches = self._histogram("writer_batch_size", "Changes in one commit.", _BATCH)

    def gauge(self, name: str, means: str, value: Callable[[], float]) -> None:
        """Show a number that is asked for whenever somebody looks."""
        Gauge(name, means, namespace=PREFIX, registry=self.registry).set_function(value)

    def gauges(self, name: str, means: str, label: str, values: Values) -> None:
        """Show several numbers of one kind that are asked for whenever somebody looks."""
        gauge = Gauge(name, means, (label,), namespace=PREFIX, registry=self.registry)
        for which, value in values.items():
            gauge.labels(which).set_function(value)

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self.registry)

    def committed(self, seconds: float, changes: int) -> None:
        """Note one commit of the writer; called in its thread."""
        self.writes.observe(seconds)
        self.batches.observe(changes)

    def _counter(self, name: str, means: str, *labels: str) -> Counter:
        return Counter(name, means, labels, namespace=PREFIX, registry=self.registry)

    def _histogram(self, name: str, means: str, bounds: tuple[float, ...]) -> Histogram:
        return Histogram(name, means, namespace=PREFIX, buckets=bounds, registry=self.registry)


class Queue(Collector):
    """What waits, as it was when the database was last asked; a collector may not wait itself."""

    def __init__(self) -> None:
        """Know of nothing that waits."""
        self.depths: dict[tuple[str, str], int] = {}
        self.oldest_s = 0.0

    @override
    def collect(self) -> list[Metric]:
        """Return `queue_depth{kind,state}` and `queue_oldest_seconds`."""
        depth = GaugeMetricFamily(
            f"{PREFIX}_queue_depth", "Requests that are not done.", labels=("kind", "state")
        )
        for (kind, state), count in self.depths.items():
            depth.add_metric((kind, state), count)
        oldest = GaugeMetricFamily(
            f"{PREFIX}_queue_oldest_seconds",
            "Age of the oldest request that waits for its answer.",
            value=self.oldest_s,
        )
        return [depth, oldest]
