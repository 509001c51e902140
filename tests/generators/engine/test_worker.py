import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from generators.engine.errors import BadRequest, Busy, ModelFailed, NotReady
from generators.engine.worker import Call, Cancelled, Worker

TIMEOUT_S = 60


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    made = Worker("test", capacity=2)
    yield made
    made.stop()


async def drain(call: Call[Any, Any]) -> list[Any]:
    return [event async for event in call]


async def test_events_come_in_order_and_then_the_result(worker: Worker) -> None:
    def work(call: Call[int, str]) -> str:
        for number in range(100):
            call.emit(number)
        return "done"

    call = worker.submit(work)
    assert await drain(call) == list(range(100))
    assert call.result() == "done"


async def test_calls_run_one_after_the_other_in_one_thread(worker: Worker) -> None:
    def work(_call: Call[None, int]) -> int:
        return threading.get_ident()

    calls = [worker.submit(work), worker.submit(work), worker.submit(work)]
    for call in calls:
        await drain(call)
    assert len({call.result() for call in calls}) == 1


async def test_a_full_queue_refuses_and_takes_again_when_there_is_room(worker: Worker) -> None:
    gate = threading.Event()
    first = worker.submit(blocked_by(gate))
    waiting = [worker.submit(blocked_by(gate)), worker.submit(blocked_by(gate))]
    with pytest.raises(Busy, match="2 requests already wait"):
        worker.submit(blocked_by(gate))
    gate.set()
    for call in (first, *waiting):
        await drain(call)
    await drain(worker.submit(blocked_by(gate)))


def blocked_by(gate: threading.Event) -> Callable[[Call[str, bool]], bool]:
    def work(call: Call[str, bool]) -> bool:
        call.emit("begun")
        return gate.wait(TIMEOUT_S)

    return work


async def test_active_and_waiting_are_counted(worker: Worker) -> None:
    gate = threading.Event()
    call = worker.submit(blocked_by(gate))
    events = aiter(call)
    assert await anext(events) == "begun"
    last = worker.submit(blocked_by(gate))
    assert (worker.active, worker.waiting) == (1, 1)
    gate.set()
    await drain(last)
    assert (worker.active, worker.waiting) == (0, 0)


async def test_a_cancelled_call_that_waits_never_starts(worker: Worker) -> None:
    gate = threading.Event()
    started: list[int] = []

    def work(_call: Call[None, None]) -> None:
        started.append(1)

    first, second = worker.submit(blocked_by(gate)), worker.submit(work)
    second.cancel()
    assert await drain(second) == []
    gate.set()
    await drain(first)
    assert started == []
    with pytest.raises(NotReady):
        second.result()


async def test_running_work_sees_the_cancel_and_frees_the_worker(worker: Worker) -> None:
    begun = threading.Event()

    def work(call: Call[None, None]) -> None:
        begun.set()
        assert call._cancelled.wait(TIMEOUT_S)
        raise Cancelled

    call = worker.submit(work)
    await asyncio.to_thread(begun.wait, TIMEOUT_S)
    call.cancel()
    await drain(call)
    assert (worker.active, worker.waiting) == (0, 0)


async def test_an_exception_becomes_a_refusal_without_its_text(worker: Worker) -> None:
    def work(_call: Call[None, None]) -> None:
        raise ValueError("the prompt said: 秘密")

    call = worker.submit(work)
    await drain(call)
    with pytest.raises(ModelFailed) as failure:
        call.result()
    assert "ValueError" in failure.value.message
    assert "秘密" not in failure.value.message


async def test_the_log_quotes_no_message_of_an_exception(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "秘密" * 3  # the source line that the log shows does not have it so

    def work(_call: Call[None, None]) -> None:
        raise RuntimeError(secret)

    call = worker.submit(work)
    await drain(call)
    with pytest.raises(ModelFailed):
        call.result()
    assert secret not in caplog.text
    assert "RuntimeError" in caplog.text
    assert "test_worker.py" in caplog.text


async def test_a_refusal_of_the_model_passes_as_it_is(worker: Worker) -> None:
    def work(_call: Call[None, None]) -> None:
        raise BadRequest("no", param="size")

    call = worker.submit(work)
    await drain(call)
    with pytest.raises(BadRequest, match="no"):
        call.result()


async def test_stop_ends_the_wait_of_every_call(worker: Worker) -> None:
    gate = threading.Event()
    calls = [worker.submit(blocked_by(gate)), worker.submit(blocked_by(gate))]
    worker.stop()
    gate.set()
    for call in calls:
        await drain(call)
        with pytest.raises(NotReady):
            call.result()


def test_an_event_for_a_closed_loop_cancels_the_call() -> None:
    worker, gate = Worker("test", capacity=1), threading.Event()

    def work(call: Call[int, bool]) -> bool:
        gate.wait(TIMEOUT_S)
        call.emit(1)
        return call.cancelled

    async def submit() -> Call[int, bool]:
        return worker.submit(work)

    call = asyncio.run(submit())
    gate.set()
    assert call.future.result(TIMEOUT_S) is True
    worker.stop()
