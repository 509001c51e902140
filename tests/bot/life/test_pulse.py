import asyncio
from dataclasses import dataclass

from bot.life.pulse import EVERY_S, Pulse


@dataclass
class Clock:
    at: float = 100.0

    def now(self) -> float:
        return self.at


def test_it_does_not_live_before_its_first_beat() -> None:
    assert not Pulse(now=Clock().now).steady


def test_a_beat_in_time_is_no_lag_and_a_late_one_is_seen() -> None:
    clock = Clock()
    pulse = Pulse(now=clock.now)
    pulse.beat()
    clock.at += EVERY_S
    pulse.beat()
    assert (pulse.lag_s, pulse.steady) == (0.0, True)
    clock.at += EVERY_S + 1.5
    pulse.beat()
    assert (pulse.lag_s, pulse.steady) == (1.5, False)
    clock.at += EVERY_S
    pulse.beat()
    assert pulse.steady


def test_a_beat_that_does_not_come_is_seen_too() -> None:
    clock = Clock()
    pulse = Pulse(now=clock.now)
    pulse.beat()
    clock.at += EVERY_S + 1.0
    assert not pulse.steady


async def test_it_beats_by_itself() -> None:
    pulse = Pulse()
    beating = asyncio.create_task(pulse.run())
    await asyncio.sleep(0)
    assert pulse.steady
    beating.cancel()
