from bot.budgets import Budget
from bot.ledger.accounts import Accounts
from bot.ledger.counted import CountedLedger
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from bot.life.metrics import Metrics
from moderation.policy import Action
from tests.bot.builders import ANA, BO, LEASE_S, assessment, draft, execute, keys, request
from tests.bot.ledger.working import claimed, finished

SCOPES = ("user", "workspace", "channel", "team")


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


async def test_a_lease_that_ran_out_is_counted_and_one_that_was_handed_back_is_not(
    writer: Writer, db: str
) -> None:
    metrics = Metrics()
    ledger = CountedLedger(writer, LEASE_S, keys()).counting(metrics)
    await claimed(ledger)
    await ledger.release()
    assert await ledger.claim("resume") is not None
    assert sample(metrics, "lease_expired_total") == 0
    execute(db, "UPDATE request SET lease_until_ms = 1")
    taken = await ledger.claim("resume")
    assert taken is not None
    assert sample(metrics, "lease_expired_total") == 1
    await finished(ledger, taken)
    await ledger.accept(request())
    assert await ledger.claim("greet") is not None
    assert sample(metrics, "lease_expired_total") == 1


async def test_posts_of_unknown_outcome_are_counted_by_how_they_came_out(writer: Writer) -> None:
    metrics = Metrics()
    ledger = CountedLedger(writer, LEASE_S, keys()).counting(metrics)
    for how in ("found", "again", "found"):
        ledger.reconciled(how)
    assert sample(metrics, "placeholder_reconciled_total", how="found") == 2
    assert sample(metrics, "placeholder_reconciled_total", how="again") == 1


async def test_of_each_scope_the_fullest_budget_is_shown_and_no_name(writer: Writer) -> None:
    metrics = Metrics()
    budgets = (
        Budget(scope="user", window="day", tokens=1000),
        Budget(scope="user", window="month", requests=4),
        Budget(scope="workspace", window="month", requests=10),
        Budget(scope="channel", id="C9", window="month", requests=1),
        Budget(scope="team", window="day", images=0),
    )
    accounts = Accounts(budgets=budgets)
    ledger = CountedLedger(writer, LEASE_S, keys(), accounts).counting(metrics)
    for user in (ANA, ANA, BO):
        lease = await claimed(ledger, request(user=user, team="T1"))
        await finished(ledger, lease)
    await ledger.look()
    shares = {scope: sample(metrics, "budget_used_ratio", scope=scope) for scope in SCOPES}
    assert shares == {"user": 0.5, "workspace": 0.3, "channel": 0.0, "team": 1.0}
    assert b"U1" not in metrics.text()


async def test_without_budgets_nothing_is_asked(writer: Writer) -> None:
    metrics = Metrics()
    ledger = CountedLedger(writer, LEASE_S, keys()).counting(metrics)
    writer.close()
    await ledger.look()
    assert b"budget_used_ratio{" not in metrics.text()
