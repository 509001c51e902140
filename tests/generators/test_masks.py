import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generators.draft import PromptRejected
from generators.masks import fitted, mask_of, painted, within
from generators.pictures import Clean, packed

SIDE = 16


def clean_of(pixels: np.ndarray) -> Clean:
    made = pixels.astype(np.uint8)
    return Clean(packed(made), (made.shape[1], made.shape[0]), made.shape[2] > 3)


def half(inside: tuple[int, ...], outside: tuple[int, ...]) -> Clean:
    pixels = np.empty((SIDE, SIDE, len(inside)))
    pixels[:, : SIDE // 2], pixels[:, SIDE // 2 :] = inside, outside
    return clean_of(pixels)


@pytest.mark.parametrize(
    "mask", [half((0, 0, 0, 0), (0, 0, 0, 255)), half((255, 255, 255), (0, 0, 0))]
)
def test_white_and_transparent_both_say_where(mask: Clean) -> None:
    shown = np.asarray(painted(mask_of(mask, (SIDE, SIDE), "en")))
    assert shown[:, : SIDE // 2].min() == 255
    assert shown[:, SIDE // 2 :].max() == 0


def test_a_mask_of_another_size_or_of_nothing_is_explained() -> None:
    with pytest.raises(PromptRejected, match="16x16 pixels and the picture 20x16"):
        mask_of(half((0, 0, 0, 0), (0, 0, 0, 255)), (20, 16), "en")
    with pytest.raises(PromptRejected, match="no part"):
        mask_of(half((0, 0, 0), (9, 9, 9)), (SIDE, SIDE), "en")
    with pytest.raises(PromptRejected, match="蒙版没有标出"):
        mask_of(half((0, 0, 0), (9, 9, 9)), (SIDE, SIDE), "zh")


@given(st.integers(0, 2**32 - 1), st.sampled_from([(16, 16), (64, 24), (7, 33)]))
def test_outside_of_the_mask_not_one_pixel_changes(seed: int, size: tuple[int, int]) -> None:
    chance = np.random.default_rng(seed)
    before = chance.integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    erased = chance.integers(0, 2, (SIDE, SIDE)).astype(bool)
    erased[0, 0] = True
    mask = mask_of(clean_of(np.dstack([before, ~erased * 255])), (SIDE, SIDE), "en")
    made = Image.fromarray(chance.integers(0, 256, (*size[::-1], 3)).astype(np.uint8))
    after = np.asarray(within(Image.fromarray(before), made, mask))
    assert np.array_equal(after[~erased], before[~erased])


def test_a_mask_in_another_size_is_still_of_nothing_between() -> None:
    mask = mask_of(half((0, 0, 0, 0), (0, 0, 0, 255)), (SIDE, SIDE), "en")
    assert set(np.unique(np.asarray(painted(fitted(mask, (24, 40)))))) == {0, 255}
    assert painted(fitted(mask, (24, 40))).size == (24, 40)
