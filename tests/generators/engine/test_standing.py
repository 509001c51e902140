from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from generators.engine.prompt import Standing
from generators.engine.standing import Board, turn_steps

STEPS = st.lists(st.integers(1, 50), max_size=6)


def row(new: int, written: int = 0, *, standing: bool = True) -> Any:
    told: list[Standing] = []
    prompt = SimpleNamespace(new_tokens=new, standing=standing)
    call = SimpleNamespace(emit=told.append)
    return SimpleNamespace(prompt=prompt, written=written, call=call, told=told, told_place=0)


@given(STEPS.filter(len), STEPS)
def test_turns_are_those_of_a_line_that_is_played_through(
    running: list[int], waiting: list[int]
) -> None:
    left, begun, clock = list(running), list[int](), 0
    line = list(waiting)
    while line:
        if min(left) <= clock:
            left[left.index(min(left))] = clock + line.pop(0)
            begun.append(clock)
        else:
            clock += 1
    assert list(turn_steps(running, waiting)) == begun


def test_an_empty_engine_takes_the_first_at_once() -> None:
    assert list(turn_steps([], [4, 3])) == [0, 4]


def test_time_is_measured_and_answers_are_as_long_as_most() -> None:
    board = Board(clock=lambda: 0.0)
    board.stepped(0.5)
    runs, first, second = row(20, written=12), row(10), row(10)
    board.tell([runs], [first, second])
    assert first.told == [Standing(place=1, wait_s=4.0)]
    assert second.told == [Standing(place=2, wait_s=9.0)]
    for _ in range(200):
        board.ended(row(10, written=5))
        board.stepped(0.1)
    late = row(10)
    board.tell([row(20, written=2)], [late])
    assert late.told == [Standing(place=1, wait_s=0.8)]


def test_the_same_place_is_told_once_a_second() -> None:
    now = [0.0]
    board = Board(clock=lambda: now[0])
    runs, waits = row(9), row(9)
    board.tell([runs], [waits])
    board.tell([runs], [waits])
    assert len(waits.told) == 1
    now[0] = 1.5
    board.tell([runs], [waits])
    assert len(waits.told) == 2
    ahead = row(9)
    board.tell([runs], [ahead, waits])
    assert [one.place for one in waits.told] == [1, 1, 2]


def test_who_did_not_ask_is_not_told() -> None:
    silent = row(9, standing=False)
    Board().tell([], [silent])
    assert silent.told == []
