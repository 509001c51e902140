import asyncio

import pytest

from bot.stops import Stopped, Stops


async def test_what_is_under_way_ends_at_its_next_wait() -> None:
    stops, reached = Stops(), list[str]()

    async def work() -> None:
        async with stops.during("a"):
            stops.stop("a")
            reached.append("still here")
            await asyncio.Event().wait()

    with pytest.raises(Stopped):
        await work()
    assert reached == ["still here"]
    await asyncio.sleep(0)  # and nothing of it is left: this may be waited for


async def test_only_what_is_meant_is_stopped() -> None:
    stops = Stops()
    async with stops.during("a"):
        stops.stop("b")
        await asyncio.sleep(0)
    stops.stop("a")
    async with stops.during("a"):
        await asyncio.sleep(0)


async def test_a_timeout_of_the_work_is_its_own() -> None:
    with pytest.raises(TimeoutError, match="mine"):
        async with Stops().during("a"):
            raise TimeoutError("mine")


async def test_who_cancels_the_work_is_heard() -> None:
    stops, begun = Stops(), asyncio.Event()

    async def work() -> None:
        async with stops.during("a"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
