"""The gate with a counter: what somebody was about to show that it had not cleared for there."""

import logging

from typing_extensions import override

from bot.life.metrics import Metrics
from generators.draft import Content, Destination
from moderation.gate import Cleared, Gate, SealBroken

log = logging.getLogger(__name__)


class CountedGate(Gate):
    """A gate that counts what it refuses to open. That is a mistake of ours, and must be none."""

    metrics: Metrics | None = None

    def counting(self, metrics: Metrics) -> "CountedGate":
        """Take the counters, and return this gate."""
        self.metrics = metrics
        return self

    @override
    def open(self, cleared: Cleared, to: Destination) -> Content:
        """Break the seal and return the content."""
        try:
            return super().open(cleared, to)
        except SealBroken:
            if self.metrics is not None:
                self.metrics.unmoderated.inc()
            about = {"request": cleared.draft.request.name}
            log.critical("%(request)s was not shown: it was not cleared for there", about)
            raise
