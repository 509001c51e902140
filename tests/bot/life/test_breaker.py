from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.life.breaker import Breaker


@dataclass
class Clock:
    at: float = 0.0

    def now(self) -> float:
        return self.at


def made(clock: Clock) -> Breaker:
    return Breaker(name="engine", failures=3, rest_s=5.0, now=clock.now)


def test_it_opens_after_enough_failures_in_a_row_and_tries_once_after_each_rest() -> None:
    clock = Clock()
    breaker = made(clock)
    for _ in range(2):
        assert breaker.admits()
        breaker.failed()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.admits()
        breaker.failed()
    assert (breaker.state, breaker.admits()) == ("open", False)
    clock.at += 5
    assert breaker.state == "trying"
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.succeeded()
    assert breaker.state == "closed"


def test_a_try_that_never_ends_holds_nothing_up() -> None:
    clock = Clock()
    breaker = made(clock)
    assert breaker.trip()
    assert not breaker.trip()
    for _ in range(3):
        clock.at += 5
        assert breaker.admits()


_STEPS = st.lists(
    st.one_of(st.sampled_from(["ask", "failed", "succeeded", "trip"]), st.floats(0.1, 20)),
    max_size=60,
)


@given(_STEPS)
def test_it_agrees_with_a_plain_account_of_what_happened(steps: list[str | float]) -> None:
    clock = Clock()
    breaker = made(clock)
    row, rests_until, asked_at = 0, 0.0, list[float]()
    for step in steps:
        match step:
            case float():
                clock.at += step
            case "ask":
                is_open = row >= 3
                may = not is_open or clock.at >= rests_until
                assert breaker.admits() is may
                if is_open and may:
                    rests_until = clock.at + 5
                    asked_at.append(clock.at)
            case "failed" | "trip":
                row = row + 1 if step == "failed" else max(row, 3)
                rests_until = clock.at + 5 if row >= 3 else rests_until
                (breaker.failed if step == "failed" else breaker.trip)()
            case _:
                row, asked_at = 0, list[float]()
                breaker.succeeded()
        assert (breaker.state == "closed") is (row < 3)
    assert all(late - early >= 5 for early, late in pairwise(asked_at))
