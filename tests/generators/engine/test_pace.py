from generators.engine.pace import Pace


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def worked(pace: Pace, clock: Clock, *, cost: float, took_s: float) -> None:
    pace.begin(cost)
    clock.now_s += took_s
    pace.end()


def test_nothing_is_promised_before_anything_was_measured() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.after(10) is None
    pace.begin(1)
    assert pace.after(10) is None


def test_a_wait_is_what_the_cost_took_before() -> None:
    clock = Clock()
    pace = Pace(clock)
    worked(pace, clock, cost=4, took_s=2)
    assert pace.after(10) == 5


def test_what_is_under_way_is_waited_for_and_gets_less() -> None:
    clock = Clock()
    pace = Pace(clock)
    worked(pace, clock, cost=4, took_s=4)
    pace.begin(10)
    assert pace.after(3) == 13
    clock.now_s += 6
    assert pace.after(3) == 7
    clock.now_s += 60
    assert pace.after(3) == 3


def test_the_newest_counts_more_than_each_before_it() -> None:
    clock = Clock()
    pace = Pace(clock)
    worked(pace, clock, cost=1, took_s=1)
    for _ in range(20):
        worked(pace, clock, cost=1, took_s=3)
    wait_s = pace.after(1)
    assert wait_s is not None
    assert 2.9 < wait_s < 3
