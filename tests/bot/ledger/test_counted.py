from bot.ledger.counted import CountedLedger
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from bot.life.metrics import Metrics
from moderation.policy import Action
from tests.bot.builders import LEASE_S, assessment, draft, keys, request
from tests.bot.ledger.working import claimed


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"atelier_{name}", labels)


async def test_it_counts_what_it_records(writer: Writer) -> None:
    metrics = Metrics()
    ledger = CountedLedger(writer, LEASE_S, keys()).counting(metrics)
    assert isinstance(ledger, Ledger)
    lease = await claimed(ledger)
    await ledger.admitted(lease, lease.request, assessment(action=Action.REDACT))
    await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    await ledger.done(lease, "delivered")
    moderated = [
        sample(metrics, "moderation_total", stage=stage, decision=decision)
        for stage, decision in (("input", "redact"), ("output", "allow"))
    ]
    assert moderated == [1.0, 1.0]
    assert sample(metrics, "requests_total", kind=request().verb, outcome="delivered") == 1.0


async def test_what_is_refused_or_blocked_counts_too(writer: Writer) -> None:
    metrics = Metrics()
    ledger = CountedLedger(writer, LEASE_S, keys()).counting(metrics)
    lease = await claimed(ledger)
    await ledger.refuse(lease, assessment(action=Action.BLOCK))
    await ledger.done(lease, "refused")
    lease = await claimed(ledger)
    await ledger.block(lease, draft(lease.request), assessment(action=Action.BLOCK))
    for stage in ("input", "output"):
        assert sample(metrics, "moderation_total", stage=stage, decision="block") == 1.0
