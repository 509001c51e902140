"""Pictures mended by the network: what is not asked for stays as it is, tile by tile."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generators.engine.restoring import Repair

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def mending(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A network that has learned nothing and changes everything."""
    from generators.engine import mender, mending  # noqa: PLC0415 - imports torch

    folder: Path = tmp_path_factory.mktemp("mender")
    model = mender.built(1)
    torch.nn.init.normal_(model.tail.weight, std=0.02)
    mender.write(model, folder)
    return mending.Mending(folder, "cpu")


def picture(width: int, height: int) -> Image.Image:
    drawn = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(drawn)


def test_where_nothing_is_missing_not_one_pixel_changes(mending: Any) -> None:
    given = picture(157, 91)
    mask = Image.new("L", given.size)
    mask.paste(255, (40, 20, 60, 33))
    made = mending.mended(Repair(image=given, mask=mask))
    holes = np.asarray(mask) > 0
    apart = np.abs(made.astype(int) - np.asarray(given).astype(int))
    assert made.shape == (91, 157, 3)
    assert apart[~holes].max() == 0
    assert apart[holes].max() > 0


def test_what_was_under_the_mask_is_not_looked_at(mending: Any) -> None:
    given, mask = picture(64, 64), Image.new("L", (64, 64))
    mask.paste(255, (20, 20, 40, 40))
    other = given.copy()
    other.paste((255, 0, 0), (20, 20, 40, 40))
    one, two = (mending.mended(Repair(image=each, mask=mask)) for each in (given, other))
    assert np.array_equal(one, two)


def test_an_empty_mask_and_a_full_one_are_pictures_too(mending: Any) -> None:
    given = picture(31, 17)
    none = mending.mended(Repair(image=given, mask=Image.new("L", given.size)))
    assert np.array_equal(none, np.asarray(given))
    every = mending.mended(Repair(image=given, mask=Image.new("L", given.size, 255)))
    assert every.shape == (17, 31, 3)


def test_a_large_picture_is_mended_in_tiles_as_if_it_were_whole(mending: Any) -> None:
    from generators.engine.mending import MARGIN_PX, TILE_PX  # noqa: PLC0415 - imports torch

    told: list[tuple[int, int]] = []

    def tell(done: int, of: int) -> None:
        told.append((done, of))

    width = TILE_PX + 3 * MARGIN_PX
    given = Image.linear_gradient("L").resize((width, 72)).convert("RGB")
    repair = Repair(image=given, mask=None, blur=True)
    made = mending.mended(repair, tell)
    cut = given.crop((TILE_PX - 4 * MARGIN_PX, 0, width, 72))
    beside = mending.mended(Repair(image=cut, mask=None, blur=True))
    assert told == [(1, 2), (2, 2)]
    seam = np.s_[:, TILE_PX - MARGIN_PX : TILE_PX + MARGIN_PX]
    near = np.s_[:, 3 * MARGIN_PX : 5 * MARGIN_PX]
    assert np.abs(made[seam].astype(int) - beside[near].astype(int)).max() <= 2


def test_noise_is_taken_out_and_almost_nothing_where_there_is_none(mending: Any) -> None:
    smooth = Image.linear_gradient("L").resize((96, 96)).convert("RGB")
    whole = np.asarray(smooth).astype(float)
    drawn = np.random.default_rng(4).normal(0, 20, whole.shape)
    noisy = Image.fromarray(np.clip(np.round(whole + drawn), 0, 255).astype(np.uint8))
    errors = [
        float(np.square(mending.mended(Repair(image=one, mask=None, noise=True)) - whole).mean())
        for one in (noisy, smooth)
    ]
    assert errors[0] < np.square(np.asarray(noisy) - whole).mean() / 4
    assert errors[1] < 1
