"""Slack's allowances: against a server that counts as Slack does, on a clock of the test's own."""

import asyncio
import heapq
from collections import deque
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.pacing import PER_MINUTE, POST, POST_BURST, Pace


@dataclass
class Moment:
    """A clock that moves only when it is told to."""

    at: float = 1000.0
    sleepers: list[tuple[float, int, "asyncio.Future[None]"]] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, delay_s: float) -> None:
        done = asyncio.get_running_loop().create_future()
        heapq.heappush(self.sleepers, (self.at + delay_s, len(self.sleepers), done))
        await done

    async def run(self, *work: "asyncio.Task[None]") -> None:
        """Move from one sleeper to the next until the work is done."""
        while not all(each.done() for each in work):
            for _ in range(5):
                await asyncio.sleep(0)
            if self.sleepers:
                self.at, _, done = heapq.heappop(self.sleepers)
                done.set_result(None)


async def _called(pace: Pace, clock: Moment, method: str, times: int, channel: str) -> list[float]:
    made: list[float] = []

    async def call() -> None:
        await pace.turn(method, channel)
        made.append(clock.at)

    await clock.run(*(asyncio.create_task(call()) for _ in range(times)))
    return made


async def test_sixty_updates_at_once_take_what_slack_allows_and_no_more() -> None:
    clock = Moment()
    made = await _called(Pace(clock.now, clock.sleep), clock, "chat.update", 120, "C1")
    window: deque[float] = deque()
    for at in made:
        window.append(at)
        while window[0] <= at - 60:
            window.popleft()
        assert len(window) <= PER_MINUTE["chat.update"] * 1.5
    assert made == sorted(made)
    assert sum(at == 1000.0 for at in made) == PER_MINUTE["chat.update"] // 2
    assert made[-1] - made[0] <= 120


async def test_each_channel_has_its_own_second() -> None:
    clock = Moment()
    pace = Pace(clock.now, clock.sleep)
    here = await _called(pace, clock, POST, 6, "C1")
    assert [round(at - 1000) for at in here] == [0] * POST_BURST + [1, 2, 3]
    before = clock.at
    assert await _called(pace, clock, POST, 1, "C2") == [before]


async def test_what_slack_asks_for_holds_for_everybody_who_waits() -> None:
    clock = Moment()
    pace = Pace(clock.now, clock.sleep)
    pace.told("chat.update", 30)
    assert not pace.spare("chat.update")
    assert min(await _called(pace, clock, "chat.update", 3, "C1")) >= 1030
    assert await _called(pace, clock, "users.info", 1, "") == [clock.at]


async def test_small_talk_stops_before_answers_have_to_wait() -> None:
    clock = Moment()
    pace = Pace(clock.now, clock.sleep)
    said = 0
    while pace.spare("chat.update"):
        said += 1
        await _called(pace, clock, "chat.update", 1, "C1")
    before = clock.at
    assert 0 < said < PER_MINUTE["chat.update"] // 2
    assert await _called(pace, clock, "chat.update", 5, "C1") == [before] * 5
    clock.at += 60
    assert pace.spare("chat.update")


@given(waits=st.lists(st.floats(0, 90), max_size=8), calls=st.integers(1, 40))
def test_a_bucket_of_slacks_never_runs_dry(waits: list[float], calls: int) -> None:
    """Whatever the rhythm, a server that refills `n` a minute has one left for each call."""

    async def play() -> list[float]:
        clock = Moment()
        pace = Pace(clock.now, clock.sleep)
        made: list[float] = []
        for wait_s in [0.0, *waits]:
            clock.at += wait_s
            made += await _called(pace, clock, "chat.startStream", calls, "")
        return made

    most = PER_MINUTE["chat.startStream"]
    left, last = float(most), 1000.0
    for at in asyncio.run(play()):
        left, last = min(most, left + (at - last) * most / 60) - 1, at
        assert left >= -1e-6


async def test_channels_of_long_ago_are_forgotten() -> None:
    clock = Moment()
    pace = Pace(clock.now, clock.sleep)
    for number in range(10_500):
        clock.at += 2
        await pace.turn(POST, f"C{number}")
    assert len(pace._used_until) <= 10_001


async def test_where_nothing_is_limited_nobody_waits_until_slack_says_so() -> None:
    clock = Moment()
    pace = Pace(clock.now, clock.sleep, enabled=False)
    assert await _called(pace, clock, POST, 99, "C1") == [1000.0] * 99
    pace.told(POST, 3)
    assert await _called(pace, clock, POST, 1, "C1") == [1003.0]
