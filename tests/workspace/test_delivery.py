"""Nothing is lost silently: every envelope is acknowledged or ends after its last attempt."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from workspace.clock import Clock
from workspace.delivery import Ack, Dispatcher, Envelope, Failure, Waiting
from workspace.faults import Faults
from workspace.ids import Ids
from workspace.journal import Journal


@dataclass
class Scripted:
    """A carrier that acknowledges the attempts it is told to."""

    acks: list[bool]
    connected: bool = True
    sent: list[Envelope] = field(default_factory=list)
    disconnects: list[str] = field(default_factory=list)
    timeout = "timeout"

    async def ready(self, envelope: Envelope, wait_s: float) -> bool:
        assert envelope.type
        return self.connected or wait_s < 0

    async def send(self, envelope_id: str, envelope: Envelope, waiting: Waiting) -> None:
        assert envelope_id
        self.sent.append(envelope)
        if self.acks.pop(0) and not waiting.done():
            waiting.set_result(Ack({"n": len(self.sent)}))

    async def disconnect(self, how: str) -> None:
        self.disconnects.append(how)


EVENT = Envelope(type="events_api", kind="message", payload={"event_id": "Ev1"})
SLASH = Envelope(type="slash_commands", kind="/ask", payload={})


def _dispatcher(carrier: Scripted) -> tuple[Dispatcher, Clock, Faults]:
    clock, faults = Clock(), Faults()
    dispatcher = Dispatcher(clock, Ids(clock), faults, Journal(clock))
    dispatcher.carrier = carrier
    return dispatcher, clock, faults


async def _run_out(clock: Clock, task: asyncio.Task[Ack | None]) -> Ack | None:
    """Advance the clock, an alarm at a time, until the task has ended."""
    while not task.done():
        if clock.alarms:
            clock.advance(min(alarm.due for alarm in clock.alarms) - clock.now())
        await asyncio.sleep(0)
    return await task


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_four_attempts_and_no_more(acks: list[bool]) -> None:
    async def run() -> None:
        carrier = Scripted(list(acks))
        dispatcher, clock, _ = _dispatcher(carrier)
        ack = await _run_out(clock, dispatcher.publish(EVENT))
        expected = acks.index(True) + 1 if True in acks else 4
        assert len(carrier.sent) == expected
        assert (ack is not None) == (True in acks)
        assert [each.retry_attempt for each in carrier.sent] == list(range(expected))
        assert [row["acked"] for row in dispatcher.log] == acks[:expected]

    asyncio.run(run())


async def test_the_schedule() -> None:
    carrier = Scripted([False] * 4)
    dispatcher, clock, _ = _dispatcher(carrier)
    start = clock.now()
    times: list[float] = []
    task = dispatcher.publish(EVENT)
    while not task.done():
        await asyncio.sleep(0)
        if len(carrier.sent) > len(times):
            times.append(clock.now() - start)
        if clock.alarms:
            clock.advance(min(alarm.due for alarm in clock.alarms) - clock.now())
    assert [round(each) for each in times] == [0, 3, 66, 369]


async def test_a_command_is_sent_once() -> None:
    carrier = Scripted([False])
    dispatcher, clock, _ = _dispatcher(carrier)
    assert await _run_out(clock, asyncio.create_task(dispatcher.deliver(SLASH))) is None
    assert len(carrier.sent) == 1
    assert dispatcher.log[0]["outcome"] == "no_ack"


async def test_without_a_connection_nothing_is_sent() -> None:
    carrier = Scripted([], connected=False)
    dispatcher, clock, _ = _dispatcher(carrier)
    assert await _run_out(clock, dispatcher.publish(EVENT)) is None
    assert carrier.sent == []
    assert {row["outcome"] for row in dispatcher.log} == {"no_connection"}


async def test_disconnecting_faults() -> None:
    carrier = Scripted([True] * 3)
    dispatcher, _, faults = _dispatcher(carrier)
    for effect in ({"disconnect": "soft"}, {"reset": "before"}, {"reset": "after"}):
        faults.add({"match": {"envelope": "/ask"}, "effect": effect})
        assert await dispatcher.deliver(SLASH) is not None
        faults.clear()
    assert carrier.disconnects == ["soft", "hard", "hard"]


async def test_stopping_answers_who_waits() -> None:
    dispatcher, clock, _ = _dispatcher(Scripted([False] * 2))
    event = dispatcher.publish(EVENT)
    slash = asyncio.create_task(dispatcher.deliver(SLASH))
    await asyncio.sleep(0)
    await dispatcher.stop()
    assert (await event, await slash) == (None, None)
    assert {row["outcome"] for row in dispatcher.log} == {"stopped"}
    assert not clock.alarms


async def test_stopping_ends_the_wait_for_the_next_attempt() -> None:
    carrier = Scripted([False])
    dispatcher, clock, _ = _dispatcher(carrier)
    task = dispatcher.publish(EVENT)
    await asyncio.sleep(0)
    clock.advance(3)
    await asyncio.sleep(0)
    await dispatcher.stop()
    assert await task is None
    assert len(carrier.sent) <= 2


async def test_the_last_attempt_says_that_it_was_given_up() -> None:
    carrier = Scripted([False] * 4)
    dispatcher, clock, _ = _dispatcher(carrier)
    assert await _run_out(clock, dispatcher.publish(EVENT)) is None
    assert [row.get("given_up", False) for row in dispatcher.log] == [False] * 3 + [True]
    assert [row["retry_reason"] for row in dispatcher.log] == ["", *["timeout"] * 3]
    assert {row["event_id"] for row in dispatcher.log} == {"Ev1"}


async def test_a_dropped_event_says_so_and_is_sent_again() -> None:
    carrier = Scripted([True])
    dispatcher, clock, faults = _dispatcher(carrier)
    faults.add({"match": {"envelope": "message", "nth": 1}, "effect": {"drop": True}})
    assert await _run_out(clock, dispatcher.publish(EVENT)) is not None
    assert [row["outcome"] for row in dispatcher.log] == ["dropped", "acked"]
    assert len(carrier.sent) == 1


async def test_each_copy_has_a_row() -> None:
    carrier = Scripted([True, True, False])
    dispatcher, clock, faults = _dispatcher(carrier)
    faults.add({"match": {"envelope": "message", "nth": 1}, "effect": {"duplicate": 2}})
    assert await dispatcher.publish(EVENT) is not None
    clock.advance(3)
    await _settled()
    first, *copies = dispatcher.log
    assert [row["outcome"] for row in (first, *copies)] == ["acked", "acked", "no_ack"]
    assert {row["copy_of"] for row in copies} == {first["envelope_id"]}


async def test_an_envelope_lets_others_pass() -> None:
    carrier = Scripted([True] * 3)
    dispatcher, clock, faults = _dispatcher(carrier)
    faults.add({"match": {"envelope": "message", "nth": 1}, "effect": {"reorder": 2}})
    tasks = [dispatcher.publish(_event(name)) for name in ("Ev1", "Ev2", "Ev3")]
    await asyncio.gather(*tasks)
    assert [each.payload["event_id"] for each in carrier.sent] == ["Ev2", "Ev3", "Ev1"]
    assert not clock.alarms


async def test_one_that_nobody_passes_goes_out_after_three_seconds() -> None:
    carrier = Scripted([True])
    dispatcher, clock, faults = _dispatcher(carrier)
    faults.add({"match": {"envelope": "message"}, "effect": {"reorder": 5}})
    task = dispatcher.publish(EVENT)
    await _settled()
    assert (carrier.sent, dispatcher.log[0]["outcome"]) == ([], "held")
    clock.advance(3)
    assert await task is not None


@pytest.mark.parametrize(("delay_s", "attempts"), [(2.0, 1), (3.0, 2)])
async def test_an_acknowledgement_that_comes_late(delay_s: float, attempts: int) -> None:
    carrier = Scripted([True] * 2)
    dispatcher, clock, faults = _dispatcher(carrier)
    fault = {"match": {"envelope": "message", "nth": 1}, "effect": {"delay_s": delay_s}}
    faults.add(fault)
    assert await _run_out(clock, dispatcher.publish(EVENT)) is not None
    assert len(carrier.sent) == attempts


async def test_a_failure_without_retry_ends_it() -> None:
    carrier = Refusing([])
    dispatcher, clock, _ = _dispatcher(carrier)
    assert await _run_out(clock, dispatcher.publish(EVENT)) is None
    (row,) = dispatcher.log
    assert (row["outcome"], row["given_up"], row["acked"]) == ("http_error", True, False)


async def test_the_payloads_are_kept() -> None:
    dispatcher, _, _ = _dispatcher(Scripted([True]))
    await dispatcher.publish(EVENT)
    ((row, envelope),) = dispatcher.sent
    assert (row["outcome"], envelope.payload) == ("acked", {"event_id": "Ev1"})


class Refusing(Scripted):
    """A carrier whose app wants no more of it."""

    @override
    async def send(self, envelope_id: str, envelope: Envelope, waiting: Waiting) -> None:
        assert envelope_id
        self.sent.append(envelope)
        waiting.set_result(Failure("http_error", "http_error", retry=False))


def _event(name: str) -> Envelope:
    return Envelope(type="events_api", kind="message", payload={"event_id": name})


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
