"""The mark in the pixels is there after JPEG, is not seen, and is not found where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from moderation.provenance.watermark import marked, read
from tests.moderation.provenance.pictures import KINDS, file, opened, picture

SIDES = (64, 96, 256)
LEAST_DB = 33.0
"""Peak signal to noise ratio; the flattest, brightest drawings come closest to it."""


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read_back_after_jpeg_75(kind: str, side: int) -> None:
    pixels = picture(kind, side)
    made = marked(pixels, 0xC0FFEE)
    assert made is not None
    assert read(made) == 0xC0FFEE
    assert read(opened(file(made, "JPEG", quality=75))) == 0xC0FFEE


@given(number=st.integers(0, 2**32 - 1), seed=st.integers(0, 999))
@settings(max_examples=15, deadline=None)
def test_every_number_of_32_bits_comes_back(number: int, seed: int) -> None:
    made = marked(picture("clouds", 64, seed), number)
    assert made is not None
    assert read(made) == number


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_sees_it(kind: str) -> None:
    pixels = picture(kind, 96)
    made = marked(pixels, 7)
    assert made is not None
    error = np.mean((pixels.astype(float) - made) ** 2)
    assert 10 * np.log10(255**2 / error) > LEAST_DB


@pytest.mark.parametrize("side", [128, 400])
def test_it_survives_another_size(side: int) -> None:
    made = marked(picture("clouds", 256), 99)
    assert made is not None
    resized = Image.fromarray(made).resize((side, side), Image.Resampling.BICUBIC)
    assert read(np.asarray(resized)) == 99


def test_a_picture_that_is_not_square_is_marked() -> None:
    pixels = picture("clouds", 256)[:96]
    made = marked(pixels, 5)
    assert made is not None
    assert made.shape == pixels.shape
    assert read(made) == 5


def test_pictures_without_a_mark_have_none() -> None:
    chance = np.random.default_rng(1)
    noise = [chance.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(300)]
    clouds = [picture("clouds", 64, seed) for seed in range(100)]
    assert [read(pixels) for pixels in (*noise, *clouds)] == [None] * 400


def test_a_cut_loses_it_and_nothing_wrong_is_read() -> None:
    made = marked(picture("clouds", 256), 5)
    assert made is not None
    assert read(made[40:, 40:]) is None
