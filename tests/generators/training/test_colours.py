import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.training.colours import (
    COLOURS,
    Colour,
    coloured,
    kept_back,
    main_hue_deg,
    named,
    takes_colour,
)
from generators.training.things import Pixels, Thing


def disc(red: int, green: int, blue: int) -> Pixels:
    pixels = np.full((64, 64, 3), 255, np.uint8)
    pixels[16:48, 16:48] = (red, green, blue)
    return pixels


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.english)
def test_what_is_given_a_colour_has_it(colour: Colour) -> None:
    for ink in ((200, 30, 30), (20, 90, 30), (30, 60, 220)):
        assert named(coloured(disc(*ink), colour)) == colour


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.english)
def test_a_thing_of_a_colour_keeps_its_shape(colour: Colour) -> None:
    before = disc(200, 30, 30)
    after = coloured(before, colour)
    white = (before == 255).all(axis=2)
    assert ((after == 255).all(axis=2) == white).all()


@given(st.integers(0, 359))
def test_the_main_hue_is_the_one_drawn(degrees: int) -> None:
    base = disc(255, 0, 0)
    turned = coloured(base, Colour("", "", degrees, (0, 0, 0)))
    apart = (main_hue_deg(turned) - degrees + 180) % 360 - 180
    assert abs(apart) < 3  # a hue is one of 256, and so is where it was turned from


def test_grey_takes_no_colour() -> None:
    assert takes_colour(disc(200, 40, 40))
    assert not takes_colour(disc(120, 120, 122))
    assert not takes_colour(np.full((64, 64, 3), 255, np.uint8))


def test_one_in_twenty_pairs_is_kept_back_each_time_the_same() -> None:
    things = [Thing(chr(0x1F300 + at), "", "", "") for at in range(400)]
    first = [kept_back(thing, colour) for thing in things for colour in COLOURS]
    assert first == [kept_back(thing, colour) for thing in things for colour in COLOURS]
    assert 0.03 < np.mean(first) < 0.07
