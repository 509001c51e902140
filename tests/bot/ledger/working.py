"""What the pipeline does with the ledger, and what a test sees of it."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlmodel import Session

from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, Outcome
from bot.ledger.writer import Writer
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


def lapse(db: str) -> None:
    """Let time pass until every lease has run out."""
    execute(db, "UPDATE request SET lease_until_ms = 0")


def aged(db: str, asked: Request, created_ms: int) -> None:
    execute(db, "UPDATE request SET created_ms = ? WHERE id = ?", created_ms, asked.id.hex)


def snapshot(db: str) -> list[list[tuple[object, ...]]]:
    """Return everything that the database holds, but for when leases run out."""
    everything = (
        "SELECT id, prompt, state, outcome, notice, owner, attempt FROM request ORDER BY id",
        "SELECT id, usage_rows, verdict_rows FROM request ORDER BY id",
        "SELECT * FROM send ORDER BY request_id, part",
        "SELECT * FROM output ORDER BY request_id, attempt",
        "SELECT * FROM verdict ORDER BY id",
        "SELECT * FROM usage ORDER BY id",
    )
    return [rows(db, query) for query in everything]


def takes_no_rows(db: str, table: str) -> None:
    """Let every insert into a table break a rule from now on."""
    if db.startswith("sqlite"):
        rule = "BEGIN SELECT RAISE(ABORT, 'no'); END"
    else:
        rule = "FOR EACH ROW EXECUTE FUNCTION refused()"
        execute(
            db,
            """CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RAISE 'no' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        )
    execute(db, f"CREATE TRIGGER refused BEFORE INSERT ON {table} {rule}")


@asynccontextmanager
async def busy(writer: Writer) -> AsyncGenerator[None]:
    """Keep the writing thread at work in this block: what is queued in it is one commit."""
    begun, release = threading.Event(), threading.Event()

    def hold(_: Session) -> None:
        begun.set()
        release.wait()

    holding = asyncio.create_task(writer.write(hold))
    await asyncio.to_thread(begun.wait)
    try:
        yield
        await asyncio.sleep(0)
    finally:
        release.set()
        await holding
