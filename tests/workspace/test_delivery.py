"""Nothing is lost silently: every envelope is acknowledged or ends after its last attempt."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from workspace.clock import Clock
from workspace.delivery import Ack, Dispatcher, Envelope, Waiting
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

    async def ready(self, wait_s: float) -> bool:
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


async def test_stopping_gives_up() -> None:
    carrier = Scripted([False])
    dispatcher, clock, _ = _dispatcher(carrier)
    task = dispatcher.publish(EVENT)
    await asyncio.sleep(0)
    await dispatcher.stop()
    assert task.cancelled()
    assert not clock.alarms
