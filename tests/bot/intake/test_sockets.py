import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake import sockets as module
from bot.intake.sockets import HELLO_S, LOOK_S, REBUILDS, Socket, SocketLost, Sockets
from tests.bot.line import until


@dataclass
class Clock:
    at: float = 1000.0

    def now(self) -> float:
        return self.at


@dataclass(eq=False)
class Session:
    """A WebSocket that is open."""

    closed: bool = False

    async def close(self) -> None:
        self.closed = True

    async def send_str(self, _text: str) -> None:
        await asyncio.sleep(0)


class Real(Socket):
    """A socket whose connection a test makes up."""

    def connect(self, at: float) -> None:
        self.client.current_session = cast("Any", Session())
        self.client.last_ping_pong_time = at

    async def hear(self, kind: str) -> None:
        await self._heard(self.client, {"type": kind}, None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def socket(clock: Clock) -> AsyncIterator[Real]:
    app = AsyncApp(client=AsyncWebClient("xoxb-x"), request_verification_enabled=False)
    made = Real(app, "xapp-x", clock.now)
    yield made
    await made.shut()


async def test_a_connection_must_be_greeted_in_time(socket: Real, clock: Clock) -> None:
    socket.connect(clock.at)
    assert socket.is_well()
    assert not socket.greeted
    clock.at += HELLO_S
    socket.client.last_ping_pong_time = clock.at
    assert socket.is_well()
    clock.at += 0.1
    assert not socket.is_well()
    await socket.hear("hello")
    assert socket.is_well()
    assert socket.greeted


async def test_another_connection_must_be_greeted_anew(socket: Real, clock: Clock) -> None:
    socket.connect(clock.at)
    await socket.hear("hello")
    assert socket.is_well()
    clock.at += 100
    socket.connect(clock.at)
    assert socket.is_well()
    assert not socket.greeted
    clock.at += HELLO_S + 1
    socket.client.last_ping_pong_time = clock.at
    assert not socket.is_well()


async def test_four_pings_without_an_answer_are_too_many(socket: Real, clock: Clock) -> None:
    socket.connect(clock.at)
    await socket.hear("hello")
    for _ in range(10):
        clock.at += socket.client.ping_interval
        socket.client.last_ping_pong_time = clock.at
        assert socket.is_well()
    clock.at += 4 * socket.client.ping_interval
    assert socket.is_well()
    clock.at += 0.1
    assert not socket.is_well()


async def test_an_sdk_that_no_longer_reads_is_not_well(socket: Real, clock: Clock) -> None:
    socket.connect(clock.at)
    await socket.hear("hello")
    socket.client.message_processor.cancel()
    await until(socket.client.message_processor.done)
    assert not socket.is_well()


async def test_it_is_quiet_once_everything_is_answered(
    socket: Real, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket.connect(clock.at)
    answered, entered = asyncio.Event(), asyncio.Event()

    async def dispatch(_request: object) -> BoltResponse:
        entered.set()
        await answered.wait()
        return BoltResponse(status=200)

    monkeypatch.setattr(socket.app, "async_dispatch", dispatch)
    envelope = SocketModeRequest(type="events_api", envelope_id="e", payload={})
    handling = asyncio.create_task(socket._handled(socket.client, envelope))
    await entered.wait()
    quiet = asyncio.create_task(socket.quiet())
    await asyncio.sleep(0)
    assert not quiet.done()
    answered.set()
    await handling
    await quiet
    assert socket.busy == 0


@dataclass(eq=False)
class Fake:
    """A connection that does as a test says."""

    well: bool = True
    opens: Exception | None = None
    greeted: bool = False
    closed: bool = False
    quieted: bool = False
    heard_at: float = 0.0
    client: object = None

    def is_well(self) -> bool:
        return self.well

    async def open(self) -> None:
        if self.opens:
            raise self.opens
        self.greeted = True

    async def quiet(self) -> None:
        self.quieted = True

    async def shut(self) -> None:
        self.closed = True


@dataclass
class Row:
    """Connections in the order in which they are made, and steps of the watch."""

    planned: list[Fake]
    made: list[Fake] = field(default_factory=list)
    rebuilt: int = 0
    steps: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    looks: int = 0

    def make(self) -> Socket:
        self.made.append(self.planned.pop(0) if self.planned else Fake())
        return cast("Socket", self.made[-1])

    def count(self) -> None:
        self.rebuilt += 1

    async def sleep(self, seconds: float) -> None:
        assert seconds == LOOK_S
        self.looks += 1
        await self.steps.get()

    def sockets(self, count: int = 2, now: Callable[[], float] = lambda: 7.0) -> Sockets:
        return Sockets(make=self.make, count=count, rebuilt=self.count, now=now, sleep=self.sleep)


async def test_it_is_up_while_one_of_them_is_well() -> None:
    row = Row([])
    sockets = row.sockets()
    assert not sockets.up
    await sockets.open()
    assert sockets.up
    row.made[0].well = False
    assert sockets.up
    row.made[1].greeted = False
    assert not sockets.up
    row.made[1].heard_at = 3.0
    assert sockets.silent_s == 4.0


async def test_one_that_is_silent_is_built_anew_and_the_other_stays() -> None:
    row = Row([])
    sockets = row.sockets()
    await sockets.open()
    watching = asyncio.create_task(sockets.watch())
    first, second = row.made
    first.well = False
    row.steps.put_nowait(None)
    await until(lambda: row.looks == 2)
    assert (first.closed, second.closed, row.rebuilt) == (True, False, 1)
    assert len(row.made) == 3
    assert sockets.up
    watching.cancel()


async def test_three_failures_in_a_row_end_it(caplog: pytest.LogCaptureFixture) -> None:
    broken = [Fake(well=False, opens=OSError("canary")) for _ in range(REBUILDS)]
    row = Row([Fake(well=False), *broken])
    sockets = row.sockets(count=1)
    await sockets.open()
    watching = asyncio.create_task(sockets.watch())
    for _ in range(REBUILDS):
        row.steps.put_nowait(None)
    with pytest.raises(SocketLost):
        await watching
    assert row.rebuilt == REBUILDS
    assert all(fake.closed for fake in broken[:-1])
    assert "no connection to Slack" in caplog.text


async def test_a_success_between_failures_counts_from_nothing() -> None:
    planned = [Fake(well=False)]
    for _ in range(2):
        planned += [Fake(well=False, opens=OSError()) for _ in range(REBUILDS - 1)]
        planned.append(Fake(well=False))
    row = Row(planned)
    sockets = row.sockets(count=1)
    await sockets.open()
    watching = asyncio.create_task(sockets.watch())
    for looks in range(2, 2 * REBUILDS + 2):
        row.steps.put_nowait(None)
        await until(lambda looks=looks: row.looks == looks or watching.done())
    assert not watching.done()
    watching.cancel()


async def test_it_closes_once_everything_is_answered_and_builds_nothing_more() -> None:
    row = Row([])
    sockets = row.sockets()
    await sockets.open()
    watching = asyncio.create_task(sockets.watch())
    await sockets.close()
    row.steps.put_nowait(None)
    await until(lambda: row.looks == 2)
    assert all(fake.quieted and fake.closed for fake in row.made)
    assert (row.rebuilt, sockets.up) == (0, False)
    watching.cancel()


async def test_a_connection_without_hello_is_given_up(
    socket: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELLO_S", 0.0)

    async def url() -> str:
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(socket.client, "issue_new_wss_url", url)
    with pytest.raises(TimeoutError):
        await socket.open()
