"""What the pipeline does with the ledger, and what a test sees of it."""

from pathlib import Path

from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, Outcome
from generators.draft import Request
from moderation.policy import Action
from tests.bot.builders import assessment, draft, execute, request, rows


async def claimed(ledger: Ledger, asked: Request | None = None) -> Lease:
    """Accept a request and claim it, while no other waits."""
    await queued(ledger, asked)
    lease = await ledger.claim("work")
    assert lease is not None
    return lease


async def queued(ledger: Ledger, asked: Request | None = None, weight: float = 1.0) -> int:
    """Accept a request and put it in line; return how many are before it."""
    await ledger.accept(asked or request())
    lease = await ledger.claim("greet")
    assert lease is not None
    ahead = await ledger.queue(lease, weight)
    await ledger.greeted(lease)
    return ahead


async def finished(ledger: Ledger, lease: Lease, outcome: Outcome | None = "delivered") -> None:
    await ledger.settle(lease, draft(lease.request), assessment(), outcome)
    await ledger.done(lease, outcome or "delivered")


async def held(ledger: Ledger, asked: Request | None = None) -> Lease:
    lease = await claimed(ledger, asked)
    await ledger.settle(lease, draft(lease.request), assessment(action=Action.HOLD), None)
    await ledger.hold(lease)
    return lease


def lapse(path: Path) -> None:
    """Let time pass until every lease has run out."""
    execute(path, "UPDATE request SET lease_until_ms = 0")


def aged(path: Path, asked: Request, created_ms: int) -> None:
    execute(path, "UPDATE request SET created_ms = ? WHERE id = ?", created_ms, asked.id.hex)


def snapshot(path: Path) -> list[list[tuple[object, ...]]]:
    """Return everything that the database holds, but for when leases run out."""
    everything = (
        "SELECT id, prompt, state, outcome, notice, owner, attempt FROM request ORDER BY id",
        "SELECT id, usage_rows, verdict_rows FROM request ORDER BY id",
        "SELECT * FROM send",
        "SELECT * FROM output",
        "SELECT * FROM verdict",
        "SELECT * FROM usage",
    )
    return [rows(path, query) for query in everything]
