from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.engine.line import AGE_S, Line


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def anybody(_person: str) -> bool:
    return True


def drained(line: Line[str]) -> list[str]:
    order = []
    while place := line.first(anybody):
        line.leave(place)
        order.append(place.item)
    return order


def test_one_person_is_served_in_order() -> None:
    line: Line[str] = Line(Clock())
    for name in ("一", "二", "三"):
        line.add(name, person="ana", rank=0, cost=10)
    assert drained(line) == ["一", "二", "三"]


def test_a_light_user_does_not_wait_behind_a_flood() -> None:
    line: Line[str] = Line(Clock())
    for number in range(50):
        line.add(f"flood {number}", person="heavy", rank=0, cost=100)
    line.add("small", person="light", rank=0, cost=10)
    assert drained(line).index("small") <= 1


def test_a_lower_class_goes_first_and_age_lifts_the_others() -> None:
    clock = Clock()
    line: Line[str] = Line(clock)
    line.add("digest", person="a", rank=2, cost=1)
    clock.now_s = AGE_S / 2
    line.add("now", person="b", rank=0, cost=1)
    first = line.first(anybody)
    assert first is not None
    assert first.item == "now"
    line.leave(first)
    clock.now_s = 3 * AGE_S + 1
    line.add("later", person="c", rank=0, cost=1)
    first = line.first(anybody)
    assert first is not None
    assert first.item == "digest"


def test_whoever_may_not_run_is_passed_over() -> None:
    line: Line[str] = Line(Clock())
    line.add("x", person="full", rank=0, cost=1)
    line.add("y", person="free", rank=0, cost=1)
    place = line.first(lambda person: person != "full")
    assert place is not None
    assert place.item == "y"
    assert line.first(lambda _: False) is None


def test_dropped_requests_never_run() -> None:
    line: Line[str] = Line(Clock())
    line.add("x", person="a", rank=0, cost=1)
    line.drop("x")
    assert len(line) == 0
    assert line.first(anybody) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 500)), max_size=60))
def test_everything_runs_once_whatever_comes(asked: list[tuple[str, int]]) -> None:
    line: Line[str] = Line(Clock())
    for number, (person, cost) in enumerate(asked):
        line.add(f"{person}{number}", person=person, rank=0, cost=cost)
    assert Counter(drained(line)) == Counter(f"{p}{n}" for n, (p, _) in enumerate(asked))


@pytest.mark.parametrize("costs", [(10, 10), (10, 40), (1, 100)])
def test_two_who_always_ask_get_the_same_number_of_tokens(costs: tuple[int, int]) -> None:
    line: Line[str] = Line(Clock())
    served: Counter[str] = Counter()
    for person, cost in zip("ab", costs, strict=True):
        for number in range(400):
            line.add(f"{person}{number}", person=person, rank=0, cost=cost)
    while min(served["a"], served["b"]) < 350 and (place := line.first(anybody)):
        line.leave(place)
        served[place.person] += int(place.cost)
    assert abs(served["a"] - served["b"]) <= 2 * max(costs)
