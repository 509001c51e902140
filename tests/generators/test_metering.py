"""Every engine call is counted for whoever has it made, however it ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from generators.draft import (
    Call,
    Cost,
    DeadlineExceeded,
    EngineCrashed,
    EngineUnavailable,
    PromptRejected,
)
from generators.metering import metered, noted, unmetered

COST = Cost(model="tiny", prompt_tokens=3, output_tokens=4, gpu_ms=5)


def test_a_call_is_noted_with_what_it_took() -> None:
    with metered() as calls, noted("chat", "tiny") as call:
        call.cost = COST
    assert calls == [
        Call(stage="chat", model="tiny", prompt_tokens=3, output_tokens=4, gpu_ms=5, outcome="ok")
    ]


def test_outside_of_any_meter_nothing_is_noted() -> None:
    with noted("chat", "tiny") as call:
        call.cost = COST
    with metered() as calls:
        pass
    assert calls == []


@pytest.mark.parametrize("error", [EngineUnavailable("x"), PromptRejected("x")])
def test_a_call_that_the_engine_did_not_take_up_is_none(error: Exception) -> None:
    with metered() as calls, pytest.raises(type(error)), noted("chat", "tiny"):
        raise error
    assert calls == []


@pytest.mark.parametrize("error", [EngineCrashed("x"), DeadlineExceeded("x")])
def test_a_call_that_broke_off_is_one(error: Exception) -> None:
    with metered() as calls, pytest.raises(type(error)), noted("image", "painter"):
        raise error
    assert [(one.stage, one.outcome) for one in calls] == [("image", "error")]


def test_what_an_answer_took_counts_though_nobody_can_use_it() -> None:
    def useless() -> None:
        with noted("image", "painter") as call:
            call.cost = Cost(model="painter", images=1)
            raise EngineUnavailable("no picture in it")

    with metered() as calls, pytest.raises(EngineUnavailable):
        useless()
    assert [(one.images, one.outcome) for one in calls] == [(1, "error")]


async def test_a_cancelled_call_is_noted_as_aborted() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        with noted("chat", "tiny") as call:
            call.cost = COST
            begun.set()
            await asyncio.sleep(3600)

    with metered() as calls:
        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
    assert [(one.output_tokens, one.outcome) for one in calls] == [(4, "aborted")]


async def test_a_stream_that_is_closed_early_is_noted_at_once() -> None:
    async def stream() -> AsyncGenerator[int, None]:
        with noted("chat", "tiny") as call:
            for number in range(9):
                call.cost = Cost(model="tiny", output_tokens=number)
                yield number

    with metered() as calls:
        async with aclosing(stream()) as numbers:
            async for number in numbers:
                if number == 2:
                    break
        assert [(one.output_tokens, one.outcome) for one in calls] == [(2, "aborted")]


async def test_two_requests_at_once_do_not_share_a_meter() -> None:
    async def request(model: str, turns: int) -> list[str]:
        with metered() as calls:
            for _ in range(turns):
                with noted("chat", model) as call:
                    await asyncio.sleep(0)
                    call.cost = Cost(model=model)
            return [one.model for one in calls]

    answers = await asyncio.gather(request("a", 3), request("b", 5))
    assert answers == [["a"] * 3, ["b"] * 5]


async def test_threads_and_tasks_of_a_request_count_for_it() -> None:
    def call() -> None:
        with noted("embed", "minilm") as one:
            one.cost = Cost(model="minilm")

    async def task() -> None:
        call()

    with metered() as calls:
        await asyncio.to_thread(call)
        await asyncio.create_task(task())
    assert len(calls) == 2


async def test_what_outlives_a_request_does_not_count_for_it() -> None:
    async def background() -> None:
        with noted("embed", "minilm") as one:
            one.cost = Cost(model="minilm")

    with metered() as calls:
        with unmetered():
            task = asyncio.create_task(background())
        await task
        with noted("embed", "minilm") as one:
            one.cost = Cost(model="minilm")
    assert len(calls) == 1
