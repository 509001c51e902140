import asyncio
from collections.abc import Callable

import pytest

from bot import worker as module
from bot.ledger.ledger import Ledger
from bot.ledger.order import Stage
from bot.ledger.rows import Lease
from bot.ledger.writer import LedgerUnavailable
from bot.worker import Bell, Worker
from tests.bot.builders import execute, request, rows
from tests.bot.ledger.working import queued


class Hands:
    """Handles leases by noting them; waits where it is told to."""

    def __init__(self) -> None:
        self.leases = asyncio.Queue[Lease]()
        self.release = asyncio.Event()
        self.error: Exception | None = None

    async def handle(self, lease: Lease, answered: Callable[[], None]) -> None:
        del answered
        self.leases.put_nowait(lease)
        if self.error:
            raise self.error
        await self.release.wait()


@pytest.fixture
def hands() -> Hands:
    return Hands()


def worker(ledger: Ledger, hands: Hands) -> Worker:
    return Worker(ledger, hands.handle, Bell(), at_work=2)


async def stopped(work: asyncio.Task[None]) -> None:
    work.cancel()
    await asyncio.wait([work])
    assert work.cancelled()


async def test_what_waits_is_taken_and_all_of_it_at_once(ledger: Ledger, hands: Hands) -> None:
    asked = {(one := request()).id: one for _ in range(3)}
    for one in asked.values():
        await ledger.accept(one)
    work = asyncio.create_task(worker(ledger, hands).run())
    taken = [await hands.leases.get() for _ in asked]
    assert {lease.request.id for lease in taken} == set(asked)
    await stopped(work)


async def test_what_comes_later_wakes_it(
    ledger: Ledger, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 3600)
    waiting = worker(ledger, hands)
    work = asyncio.create_task(waiting.run())
    asked = request()
    await ledger.accept(asked)
    waiting.bell.ring()
    assert (await hands.leases.get()).request == asked
    await stopped(work)


async def test_leases_that_ran_out_are_found_without_being_woken(
    ledger: Ledger, hands: Hands, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 0.001)
    await ledger.accept(request())
    assert await ledger.claim() is not None
    work = asyncio.create_task(worker(ledger, hands).run())
    execute(db, "UPDATE request SET lease_until_ms = 0")
    assert (await hands.leases.get()).attempt == 2
    await stopped(work)


async def test_no_more_is_in_hand_than_fits(
    ledger: Ledger, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    for _ in range(3):
        await ledger.accept(request())
    work = asyncio.create_task(worker(ledger, hands).run())
    for _ in range(2):
        await hands.leases.get()
    assert (await ledger.load(request().user)).all == 3
    assert await ledger.claim() is not None, "the third waits for anybody"
    assert hands.leases.empty()
    await stopped(work)


async def test_when_it_stops_the_leases_are_handed_back(
    ledger: Ledger, hands: Hands, db: str
) -> None:
    await ledger.accept(request())
    work = asyncio.create_task(worker(ledger, hands).run())
    await hands.leases.get()
    await stopped(work)
    assert rows(db, "SELECT state, lease_until_ms FROM request") == [("accepted", 0)]


async def test_an_error_that_nobody_expects_ends_it(ledger: Ledger, hands: Hands, db: str) -> None:
    hands.error = ValueError("unexpected")
    await ledger.accept(request())
    with pytest.raises(ExceptionGroup):
        await worker(ledger, hands).run()
    assert rows(db, "SELECT lease_until_ms FROM request") == [(0,)]


async def test_a_database_that_fails_for_a_while_does_not_end_it(
    ledger: Ledger, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 0.001)
    claim, failures = ledger.claim, [LedgerUnavailable("locked")] * 3

    async def fails_first(*stages: Stage) -> Lease | None:
        if failures:
            raise failures.pop()
        return await claim(*stages)

    monkeypatch.setattr(ledger, "claim", fails_first)
    await ledger.accept(request())
    work = asyncio.create_task(worker(ledger, hands).run())
    assert (await hands.leases.get()).attempt == 1
    await stopped(work)


async def test_who_broke_the_engine_works_alone(ledger: Ledger, hands: Hands, db: str) -> None:
    for _ in range(3):
        await queued(ledger)
    execute(db, "UPDATE request SET faults = 1 WHERE vtime = 0")
    work = asyncio.create_task(worker(ledger, hands).run())
    assert (await hands.leases.get()).faults == 1
    await asyncio.to_thread(ledger._writer._queue.qsize)
    assert rows(db, "SELECT count(*) FROM request WHERE state = 'running'") == [(1,)]
    hands.release.set()
    assert {(await hands.leases.get()).faults for _ in range(2)} == {0}
    await stopped(work)


async def test_no_model_needed_any_more_means_the_next_may_begin(ledger: Ledger, db: str) -> None:
    begun = asyncio.Queue[Lease]()
    shown = asyncio.Event()

    async def handle(lease: Lease, answered: Callable[[], None]) -> None:
        begun.put_nowait(lease)
        answered()
        await shown.wait()

    for _ in range(3):
        await queued(ledger)
    work = asyncio.create_task(Worker(ledger, handle, Bell(), at_work=1).run())
    assert len({(await begun.get()).request.id for _ in range(3)}) == 3
    assert rows(db, "SELECT count(*) FROM request WHERE state = 'running'") == [(3,)]
    await stopped(work)


async def test_one_that_leaves_finishes_what_is_in_hand_and_claims_nothing_more(
    ledger: Ledger, hands: Hands, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 3600)
    leaving = worker(ledger, hands)
    await ledger.accept(request())
    work = asyncio.create_task(leaving.run())
    await hands.leases.get()
    for _ in range(2):  # until it looked again and found nothing
        await ledger._writer.write(lambda _session: None)
    leaving.leave()
    await ledger.accept(request())
    leaving.bell.ring()
    assert not work.done()
    hands.release.set()
    await work
    assert hands.leases.empty()
    assert rows(db, "SELECT DISTINCT state FROM request") == [("accepted",)]


async def test_nothing_is_claimed_while_nothing_can_be_shown(
    ledger: Ledger, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 3600)
    allowed = list[bool]()
    bell = Bell()
    waiting = Worker(ledger, hands.handle, bell, at_work=2, may=lambda: bool(allowed))
    await ledger.accept(request())
    work = asyncio.create_task(waiting.run())
    await asyncio.sleep(0)
    assert hands.leases.empty()
    allowed.append(True)
    bell.ring()
    assert (await hands.leases.get()).attempt == 1
    await stopped(work)
