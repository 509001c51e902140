import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.engine.errors import BadRequest, Busy, ModelFailed, NotReady, Stopping, TooLarge
from generators.engine.gather import Gatherer, Job, Piece
from generators.engine.pace import Queued, Step
from generators.engine.worker import Call, Cancelled

TIMEOUT_S = 60
AT_ONCE = 4


class Shop:
    """A model of a few lines: it shouts words, and breaks on some."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.reached = threading.Event()
        self.gate.set()
        self.most = AT_ONCE
        self.room = AT_ONCE

    def make(self, pieces: Sequence[Piece[str]]) -> list[str | None]:
        words = [piece.part for piece in pieces]
        self.batches.append(words)
        self.reached.set()
        for step in (1, 2):
            assert self.gate.wait(TIMEOUT_S)
            if all(piece.cancelled for piece in pieces):
                raise Cancelled
            for piece in pieces:
                piece.advance(step, 2)
        if len(pieces) > self.room:
            self.most = len(pieces) // 2
            raise TooLarge("too many")
        if any("坏" in word for word in words):
            raise ValueError("the prompt said: 秘密")
        return [None if piece.cancelled else piece.part.upper() for piece in pieces]

    def job(
        self, *words: str, key: object = 0, person: str = "", rank: int = 0
    ) -> Job[str, str, list[str]]:
        return Job(
            parts=words,
            key=key,
            cost=1.0,
            make=self.make,
            finish=list,
            most=lambda: self.most,
            person=person,
            rank=rank,
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def gatherer() -> AsyncIterator[Gatherer]:
    made = Gatherer("test", capacity=3)
    yield made
    made.stop()


async def drain(call: Call[Any, Any]) -> list[Any]:
    return [event async for event in call]


async def results(calls: Sequence[Call[Any, list[str]]]) -> list[list[str]]:
    for call in calls:
        await drain(call)
    return [call.result() for call in calls]


async def held(gatherer: Gatherer, shop: Shop) -> Call[Any, list[str]]:
    """Submit a request that is at work until the gate opens."""
    shop.gate.clear()
    call = gatherer.submit(shop.job("first"))
    await asyncio.to_thread(shop.reached.wait, TIMEOUT_S)
    return call


async def test_what_comes_together_is_made_together(gatherer: Gatherer, shop: Shop) -> None:
    calls = [gatherer.submit(shop.job(word)) for word in ("a", "你好", "🦊", "d")]
    assert await results(calls) == [["A"], ["你好"], ["🦊"], ["D"]]
    assert shop.batches == [["a", "你好", "🦊", "d"]]


async def test_what_differs_in_its_key_is_made_apart(gatherer: Gatherer, shop: Shop) -> None:
    first = await held(gatherer, shop)
    calls = [gatherer.submit(shop.job(word, key=word in "ac")) for word in "abcd"]
    shop.gate.set()
    await results([first, *calls])
    assert shop.batches == [["first"], ["a", "c"], ["b", "d"]]


async def test_a_request_larger_than_a_batch_comes_whole_and_in_order(
    gatherer: Gatherer, shop: Shop
) -> None:
    call = gatherer.submit(shop.job(*"abcdefghi"))
    assert await results([call]) == [list("ABCDEFGHI")]
    assert [len(batch) for batch in shop.batches] == [4, 4, 1]


async def test_a_flood_of_one_person_leaves_places_in_the_next_batch(
    gatherer: Gatherer, shop: Shop
) -> None:
    first = await held(gatherer, shop)
    flood = gatherer.submit(shop.job(*"abcdefgh", person="heavy"))
    light = gatherer.submit(shop.job("light", person="light"))
    shop.gate.set()
    await results([first, flood, light])
    assert "light" in shop.batches[1]


async def test_a_lower_class_goes_first(gatherer: Gatherer, shop: Shop) -> None:
    first = await held(gatherer, shop)
    late = gatherer.submit(shop.job("digest", key=1, rank=2))
    soon = gatherer.submit(shop.job("person", key=2, rank=0))
    shop.gate.set()
    await results([first, late, soon])
    assert shop.batches[1:] == [["person"], ["digest"]]


async def test_only_the_request_that_fails_alone_fails(
    gatherer: Gatherer, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    calls = [gatherer.submit(shop.job(word)) for word in ("a", "b", "坏", "d")]
    for call in calls:
        await drain(call)
    assert [calls[index].result() for index in (0, 1, 3)] == [["A"], ["B"], ["D"]]
    with pytest.raises(ModelFailed) as failure:
        calls[2].result()
    assert "ValueError" in failure.value.message
    assert "秘密" not in failure.value.message
    assert "秘密" not in caplog.text
    assert [len(batch) for batch in shop.batches] == [4, 2, 2, 1, 1]


async def test_a_request_with_one_bad_part_fails_and_the_thread_goes_on(
    gatherer: Gatherer, shop: Shop
) -> None:
    call = gatherer.submit(shop.job("a", "坏", *"cdefgh"))
    await drain(call)
    with pytest.raises(ModelFailed):
        call.result()
    assert await results([gatherer.submit(shop.job("x"))]) == [["X"]]
    assert gatherer.waiting == gatherer.active == 0


async def test_a_batch_that_does_not_fit_is_halved_and_that_is_remembered(
    gatherer: Gatherer, shop: Shop
) -> None:
    shop.room = 1
    call = gatherer.submit(shop.job(*"abcd"))
    assert await results([call]) == [list("ABCD")]
    assert [len(batch) for batch in shop.batches] == [4, 2, 1, 1, 1, 1]
    assert await results([gatherer.submit(shop.job("e", "f"))]) == [["E", "F"]]
    assert [len(batch) for batch in shop.batches[6:]] == [1, 1]


async def test_what_does_not_fit_alone_is_refused_as_it_says(
    gatherer: Gatherer, shop: Shop
) -> None:
    shop.room = 0
    call = gatherer.submit(shop.job("a"))
    await drain(call)
    with pytest.raises(TooLarge, match="too many"):
        call.result()


async def test_one_who_leaves_stops_nobody_else(gatherer: Gatherer, shop: Shop) -> None:
    shop.gate.clear()
    gone, stays = gatherer.submit(shop.job("gone")), gatherer.submit(shop.job("stays"))
    await asyncio.to_thread(shop.reached.wait, TIMEOUT_S)
    gone.cancel()
    shop.gate.set()
    assert await results([stays]) == [["STAYS"]]
    await drain(gone)
    with pytest.raises(NotReady):
        gone.result()
    assert gatherer.active == gatherer.waiting == 0


async def test_a_batch_that_nobody_waits_for_ends_at_its_next_step(
    gatherer: Gatherer, shop: Shop
) -> None:
    call = await held(gatherer, shop)
    call.cancel()
    shop.gate.set()
    assert await drain(call) == []
    assert await results([gatherer.submit(shop.job("next"))]) == [["NEXT"]]


async def test_a_request_that_waits_and_is_cancelled_never_begins(
    gatherer: Gatherer, shop: Shop
) -> None:
    first = await held(gatherer, shop)
    second, third = gatherer.submit(shop.job("b")), gatherer.submit(shop.job("c"))
    second.cancel()
    shop.gate.set()
    await results([first, third])
    await drain(second)
    assert shop.batches == [["first"], ["c"]]


async def test_the_rest_of_a_cancelled_request_never_begins(gatherer: Gatherer, shop: Shop) -> None:
    shop.gate.clear()
    call = gatherer.submit(shop.job(*"abcdefgh"))
    await asyncio.to_thread(shop.reached.wait, TIMEOUT_S)
    call.cancel()
    shop.gate.set()
    await drain(call)
    await results([gatherer.submit(shop.job("x"))])
    assert shop.batches == [list("abcd"), ["x"]]


async def test_steps_are_told_as_the_mean_of_the_parts(gatherer: Gatherer, shop: Shop) -> None:
    events = await drain(gatherer.submit(shop.job(*"abcdefgh")))
    assert events == [Step(number=1, total=2), Step(number=2, total=2)]


async def test_those_who_wait_are_told_their_place_and_for_how_long(
    gatherer: Gatherer, shop: Shop
) -> None:
    await results([gatherer.submit(shop.job("warm"))])
    shop.reached.clear()
    first = await held(gatherer, shop)
    calls = [gatherer.submit(shop.job(word, key=word)) for word in "ab"]
    shop.gate.set()
    told = [await drain(call) for call in (first, *calls)]
    assert told[0] == [Step(number=1, total=2), Step(number=2, total=2)]
    places = [[event for event in events if isinstance(event, Queued)] for events in told[1:]]
    assert [[event.ahead for event in events] for events in places] == [[0], [1, 0]]
    assert all(event.wait_s is not None for events in places for event in events)


async def test_a_full_line_refuses_and_takes_again_when_there_is_room(
    gatherer: Gatherer, shop: Shop
) -> None:
    first = await held(gatherer, shop)
    others = [gatherer.submit(shop.job(word)) for word in "abcdef"]
    with pytest.raises(Busy, match="3 requests already wait"):
        gatherer.submit(shop.job("late"))
    assert (gatherer.active, gatherer.waiting) == (1, 6)
    shop.gate.set()
    await results([first, *others])
    assert await results([gatherer.submit(shop.job("late"))]) == [["LATE"]]


async def test_a_refusal_passes_as_it_is(gatherer: Gatherer) -> None:
    def refuse(_pieces: Sequence[Piece[str]]) -> list[str]:
        raise BadRequest("no", param="size")

    job: Job[str, str, list[str]] = Job(
        parts=["a"], key=1, cost=1, make=refuse, finish=list, most=lambda: 1
    )
    call = gatherer.submit(job)
    await drain(call)
    with pytest.raises(BadRequest, match="no"):
        call.result()


async def test_a_model_that_returns_too_little_fails_its_requests(gatherer: Gatherer) -> None:
    job: Job[str, str, list[str]] = Job(
        parts=["a", "b"], key=1, cost=1, make=lambda _: ["A"] * 3, finish=list, most=lambda: 2
    )
    call = gatherer.submit(job)
    await drain(call)
    with pytest.raises(ModelFailed):
        call.result()


async def test_a_load_runs_in_the_thread_between_two_batches(
    gatherer: Gatherer, shop: Shop
) -> None:
    first = await held(gatherer, shop)
    loaded = gatherer.load(lambda: len(shop.batches))
    second = gatherer.submit(shop.job("b"))
    shop.gate.set()
    await results([first, second])
    assert loaded.result(TIMEOUT_S) in {1, 2}


async def test_stop_ends_the_wait_of_every_call(gatherer: Gatherer, shop: Shop) -> None:
    first = await held(gatherer, shop)
    second = gatherer.submit(shop.job("b"))
    gatherer.stop()
    shop.gate.set()
    for call in (first, second):
        await drain(call)
        with pytest.raises(NotReady):
            call.result()


async def test_whoever_waits_gets_a_last_answer_though_the_work_hangs(
    gatherer: Gatherer, shop: Shop
) -> None:
    calls = [await held(gatherer, shop), gatherer.submit(shop.job("b"))]
    gatherer.release(Stopping())
    for call in calls:
        await drain(call)
        with pytest.raises(Stopping):
            call.result()
    assert gatherer.active == 1  # the thread is still at it
    shop.gate.set()


async def test_steps_are_beats_and_nothing_to_do_is_rest(gatherer: Gatherer, shop: Shop) -> None:
    moments = iter(range(1000))
    gatherer.pulse._now = lambda: float(next(moments))
    first = await held(gatherer, shop)
    begun = gatherer.pulse.beats
    assert gatherer.pulse.stalled_s > 0
    waiting = gatherer.submit(shop.job("b"))
    assert isinstance(await anext(aiter(waiting)), Queued)
    assert gatherer.pulse.beats == begun  # a place in line is no step
    shop.gate.set()
    await results([first, waiting])
    assert await asyncio.wrap_future(gatherer.load(lambda: gatherer.pulse.stalled_s)) == 0
    assert gatherer.pulse.beats == begun + 2 + 3


async def test_a_batch_that_fails_ends_at_rest_too(gatherer: Gatherer, shop: Shop) -> None:
    call = gatherer.submit(shop.job("坏"))
    await drain(call)
    with pytest.raises(ModelFailed):
        call.result()
    assert await asyncio.wrap_future(gatherer.load(lambda: gatherer.pulse.stalled_s)) == 0


def test_an_event_for_a_closed_loop_cancels_the_call(shop: Shop) -> None:
    gatherer = Gatherer("test", capacity=1)
    shop.gate.clear()

    async def submit() -> Call[Any, list[str]]:
        return gatherer.submit(shop.job("a"))

    call = asyncio.run(submit())
    shop.gate.set()
    with pytest.raises(Cancelled):
        call.future.result(TIMEOUT_S)
    gatherer.stop()


@pytest.mark.thorough
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abc坏"), min_size=1, max_size=6), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
def test_every_request_ends_once_whatever_its_neighbours_do(
    asked: list[tuple[list[str], bool]],
) -> None:
    async def all_of_them() -> None:
        gatherer, shop = Gatherer("test", capacity=20, window_s=0.0), Shop()
        calls = [gatherer.submit(shop.job(*words)) for words, _ in asked]
        for call, (_, leaves) in zip(calls, asked, strict=True):
            if leaves:
                call.cancel()
        for call, (words, leaves) in zip(calls, asked, strict=True):
            await drain(call)
            check(call, words, leaves=leaves)
        assert gatherer.active == gatherer.waiting == 0
        gatherer.stop()

    asyncio.run(all_of_them())


def check(call: Call[Any, list[str]], words: list[str], *, leaves: bool) -> None:
    if leaves:
        with pytest.raises(NotReady):
            call.result()
    elif "坏" in words:
        with pytest.raises(ModelFailed):
            call.result()
    else:
        assert call.result() == [word.upper() for word in words]
