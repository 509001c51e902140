"""`Threads`: work beside the loop, of which some hangs."""

import asyncio
from threading import Event, Lock, current_thread, get_ident

import pytest

from moderation.threads import Stuck, Threads


async def none_hangs(threads: Threads) -> None:
    """Wait until what hung has come back."""
    async with asyncio.timeout(10):
        while threads.abandoned:  # noqa: ASYNC110 - it comes back in a thread
            await asyncio.sleep(0)


async def test_work_is_done_in_another_thread_and_its_value_or_error_comes_back() -> None:
    threads = Threads()
    assert await threads.run(lambda: current_thread().daemon, 5)
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0, 5)
    assert not threads.abandoned


async def test_all_of_many_are_done_by_few() -> None:
    threads, names = Threads(at_once=3), set[str]()

    def work(number: int) -> int:
        names.add(f"{current_thread().ident}")
        return number * number

    asked = (threads.run(lambda n=n: work(n), 5) for n in range(200))
    assert await asyncio.gather(*asked) == [n * n for n in range(200)]


async def test_what_hangs_is_given_up_and_does_not_keep_the_others() -> None:
    threads, released = Threads(at_once=1, abandoned=3), Event()
    for hanging in (1, 2):
        with pytest.raises(TimeoutError):
            await threads.run(released.wait, 0.01)
        assert threads.abandoned == hanging
        assert not threads.stuck
        assert await threads.run(lambda: "done", 5) == "done"
    released.set()
    await none_hangs(threads)
    assert await threads.run(lambda: "still", 5) == "still"


async def test_when_too_many_hang_nothing_is_begun_until_one_comes_back() -> None:
    threads, released = Threads(at_once=1, abandoned=1), Event()
    begun: list[str] = []
    hung = threads.run(released.wait, 0.01)
    waits = (threads.run(lambda: begun.append("late"), 5) for _ in range(3))
    late, *refused = await asyncio.gather(hung, *waits, return_exceptions=True)
    assert isinstance(late, TimeoutError)
    assert [type(end) for end in refused] == [Stuck] * 3
    with pytest.raises(Stuck):
        await threads.run(lambda: begun.append("later"), 5)
    assert threads.stuck
    assert not begun
    released.set()
    await none_hangs(threads)
    assert await threads.run(lambda: "again", 5) == "again"


async def test_the_time_of_work_begins_when_a_thread_is_free() -> None:
    threads, released = Threads(at_once=1), Event()
    first = asyncio.create_task(threads.run(released.wait, 60))
    await asyncio.sleep(0)
    second = asyncio.create_task(threads.run(lambda: "second", 0.05))
    await asyncio.sleep(0.1)  # longer than the second may take, had it begun
    assert not second.done()
    released.set()
    assert await first
    assert await second == "second"


async def test_who_gives_up_while_it_waits_in_line_leaves_nothing_behind() -> None:
    threads, released, begun = Threads(at_once=1), Event(), Event()
    first = asyncio.create_task(threads.run(released.wait, 60))
    second = asyncio.create_task(threads.run(begun.set, 60))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    released.set()
    await first
    assert await threads.run(lambda: "third", 5) == "third"
    assert not begun.is_set()
    assert not threads.abandoned


async def test_who_gives_up_while_it_runs_leaves_it_to_end_alone() -> None:
    threads, released, begun = Threads(at_once=1), Event(), Event()

    def work() -> None:
        begun.set()
        released.wait()

    task = asyncio.create_task(threads.run(work, 60))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert threads.abandoned == 1
    released.set()
    await none_hangs(threads)


def test_the_same_threads_serve_one_loop_after_another() -> None:
    threads = Threads(at_once=1)
    ends = [asyncio.run(threads.run(lambda n=n: n, 5)) for n in range(3)]
    assert ends == [0, 1, 2]


async def test_work_that_comes_soon_finds_a_thread_that_waits_for_it() -> None:
    threads, names = Threads(at_once=2), set[int]()
    for _ in range(50):
        names.add(await threads.run(get_ident, 5))
    assert len(names) <= 2


async def test_threads_that_wait_serve_many_at_once_again_and_again() -> None:
    threads, at_once, most = Threads(at_once=3), 0, 0
    lock = Lock()

    def work() -> int:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        with lock:
            at_once -= 1
        return 1

    for _ in range(20):
        assert sum(await asyncio.gather(*(threads.run(work, 5) for _ in range(20)))) == 20
    assert most <= 3
