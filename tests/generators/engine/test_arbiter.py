import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from generators.engine.arbiter import PATIENCE_S, STAY_LOADS, STAY_S, Arbiter
from generators.engine.errors import Busy, NotReady, Stopping

ROUNDS = 20


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Model:
    """A tenant that writes down when it comes and goes."""

    def __init__(self, name: str, size_bytes: int, diary: list[str]) -> None:
        self.name = name
        self.size_bytes = size_bytes
        self.diary = diary
        self.broken = False
        self.grows_to = size_bytes
        self.gate = asyncio.Event()
        self.gate.set()

    async def bring(self) -> None:
        self.diary.append(f"{self.name} comes")
        await self.gate.wait()
        if self.broken:
            raise OSError("/a/path of this machine")
        self.size_bytes = self.grows_to

    async def leave(self) -> None:
        self.diary.append(f"{self.name} goes")


class House:
    """A device of 10 bytes, and models of 6: one at a time; and a small one beside either."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.diary: list[str] = []
        self.arbiter = Arbiter(10, waiting=3, clock=self.clock)
        self.a, self.b = Model("a", 6, self.diary), Model("b", 6, self.diary)
        self.small = Model("small", 3, self.diary)

    @asynccontextmanager
    async def used(self, model: Model) -> AsyncIterator[None]:
        await self.arbiter.hold(model)
        try:
            yield
        finally:
            self.arbiter.release(model)

    async def use(self, model: Model) -> None:
        async with self.used(model):
            pass

    async def passes(self, seconds: float) -> None:
        """Let the time pass, and everybody do what there is to do then."""
        self.clock.now_s += seconds
        self.arbiter._changed.set()
        await settled()


async def settled() -> None:
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


@pytest.fixture
async def house() -> House:
    return House()


async def test_without_a_capacity_everybody_is_there() -> None:
    arbiter = Arbiter(None)
    model = Model("a", 1, [])
    await arbiter.hold(model)
    arbiter.release(model)
    assert model.diary == []


async def test_those_that_fit_settle_and_the_others_stay_away(house: House) -> None:
    await house.arbiter.settle([house.small, house.a, house.b])
    assert house.diary == ["small comes", "a comes"]
    assert house.arbiter.free_bytes == 1


async def test_a_model_that_is_there_is_used_while_another_is_on_its_way(house: House) -> None:
    await house.arbiter.settle([house.small])
    house.a.gate.clear()
    coming = asyncio.create_task(house.use(house.a))
    await settled()
    await house.use(house.small)
    assert not coming.done()
    house.a.gate.set()
    await coming


async def test_nobody_is_sent_away_before_a_stay(house: House) -> None:
    await house.use(house.a)
    coming = asyncio.create_task(house.use(house.b))
    await house.passes(STAY_S - 1)
    assert house.diary == ["a comes"]
    await house.passes(1)
    await coming
    assert house.diary == ["a comes", "a goes", "b comes"]


async def test_requests_in_turns_do_not_swap_each_time(house: House) -> None:
    await house.use(house.a)
    for _ in range(10):
        waits = asyncio.create_task(house.use(house.b))
        await settled()
        await house.use(house.a)
        assert not waits.done()
        waits.cancel()
    assert house.diary == ["a comes"]


async def test_a_stay_is_longer_where_loading_takes_long(house: House) -> None:
    house.a.gate.clear()
    first = asyncio.create_task(house.use(house.a))
    await settled()
    house.clock.now_s += 10
    house.a.gate.set()
    await first
    coming = asyncio.create_task(house.use(house.b))
    await house.passes(STAY_LOADS * 10 - 1)
    assert not coming.done()
    await house.passes(1)
    await coming


async def test_a_busy_model_stays_until_patience_ends_and_then_finishes(house: House) -> None:
    await house.arbiter.hold(house.a)
    coming = asyncio.create_task(house.use(house.b))
    await settled()
    await house.passes(STAY_S)
    await house.use(house.a)  # who is there is used, though somebody waits
    await house.passes(PATIENCE_S - STAY_S)
    late = asyncio.create_task(house.use(house.a))
    await settled()
    assert house.diary == ["a comes"]
    assert not late.done()
    house.arbiter.release(house.a)
    await coming
    assert house.diary == ["a comes", "a goes", "b comes"]
    await house.passes(STAY_S)
    await late
    assert house.diary[-2:] == ["b goes", "a comes"]


async def test_a_model_asked_to_finish_stays_when_nobody_needs_its_room(house: House) -> None:
    await house.arbiter.hold(house.a)
    coming = asyncio.create_task(house.use(house.b))
    await settled()
    await house.passes(PATIENCE_S)
    late = asyncio.create_task(house.use(house.a))
    await settled()
    assert not late.done()
    coming.cancel()
    await house.passes(0)
    await late
    house.arbiter.release(house.a)
    assert house.diary == ["a comes"]


async def test_the_one_that_was_idle_the_longest_goes(house: House) -> None:
    small, large = Model("other", 4, house.diary), Model("large", 6, house.diary)
    await house.use(small)
    await house.passes(1)
    await house.use(large)
    await house.passes(1)
    await house.use(small)
    coming = asyncio.create_task(house.use(house.b))
    await house.passes(STAY_S)
    await coming
    assert house.diary[-2:] == ["large goes", "b comes"]


async def test_several_go_when_one_is_not_enough(house: House) -> None:
    parts = [Model(f"part {number}", 3, house.diary) for number in range(3)]
    for part in parts:
        await house.use(part)
    coming = asyncio.create_task(house.use(house.a))
    await house.passes(STAY_S)
    await coming
    assert house.diary[3:] == ["part 0 goes", "part 1 goes", "a comes"]


async def test_nobody_goes_when_it_would_not_be_enough(house: House) -> None:
    await house.use(house.small)
    await house.arbiter.hold(house.a)
    large = Model("large", 10, house.diary)
    coming = asyncio.create_task(house.use(large))
    await house.passes(STAY_S)
    assert house.diary == ["small comes", "a comes"]
    house.arbiter.release(house.a)
    await house.passes(0)
    await coming
    assert house.diary[-3:] == ["small goes", "a goes", "large comes"]


async def test_a_model_larger_than_the_device_is_refused(house: House) -> None:
    with pytest.raises(NotReady, match="does not fit the device"):
        await house.arbiter.hold(Model("giant", 11, house.diary))
    await house.use(house.a)


async def test_a_model_that_cannot_be_loaded_is_refused_and_others_go_on(house: House) -> None:
    house.a.broken = True
    with pytest.raises(NotReady) as refusal:
        await house.arbiter.hold(house.a)
    assert "/a/path" not in refusal.value.message
    await house.use(house.b)
    house.a.broken = False
    coming = asyncio.create_task(house.use(house.a))
    await house.passes(STAY_S)
    await coming


async def test_only_so_many_wait_for_a_model_to_come(house: House) -> None:
    await house.arbiter.hold(house.a)
    waiting = [asyncio.create_task(house.use(house.b)) for _ in range(3)]
    await settled()
    with pytest.raises(Busy, match="3 requests already wait"):
        await house.arbiter.hold(house.b)
    house.arbiter.release(house.a)
    await house.passes(STAY_S)
    await asyncio.gather(*waiting)


async def test_who_leaves_while_waiting_is_forgotten(house: House) -> None:
    await house.arbiter.hold(house.a)
    waits = asyncio.create_task(house.arbiter.hold(house.b))
    await settled()
    waits.cancel()
    await settled()
    house.arbiter.release(house.a)
    await house.passes(STAY_S + PATIENCE_S)
    assert house.diary == ["a comes"]


async def test_a_measured_size_counts_from_then_on(house: House) -> None:
    house.a.grows_to = 8
    await house.use(house.a)
    coming = asyncio.create_task(house.use(house.small))
    await settled()
    assert not coming.done()
    await house.passes(STAY_S)
    await coming
    assert house.diary == ["a comes", "a goes", "small comes"]


async def test_whoever_waits_when_the_engine_stops_is_told(house: House) -> None:
    async with house.used(house.a):
        waiting = [asyncio.create_task(house.use(house.b)) for _ in range(2)]
        await settled()
        assert house.arbiter.waiting == 2
        house.arbiter.end(Stopping())
        for task in waiting:
            with pytest.raises(Stopping):
                await task
        assert house.arbiter.waiting == 0
