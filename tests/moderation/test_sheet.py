import io

import pytest
from PIL import Image

from moderation.sheet import MAX_SIDE_PX, sheet
from tests.fake_engine import png


def opened(cells: list[bytes | None]) -> Image.Image:
    return Image.open(io.BytesIO(sheet(cells)))


@pytest.mark.parametrize(
    ("count", "size"), [(1, (80, 112)), (2, (152, 112)), (3, (152, 216)), (4, (152, 216))]
)
def test_pictures_stand_in_two_columns(count: int, size: tuple[int, int]) -> None:
    assert opened([png("a", seed, "64x96") for seed in range(count)]).size == size


def test_each_picture_stands_at_its_number_and_a_refused_one_is_a_tile() -> None:
    shown = opened([png("a", 7, "64x64"), None, png("a", 9, "64x64"), b"no picture"])
    places = [(40, 40), (118, 40), (40, 118), (118, 118)]
    assert [shown.getpixel(at) for at in places[::2]] == [(7, 7, 0), (7, 9, 0)]
    assert {shown.getpixel((x, y + 20)) for x, y in places[1::2]} == {(200, 200, 200)}


def test_pictures_of_several_sizes_and_with_transparency_stand_in_the_middle() -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (32, 64), (0, 0, 0, 0)).save(clear, "PNG")
    shown = opened([clear.getvalue(), png("a", 7, "64x32")])
    assert shown.size == (152, 80)
    assert [shown.getpixel((x, 60)) for x in (12, 40)] == [(236, 236, 236), (255, 255, 255)]


def test_a_sheet_of_large_pictures_is_made_smaller() -> None:
    assert max(opened([png("a", 1, "1792x1024")] * 4).size) <= MAX_SIDE_PX + 24


def test_the_same_pictures_make_the_same_bytes() -> None:
    cells = [png("a", 1, "64x64"), None]
    assert sheet(cells) == sheet(cells)
