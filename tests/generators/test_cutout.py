import numpy as np
import pytest
from PIL import Image, ImageDraw

from generators.cutout import without_background


def subject(ground: str = "white", ink: str = "red") -> Image.Image:
    made = Image.new("RGB", (64, 48), ground)
    ImageDraw.Draw(made).ellipse((16, 8, 48, 40), fill=ink)
    return made


def test_a_plain_background_goes_and_the_rest_stays() -> None:
    made = without_background(subject())
    assert made is not None
    assert made.shape == (48, 64, 4)
    assert made[0, 0].tolist() == [0, 0, 0, 0]
    assert made[24, 32].tolist() == [255, 0, 0, 255]
    inside = np.asarray(subject())[..., 1] == 0
    assert np.array_equal(made[..., 3] == 255, inside)


def test_a_hole_of_the_same_colour_that_the_border_does_not_reach_stays() -> None:
    ring = subject()
    ImageDraw.Draw(ring).ellipse((26, 18, 38, 30), fill="white")
    made = without_background(ring)
    assert made is not None
    assert made[24, 32].tolist() == [255, 255, 255, 255]


def test_a_way_around_corners_is_followed() -> None:
    maze = Image.new("RGB", (64, 64), "black")
    draw = ImageDraw.Draw(maze)
    for n in range(6, 30, 6):
        draw.rectangle((n, n, 63 - n, 63 - n), outline="white", width=3)
        draw.rectangle((n, 30 if n % 12 else 34, n + 2, 33 if n % 12 else 37), fill="black")
    made = without_background(maze)
    assert made is not None
    assert made[9:12, 9:12, 3].max() == 0


@pytest.mark.parametrize("seed", range(3))
def test_what_is_not_plain_is_left_alone(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    assert without_background(Image.fromarray(noise)) is None


def test_where_nothing_stands_out_nothing_is_cut_out() -> None:
    assert without_background(Image.new("RGB", (40, 40), "white")) is None


def test_what_was_transparent_stays_so() -> None:
    glass = subject().convert("RGBA")
    glass.putpixel((32, 24), (255, 0, 0, 7))
    made = without_background(glass)
    assert made is not None
    assert made[24, 32, 3] == 7
