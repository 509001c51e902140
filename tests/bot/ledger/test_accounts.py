"""Budgets over the books: set aside, refused before any work, warned once."""

import asyncio
from collections.abc import Callable

import pytest

from bot.budgets import Asker, Budget, Price, Prices, Reserve, Standing
from bot.ledger.accounts import Accounts, asker_of
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, LeaseLost
from bot.ledger.usage import DAY_MS
from bot.ledger.writer import Writer
from generators.draft import Cost, Destination, Request
from tests.bot.builders import ANA, BO, LEASE_S, assessment, draft, execute, keys, request, rows
from tests.bot.ledger.working import lapse

Made = Callable[..., Ledger]
WORDS, PICTURE, FREE = Reserve(tokens=100), Reserve(tokens=0, images=1), Reserve(requests=0)
RESERVED = "SELECT reserved_requests, reserved_tokens, reserved_images FROM request"


def budget(**given: object) -> Budget:
    usual: dict[str, object] = {"scope": "user", "window": "month"}
    return Budget.model_validate({**usual, **given})


@pytest.fixture
def made(writer: Writer) -> Made:
    """Makes a ledger with budgets; each is a process of its own."""
    prices = Prices(currency="EUR", models={"tiny": Price(image_micro=500_000)})

    def make(*budgets: Budget) -> Ledger:
        return Ledger(writer, LEASE_S, keys(), Accounts(prices=prices, budgets=budgets))

    return make


async def greeted(ledger: Ledger, asked: Request | None = None) -> Lease:
    await ledger.accept(asked or request())
    lease = await ledger.claim("greet")
    assert lease is not None
    return lease


async def begun(ledger: Ledger, reserve: Reserve = WORDS, asked: Request | None = None) -> Lease:
    """Bring a request to work, past the budgets."""
    lease = await greeted(ledger, asked)
    assert await ledger.reserve(lease, reserve) is None
    await ledger.queue(lease, 1.0)
    await ledger.greeted(lease)
    work = await ledger.claim("work")
    assert work is not None
    return work


async def used(ledger: Ledger, cost: Cost, asked: Request | None = None) -> None:
    lease = await begun(ledger, Reserve(tokens=0), asked)
    await ledger.settle(lease, draft(lease.request, cost=cost), assessment(), "delivered")
    await ledger.done(lease, "delivered")


async def standing(ledger: Ledger, asked: Request | None = None) -> Standing:
    (one,) = await ledger.standings(asker_of(asked or request()))
    return one


async def test_what_is_under_way_is_set_aside(made: Made, db: str) -> None:
    ledger = made(budget(requests=2))
    await begun(ledger)
    await begun(ledger)
    assert rows(db, RESERVED) == [(1, 100, 0)] * 2
    full = await ledger.reserve(await greeted(ledger), WORDS)
    assert full is not None
    assert (full.used, full.reserved, full.limit) == (0, 2, 2)


async def test_ones_own_reservation_does_not_stand_in_ones_way(made: Made) -> None:
    """A worker that died after it had set something aside did not show the placeholder."""
    ledger = made(budget(requests=1))
    lease = await greeted(ledger)
    assert await ledger.reserve(lease, WORDS) is None
    assert await ledger.reserve(lease, WORDS) is None


async def test_what_was_used_takes_the_place_of_what_was_set_aside(made: Made) -> None:
    ledger = made(budget(tokens=1000))
    lease = await begun(ledger, Reserve(tokens=900))
    before = await standing(ledger)
    cost = Cost(model="tiny", prompt_tokens=30, output_tokens=4)
    await ledger.settle(lease, draft(lease.request, cost=cost), assessment(), "delivered")
    after = await standing(ledger)
    assert [(one.used, one.reserved) for one in (before, after)] == [(0, 900), (34, 0)]


async def test_a_request_that_ends_without_use_gives_everything_back(made: Made) -> None:
    ledger = made(budget(tokens=1000))
    lease = await begun(ledger, Reserve(tokens=900))
    await ledger.fail(lease, "failed", "ENGINE_UNAVAILABLE")
    after = await standing(ledger)
    assert (after.used, after.reserved) == (0, 0)


async def test_what_a_dead_worker_had_set_aside_is_still_needed_once(made: Made, db: str) -> None:
    ledger = made(budget(requests=1))
    lease = await begun(ledger)
    lapse(db)
    again = await ledger.claim("resume")
    assert again is not None
    assert (await standing(ledger)).reserved == 1
    with pytest.raises(LeaseLost):
        await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    await ledger.settle(again, draft(again.request), assessment(), "delivered")
    after = await standing(ledger)
    assert (after.used, after.reserved) == (1, 0)


async def test_a_request_that_is_tried_again_counts_once(made: Made) -> None:
    """It has been used from its first call on; its tokens are still set aside for the next try."""
    ledger = made(budget(requests=5), budget(tokens=5000))
    lease = await begun(ledger)
    await ledger.again(lease, 0, Cost(model="tiny", prompt_tokens=7), fault=True)
    standings = await ledger.standings(asker_of(lease.request))
    assert [(one.used, one.reserved) for one in standings] == [(1, 0), (7, 100)]


async def test_who_lost_the_lease_can_set_nothing_aside(made: Made, db: str) -> None:
    ledger = made(budget(requests=5))
    lease = await greeted(ledger)
    lapse(db)
    assert await ledger.claim("greet") is not None
    with pytest.raises(LeaseLost):
        await ledger.reserve(lease, WORDS)
    assert rows(db, RESERVED) == [(0, 0, 0)]


async def test_two_who_ask_at_once_cannot_both_have_the_last(made: Made) -> None:
    one, other = made(budget(requests=1)), made(budget(requests=1))
    leases = [await greeted(one), await greeted(other)]
    answers = await asyncio.gather(one.reserve(leases[0], WORDS), other.reserve(leases[1], WORDS))
    assert [answer is None for answer in answers].count(True) == 1


@pytest.mark.parametrize(
    ("limits", "reserve", "room"),
    [
        ({"images": 0}, WORDS, True),
        ({"images": 0}, PICTURE, False),
        ({"images": 1}, PICTURE, True),
        ({"tokens": 99}, WORDS, False),
        ({"tokens": 100}, WORDS, True),
        ({"tokens": 0}, PICTURE, True),
        ({"gpu_ms": 0}, WORDS, False),
        ({"money_micro": 0}, PICTURE, False),
        ({"requests": 0, "gpu_ms": 0}, FREE, True),
    ],
)
async def test_a_request_needs_room_for_what_it_may_use(
    made: Made, limits: dict[str, int], reserve: Reserve, room: bool
) -> None:
    ledger = made(budget(**limits))
    assert (await ledger.reserve(await greeted(ledger), reserve) is None) is room


async def test_each_scope_counts_its_own(made: Made) -> None:
    ledger = made(*(budget(scope=one, requests=99) for one in ("user", "channel", "team")))
    there = Destination(channel="C2")
    for user, team, place in ((ANA, "T1", "C1"), (BO, "T1", "C1"), (ANA, "T2", "C2")):
        where = there if place == "C2" else Destination(channel=place)
        asked = request(user=user, team=team, reply_to=where)
        await used(ledger, Cost(model="tiny"), asked)
    seen = await ledger.standings(Asker(team="T1", channel="C2", user=ANA))
    assert [(one.scope, one.id, one.used) for one in seen] == [
        ("user", ANA, 2),
        ("channel", "C2", 1),
        ("team", "T1", 2),
    ]


async def test_a_budget_for_everybody_counts_everybody(made: Made) -> None:
    ledger = made(budget(scope="workspace", requests=2))
    await used(ledger, Cost(model="tiny"))
    await used(ledger, Cost(model="tiny"), request(user=BO, team="T9"))
    full = await ledger.reserve(await greeted(ledger), WORDS)
    assert full is not None
    assert (full.scope, full.used) == ("workspace", 2)


async def test_the_one_that_lasts_longest_is_told_of(made: Made) -> None:
    ledger = made(budget(window="day", requests=0), budget(window="month", requests=0))
    full = await ledger.reserve(await greeted(ledger), WORDS)
    assert full is not None
    assert full.window == "month"


async def test_what_was_used_in_another_window_does_not_count(made: Made, db: str) -> None:
    ledger = made(budget(requests=1))
    await used(ledger, Cost(model="tiny"))
    assert await ledger.reserve(await greeted(ledger), WORDS) is not None
    execute(db, "UPDATE usage SET at_ms = at_ms - ?", 32 * DAY_MS)
    await ledger.rebuild()
    assert await ledger.reserve(await greeted(ledger), WORDS) is None


async def test_two_zones_count_two_days(made: Made, db: str) -> None:
    zones = ("Pacific/Kiritimati", "Pacific/Niue")  # 25 hours apart
    ledger = made(*(budget(window="day", tz=zone, requests=9) for zone in zones))
    asked = request()
    await used(ledger, Cost(model="tiny"), asked)
    east, west = await ledger.standings(asker_of(asked))
    assert (east.used, west.used) == (1, 1)
    assert east.since_ms != west.since_ms
    latest = max(east.since_ms, west.since_ms)
    execute(db, "UPDATE usage SET at_ms = ?", latest - 1)
    await ledger.rebuild()
    east, west = await ledger.standings(asker_of(asked))
    assert {one.since_ms < latest: one.used for one in (east, west)} == {True: 1, False: 0}


async def test_without_budgets_nothing_is_asked_of_the_database(made: Made, db: str) -> None:
    ledger = made()
    assert await ledger.reserve(await greeted(ledger), WORDS) is None
    assert rows(db, RESERVED) == [(0, 0, 0)]
    assert await ledger.nearly(request()) == []


async def test_money_counts_by_the_price_of_the_moment(made: Made) -> None:
    ledger = made(budget(money_micro=1_000_000))
    await used(ledger, Cost(model="tiny-painter", images=2))
    full = await ledger.reserve(await greeted(ledger), WORDS)
    assert full is not None
    assert (full.unit, full.used, full.currency) == ("money_micro", 1_000_000, "EUR")


async def test_a_warning_comes_at_80_percent_and_once(made: Made) -> None:
    ledger = made(budget(requests=5))
    asked = request()
    for _ in range(3):
        await used(ledger, Cost(model="tiny"))
    assert await ledger.nearly(asked) == []
    await used(ledger, Cost(model="tiny"))
    assert [(one.used, one.limit) for one in await ledger.nearly(asked)] == [(4, 5)]
    assert await ledger.nearly(asked) == []
    await used(ledger, Cost(model="tiny"))
    assert await ledger.nearly(asked) == []


async def test_two_processes_warn_once(made: Made) -> None:
    ledgers = [made(budget(requests=1)), made(budget(requests=1))]
    await used(ledgers[0], Cost(model="tiny"))
    asked = request()
    told = await asyncio.gather(*(ledger.nearly(asked) for ledger in ledgers * 4))
    assert sorted(len(one) for one in told) == [0] * 7 + [1]


async def test_each_person_is_warned_of_what_they_share(made: Made) -> None:
    ledger = made(budget(scope="channel", requests=1))
    await used(ledger, Cost(model="tiny"))
    assert len(await ledger.nearly(request())) == 1
    assert len(await ledger.nearly(request(user=BO))) == 1
    assert await ledger.nearly(request(user=BO)) == []


async def test_a_new_window_and_a_new_limit_warn_again(made: Made, db: str) -> None:
    await used(made(budget(requests=1)), Cost(model="tiny"))
    assert len(await made(budget(requests=1)).nearly(request())) == 1
    execute(db, "UPDATE warned SET since_ms = since_ms - 1")
    assert len(await made(budget(requests=1)).nearly(request())) == 1
    assert len(await made(budget(requests=0)).nearly(request())) == 1


async def test_a_refusal_charges_nothing_and_says_how_it_stood(made: Made, db: str) -> None:
    ledger = made(budget(tokens=50, tz="Asia/Shanghai"))
    lease = await greeted(ledger)
    full = await ledger.reserve(lease, WORDS)
    await ledger.fail(lease, "refused", "BUDGET", full=full)
    lapse(db)
    again = await ledger.claim("show")
    assert again is not None
    assert (again.outcome, again.notice, again.refusal) == ("refused", "BUDGET", full)
    assert rows(db, "SELECT count(*) FROM usage") == [(0,)]
    assert (await standing(ledger)).used == 0
