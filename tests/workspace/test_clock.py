"""Waits end when the clock is advanced past them, in order of their due times."""

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from workspace.clock import Clock
from workspace.ids import Ids, base36


async def test_an_advance_ends_a_wait() -> None:
    clock = Clock()
    wait = asyncio.create_task(clock.sleep(300))
    await asyncio.sleep(0)
    clock.advance(299)
    await asyncio.sleep(0)
    assert not wait.done()
    clock.advance(1)
    await wait


async def test_alarms_ring_in_order_of_time() -> None:
    clock = Clock()
    rung: list[int] = []
    for due in (30, 10, 20):
        clock.after(due, lambda due=due: rung.append(due))
    last = asyncio.create_task(clock.sleep(40))
    await asyncio.sleep(0)
    clock.advance(50)
    await last
    assert rung == [10, 20, 30]


async def test_a_cancelled_alarm_is_silent() -> None:
    clock = Clock()
    rung: list[int] = []
    clock.after(1, lambda: rung.append(1)).cancel()
    clock.advance(2)
    await asyncio.sleep(0)
    assert rung == []
    assert not clock.alarms


def test_now_is_the_real_time_plus_the_advance() -> None:
    clock = Clock()
    clock.advance(86_400)
    assert abs(clock.now() - time.time() - 86_400) < 60


@given(st.lists(st.sampled_from([0.0, 0.0000001, 1.0, -5.0]), max_size=30))
def test_timestamps_only_grow(steps: list[float]) -> None:
    clock = Clock()
    ids = Ids(clock)
    made = [ids.ts()]
    for step in steps:
        clock.advance(step)
        made.append(ids.ts())
    assert made == sorted(set(made))
    assert all(len(ts.partition(".")[2]) == 6 for ts in made)


@given(st.integers(min_value=0))
def test_base36(number: int) -> None:
    assert int(base36(number), 36) == number


async def test_waking_ends_every_sleep_but_no_alarm() -> None:
    clock = Clock()
    rung: list[int] = []
    alarm = clock.after(60, lambda: rung.append(1))
    sleeping = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    clock.wake()
    await sleeping
    assert (rung, clock.alarms) == ([], {alarm})
    alarm.cancel()
