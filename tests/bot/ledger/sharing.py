"""One of several bots that share a database: `python -m tests.bot.ledger.sharing URL NAME`.

It says a line when it is ready, and one for each request that it has brought to its end.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace

from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease
from bot.ledger.writer import Writer
from bot.worker import Bell, Worker
from tests.bot.builders import keys
from tests.bot.line import LIMITS, Line

LEASE_S = 3.0
"""Short, so that what a killed bot held goes on soon."""
AT_WORK = 4


async def main(url: str) -> None:
    """Work until killed."""
    ledger = Ledger(Writer(connect(url)), LEASE_S, keys())
    roomy = replace(LIMITS, per_user=1000, overall=1000)  # what a killed bot held may hold up many
    line, bell = Line(ledger, limits=roomy), Bell()

    async def handle(lease: Lease, answered: Callable[[], None]) -> None:
        await line.pipeline.handle(lease, answered)
        if lease.state != "accepted":
            say(lease.request.id.hex)

    worker = Worker(ledger, handle, bell, at_work=AT_WORK)
    say("ready")
    await worker.run()


def say(line: str) -> None:
    """Write a line that the parent waits for."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
