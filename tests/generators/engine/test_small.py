import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generators.engine.errors import NothingKnown
from generators.engine.small import Small
from generators.engine.uploads import Canvas
from generators.vocabulary import FILE, Vocabulary

TABLE: Any = {
    "things": [{"sign": "🐱", "english": "cat", "chinese": "猫", "plural": "cats", "near": []}],
    "colours": [{"english": "blue", "chinese": "蓝色"}],
    "numbers": [],
}
SMALL = Small(vocabulary=Vocabulary.of(TABLE), side_px=16, steps=14, guidance=3.0)
SIDES = st.integers(1, 40).map(lambda blocks: blocks * 8)


def square() -> Image.Image:
    drawn = Image.new("RGB", (16, 16), "orange")
    drawn.paste("blue", (4, 4, 12, 12))
    return drawn


def test_it_is_read_from_beside_the_weights(tmp_path: Path) -> None:
    assert Small.read(tmp_path, (16, 16)) is None
    table = {**TABLE, "steps": 14, "guidance": 3.0}
    tmp_path.joinpath(FILE).write_text(json.dumps(table), encoding="utf-8")
    assert Small.read(tmp_path, (16, 16)) == SMALL
    assert Small.read(tmp_path, None) is None


@pytest.mark.parametrize("prompt", ["a dog", "蓝色", "🔫"])
def test_it_draws_things_that_it_knows(prompt: str) -> None:
    assert SMALL.reading("画一只蓝色的猫").prompt == "蓝色的猫"
    with pytest.raises(NothingKnown):
        SMALL.reading(prompt)


@given(SIDES, SIDES)
def test_a_picture_of_any_shape_has_the_square_in_its_middle(width: int, height: int) -> None:
    grown = SMALL.grown(square(), (width, height))
    assert grown.size == (width, height)
    corners = {grown.getpixel((x, y)) for x in (0, width - 1) for y in (0, height - 1)}
    assert len(corners) == 1, "its edges go on"
    if min(width, height) >= 16:
        assert grown.getpixel((width // 2, height // 2)) == (0, 0, 255)


def test_by_itself_it_is_enlarged() -> None:
    assert SMALL.grown(square(), None).size == SMALL.shown_px == (64, 64)


def test_what_it_begins_from_has_its_own_shape_again() -> None:
    whole = Image.new("RGB", (48, 24), "white")
    canvas = Canvas(image=whole, mask=Image.new("L", (48, 24), 255), strength=0.5)
    begun = SMALL.begun(canvas)
    assert begun is not None
    assert begun.mask is not None
    assert begun.image.size == begun.mask.size == (16, 16)
    assert SMALL.grown(square(), canvas).size == (48, 24)
    assert SMALL.begun(None) is None
