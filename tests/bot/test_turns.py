import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.turns import Turns


class People:
    """Wait for turns; tells who got one, in which order, and who was told to wait."""

    def __init__(self, slots: int) -> None:
        self.turns = Turns(slots)
        self.got: list[str] = []
        self.told: list[tuple[str, int]] = []
        self.leave: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def come(self, name: str) -> None:
        """Let one request wait; the user is the first letter of its name."""
        self.leave[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._wait(name))

    async def _wait(self, name: str) -> None:
        async def queued(place: int) -> None:
            self.told.append((name, place))

        async with self.turns.of(name[0], queued):
            self.got.append(name)
            await self.leave[name].wait()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def finish(self, name: str) -> None:
        self.leave[name].set()
        await self.tasks[name]
        await self.settle()


async def came(slots: int, *names: str) -> People:
    people = People(slots)
    for name in names:
        people.come(name)
        await people.settle()
    return people


async def test_turns_are_given_at_once_while_there_are_any() -> None:
    people = await came(2, "a1", "b1", "c1")
    assert people.got == ["a1", "b1"]
    assert people.told == [("c1", 1)]
    await people.finish("a1")
    assert people.got == ["a1", "b1", "c1"]


async def test_who_has_the_fewest_at_work_comes_first() -> None:
    people = await came(2, "a1", "a2", "a3", "a4", "b1")
    assert people.got == ["a1", "a2"]
    await people.finish("a1")
    assert people.got[-1] == "b1"
    await people.finish("a2")
    assert people.got[-1] == "a3"


async def test_among_equals_who_waited_longest() -> None:
    people = await came(1, "a1", "b1", "c1", "b2")
    for name in ("a1", "b1", "c1"):
        await people.finish(name)
    assert people.got == ["a1", "b1", "c1", "b2"]


async def test_the_place_in_the_queue_is_told_as_it_will_be_served() -> None:
    people = await came(1, "a1", "a2", "b1", "a3")
    assert people.told == [("a2", 1), ("b1", 1), ("a3", 3)]


async def test_who_gives_up_waiting_makes_room() -> None:
    people = await came(1, "a1", "b1", "c1")
    people.tasks["b1"].cancel()
    await people.settle()
    await people.finish("a1")
    assert people.got == ["a1", "c1"]


async def test_who_breaks_off_work_makes_room() -> None:
    people = await came(1, "a1", "b1")
    people.tasks["a1"].cancel()
    await people.settle()
    assert people.got == ["a1", "b1"]


async def test_who_gives_up_just_as_the_turn_comes_passes_it_on() -> None:
    people = await came(1, "a1", "b1", "c1")
    people.leave["a1"].set()
    await asyncio.sleep(0)  # b1 has the turn now, and has not woken up
    assert people.got == ["a1"]
    people.tasks["b1"].cancel()
    await people.settle()
    assert people.got == ["a1", "c1"]


async def test_an_error_while_being_told_to_wait_makes_room() -> None:
    turns = Turns(1)

    async def fails(_: int) -> None:
        raise ValueError("not told")

    async def quiet(_: int) -> None:
        pass

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(turns.of("a", quiet))
        with pytest.raises(ValueError, match="not told"):
            await stack.enter_async_context(turns.of("b", fails))
    async with asyncio.timeout(5), turns.of("c", fails):
        pass


@given(st.data(), st.integers(1, 3))
def test_everybody_gets_a_turn_and_never_too_many_at_once(data: st.DataObject, slots: int) -> None:
    users = data.draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=8))
    names = [f"{user}{n}" for n, user in enumerate(users)]

    async def live() -> None:
        people = await came(slots, *names)
        done = set[str]()
        while len(done) < len(names):
            at_work = [name for name in people.got if name not in done]
            assert 1 <= len(at_work) <= slots
            name = data.draw(st.sampled_from(at_work))
            done.add(name)
            await people.finish(name)
        assert sorted(people.got) == sorted(names)

    asyncio.run(live())
