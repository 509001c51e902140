"""Recaps of several channels in one digest."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from generators.channels import recaps
from generators.digest import whole
from generators.draft import Line
from generators.recap import recap
from tests.generators.test_recap import CHINESE, ENGLISH


def of(place: str, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(replace(line, place=place, link=f"{line.link}{place[1:]}") for line in lines)


def test_one_channel_is_recapped_as_ever() -> None:
    found = recaps(ENGLISH, 6)
    assert found.bullets == recap(ENGLISH, most=6).bullets
    assert found.rest == ()


def test_each_channel_stands_under_its_name() -> None:
    said = whole(recaps((*of("#dev", ENGLISH), *of("#研发", CHINESE)), 6))
    assert "**#dev · Decisions**" in said
    assert "**#研发 · 决定**" in said


def test_what_little_was_said_in_one_is_told_beside_others() -> None:
    one = Line("bo", "We decided to paint the door blue.", "1.0", "https://w.example/1", place="#x")
    said = whole(recaps((*of("#dev", ENGLISH), one), 6))
    assert "#x · Decisions" in said


def test_where_nothing_was_said_it_says_so() -> None:
    assert "quiet" in whole(recaps((), 6))
    hello = Line("bo", "hello", "1.0", place="#x")
    assert "quiet" in whole(recaps((hello,), 6))


@given(st.integers(1, 9), st.integers(1, 12))
def test_the_room_is_shared_and_nobody_is_forgotten(channels: int, most: int) -> None:
    names = [f"#c{n}" for n in range(channels)]
    found = recaps([line for name in names for line in of(name, ENGLISH)], most)
    assert len(found.bullets) <= most
    assert sorted([*(part.place for part in found.parts), *found.rest]) == sorted(names)
    dropped = found.having([None] * len(found.bullets))
    assert dropped.bullets == ()
    assert found.having(found.bullets) == found
