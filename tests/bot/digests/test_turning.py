from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.watch import TURNS, cusum, fixed, measure
from bot.digests.turning import LEARNED, LEAST, Turning


def told(was: Turning, negatives: list[bool], *, quietly: bool = False, first: int = 1) -> Turning:
    for at, negative in enumerate(negatives, first):
        was = was.heard(f"{at}.000100", negative=negative, quietly=quietly)
    return was


@pytest.mark.parametrize(("before", "after"), TURNS)
def test_turns_are_found_soon_and_seldom_where_there_is_none(before: float, after: float) -> None:
    ours = measure(cusum, before, after, runs=200)
    assert ours.false_alarms <= 0.09
    assert ours.detected >= 0.99
    assert ours.delay <= 27


def test_a_fixed_threshold_would_cry_wolf() -> None:
    assert measure(fixed, *TURNS[1], runs=60).false_alarms > 0.5


def test_nothing_is_told_before_it_is_known_what_is_usual() -> None:
    assert not told(Turning(), [True] * LEARNED).turned
    calm = told(Turning(), [False] * LEARNED)
    bad = told(calm, [True] * LEAST, first=LEARNED + 1)
    assert bad.turned
    assert (bad.run, bad.run_negative, bad.usual) == (LEAST, LEAST, 0.0)
    assert bad.since == f"{LEARNED + 1}.000100"
    assert bad.seen == f"{LEARNED + LEAST}.000100"


def test_a_channel_that_always_complains_is_usual() -> None:
    grim = told(Turning(), [True, True, False] * 300)
    assert not grim.turned
    assert 0.6 < grim.usual < 0.7


def test_what_is_heard_quietly_is_learned_and_never_told() -> None:
    calm = told(Turning(), [False] * LEARNED)
    after = told(calm, [True] * 400, quietly=True, first=LEARNED + 1)
    assert not after.turned
    assert after.usual > 0.7, "a mood that stays is the usual one after some time"


@given(st.lists(st.booleans(), max_size=400), st.booleans())
def test_the_sum_and_the_base_stay_within_bounds(negatives: list[bool], quietly: bool) -> None:
    states = [Turning()]
    for at, negative in enumerate(negatives, 1):
        states.append(states[-1].heard(f"{at}.0", negative=negative, quietly=quietly))
    for was, is_now in pairwise(states):
        assert 0 <= is_now.sum <= was.sum + 1
        assert 0 <= is_now.usual <= 1
        assert is_now.run_negative <= is_now.run
        assert is_now.base <= 501
    assert Turning.of(states[-1].text()) == states[-1]


def test_a_watch_that_was_never_kept_is_new() -> None:
    assert Turning.of("") == Turning()
