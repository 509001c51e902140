"""The ledger with counters: what ended how, and what moderation decided. It changes nothing."""

from typing_extensions import override

from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, Outcome, now_ms
from bot.life.metrics import Metrics
from generators.draft import Cost, Draft, Request
from moderation.gate import Assessment


class CountedLedger(Ledger):
    """A ledger that counts what it records."""

    metrics: Metrics

    def counting(self, metrics: Metrics) -> "CountedLedger":
        """Take the counters, and return this ledger."""
        self.metrics = metrics
        return self

    async def look(self) -> None:
        """Bring up to date what is shown of budgets. Raises LedgerUnavailable."""
        if not self._accounts.budgets:
            return
        now = now_ms()
        shares = await self._writer.read(lambda session: self._accounts.fullest(session, now))
        for scope, share in shares.items():
            self.metrics.books.budgets.labels(scope).set(share)

    @override
    def ran_out(self) -> None:
        """Count a lease that ran out."""
        self.metrics.expired.inc()

    @override
    def reconciled(self, how: str) -> None:
        """Count a post of unknown outcome."""
        self.metrics.reconciled.labels(how).inc()

    @override
    async def done(self, lease: Lease, outcome: Outcome) -> None:
        """Record that the final message stands."""
        await super().done(lease, outcome)
        self.metrics.requests.labels(lease.request.verb, outcome).inc()

    @override
    async def admitted(self, lease: Lease, request: Request, assessment: Assessment) -> None:
        """Record the verdict on what was asked, and keep that only as the models may see it."""
        await super().admitted(lease, request, assessment)
        self._judged("input", assessment)

    @override
    async def refuse(self, lease: Lease, assessment: Assessment, cost: Cost | None = None) -> None:
        """Record that the prompt was not let in, and what it took to tell."""
        await super().refuse(lease, assessment, cost)
        self._judged("input", assessment)

    @override
    async def settle(
        self, lease: Lease, draft: Draft, assessment: Assessment, outcome: Outcome | None
    ) -> None:
        """Record output, verdict, usage and state together."""
        await super().settle(lease, draft, assessment, outcome)
        self._judged("output", assessment)

    @override
    async def block(self, lease: Lease, draft: Draft, assessment: Assessment) -> None:
        """Record that an answer may not be shown."""
        await super().block(lease, draft, assessment)
        self._judged("output", assessment)

    def _judged(self, stage: str, assessment: Assessment) -> None:
        self.metrics.moderated.labels(stage, assessment.action.name.lower()).inc()
