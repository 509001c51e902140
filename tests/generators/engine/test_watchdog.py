import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from generators.engine.pulse import Pulse
from generators.engine.watchdog import Watchdog

TIMEOUT_S = 30


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stuck() -> Iterator[Pulse]:
    """A pulse of a thread that has begun a step and does not come back from it."""
    pulse, gate, reached = Pulse(), threading.Event(), threading.Event()

    def hangs_here() -> None:
        pulse.beat()
        reached.set()
        gate.wait(TIMEOUT_S)

    thread = threading.Thread(target=hangs_here)
    thread.start()
    assert reached.wait(TIMEOUT_S)
    yield pulse
    gate.set()
    thread.join(TIMEOUT_S)


def test_a_pulse_at_rest_is_never_late(clock: Clock) -> None:
    pulse = Pulse(clock)
    clock.now_s += 1000
    assert pulse.stalled_s == 0
    pulse.beat()
    clock.now_s += 7
    assert pulse.stalled_s == 7
    pulse.beat()
    assert (pulse.stalled_s, pulse.beats) == (0, 2)
    clock.now_s += 7
    pulse.rest()
    assert pulse.stalled_s == 0


def test_a_thread_that_is_gone_is_nowhere() -> None:
    pulse = Pulse()
    assert list(pulse.where()) == []
    thread = threading.Thread(target=pulse.beat)
    thread.start()
    thread.join()
    assert list(pulse.where()) == []


def test_a_thread_that_hangs_ends_the_process_and_is_told_of_with_its_place(
    stuck: Pulse, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    over = threading.Event()

    def end() -> None:
        said.append("end")
        over.set()

    dog = Watchdog(
        lambda: {"picture": Pulse(), "language": stuck},
        0.05,
        farewell=lambda: said.append("farewell"),
        end=end,
    )
    with caplog.at_level(logging.CRITICAL):
        dog.start()
        assert over.wait(TIMEOUT_S)
    assert said == ["farewell", "end"]
    (line,) = caplog.records
    about: Any = line.args
    assert about["part"] == "language"
    assert any("hangs_here" in frame for frame in about["frames"])


def test_whoever_gets_on_is_left_alone() -> None:
    looked, pulse = threading.Semaphore(0), Pulse()

    def pulses() -> dict[str, Pulse]:
        pulse.beat()
        looked.release()
        return {"language": pulse}

    ended = threading.Event()
    dog = Watchdog(pulses, 0.2, farewell=ended.set, end=ended.set)
    dog.start()
    for _ in range(6):
        assert looked.acquire(timeout=TIMEOUT_S)
    dog.stop()
    assert not ended.is_set()


def test_a_limit_of_none_watches_nothing(stuck: Pulse) -> None:
    def never() -> dict[str, Pulse]:
        raise AssertionError("nobody looks")

    before = threading.active_count()
    Watchdog(never, 0, farewell=stuck.rest).start()
    assert threading.active_count() == before
